"""A gait report in words, numbers as people read them, and charts: what the report's pages show."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from estimator import TYPICAL
from poseweb.gait import charts
from poseweb.gait.charts import Chart, Curve
from poseweb.models import GaitResult
from poseweb.sentences import told

SIDES = ("left", "right")
# The percent sign is no placeholder. xgettext:no-python-format
OF_THE_STRIDE = _("% of the stride")
# The percent sign is no placeholder. xgettext:no-python-format
OF_THE_LEG = _("% of leg length")
# Unit of the estimator: factor, unit on the page, digits after the point.
SHOWN_AS = {
    "s": (1000, "ms", 0),
    "m": (1000, "mm", 0),
    "of the stride": (100, OF_THE_STRIDE, 1),
    "steps/min": (1, _("steps/min"), 1),
    "leg lengths": (1, _("leg lengths"), 3),
    "hip widths": (1, _("hip widths"), 2),
    "°": (1, "°", 1),
    "%": (1, "%", 1),
}


@dataclass(frozen=True)
class Meaning:
    """Of a value: a sentence, the keypoints it is read from, and when in the stride.

    Attributes:
        parts: of one side, as keypoint_names.spelled has them; the page lights them up.
        moment: "contact", "stance", "flight", "swing" or "stride".
    """

    sentence: str
    parts: tuple[str, ...]
    moment: str


LEG, FOOT, TRUNK = ("hip", "knee", "ankle"), ("ankle", "heel", "big toe"), ("neck", "hip")
MEANINGS = {
    "cadence_spm": Meaning(_("Steps a minute, both feet counted."), FOOT, "contact"),
    "step_time_s": Meaning(_("From the contact of the other foot to the contact of this one."), FOOT, "contact"),
    "contact_time_s": Meaning(_("How long the foot stays on the ground."), FOOT, "stance"),
    "flight_time_s": Meaning(_("How long no foot is on the ground."), FOOT, "flight"),
    "duty_factor": Meaning(_("Contact time as a share of the stride."), FOOT, "stance"),
    "trunk_lean_deg": Meaning(
        _("Hips to neck against upright; forward is positive. Mean of the stride."), TRUNK, "stride"
    ),
    "overstride_ratio": Meaning(_("How far the ankle lands in front of the hips."), ("hip", "ankle"), "contact"),
    "overstride_m": Meaning(_("How far the ankle lands in front of the hips."), ("hip", "ankle"), "contact"),
    "shank_angle_deg": Meaning(
        _("Knee to ankle against upright; positive where the ankle is in front."), ("knee", "ankle"), "contact"
    ),
    "vertical_oscillation_ratio": Meaning(_("How far the hips go up and down in a step."), ("hip",), "stride"),
    "vertical_oscillation_m": Meaning(_("How far the hips go up and down in a step."), ("hip",), "stride"),
    "knee_at_contact_deg": Meaning(_("How far the knee is bent when the foot lands."), LEG, "contact"),
    "knee_peak_stance_deg": Meaning(_("The most the knee bends while the foot is on the ground."), LEG, "stance"),
    "knee_peak_swing_deg": Meaning(_("The most the knee bends while the foot is in the air."), LEG, "swing"),
    "foot_strike_deg": Meaning(
        _("Sole at contact against the same sole when flat; toes up is positive."), FOOT, "contact"
    ),
    "contact_asymmetry_pct": Meaning(_("Left minus right, in percent of their mean."), FOOT, "stance"),
    "step_asymmetry_pct": Meaning(_("Left minus right, in percent of their mean."), FOOT, "contact"),
    "step_width_ratio": Meaning(_("From ankle to ankle across the way of running."), ("hip", "ankle"), "stance"),
    "hip_drop_deg": Meaning(_("How far the hip of the free leg sinks while the other leg stands."), ("hip",), "stance"),
}
NOTHING = Meaning("", (), "stride")  # for a value that a later estimator knows and this page does not
GROUPS = {  # of runners in whom something was measured
    "men": gettext_noop("%(mean)s %(unit)s in men at %(speed)s km/h"),
    "women": gettext_noop("%(mean)s %(unit)s in women at %(speed)s km/h"),
}
TIMELINE = 1000  # units that the timeline's picture is wide
CURVES = {
    "knee_flexion_deg": (_("Knee flexion"), "°", 1.0),
    "ankle_height_ratio": (_("Ankle height"), OF_THE_LEG, 100.0),
    "hip_height_ratio": (_("Height of the hips"), OF_THE_LEG, 100.0),
}


@dataclass(frozen=True)
class Number:
    """A value's number as text, all in the unit of its card."""

    median: str
    iqr: str
    plus_minus: str
    strides: int


@dataclass(frozen=True)
class Card:
    """One value: numbers, or the reason why there are none.

    Attributes:
        typical: sentences of what was measured in many runners.
    """

    name: str
    title: str
    unit: str
    meaning: Meaning
    both: Number | None
    left: Number | None
    right: Number | None
    rough: bool
    reason: str
    typical: tuple[str, ...]

    @property
    def unit_after(self) -> str:
        """The unit as it follows a number: with a space, but for degrees."""
        return self.unit if self.unit == "°" else f" {self.unit}"


@dataclass(frozen=True)
class Reason:
    """Values that there are no numbers for, for one and the same reason."""

    sentence: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Stance:
    """One foot on the ground, on the timeline: when, and where in its picture. Without toe-off, a mark alone."""

    side: str
    contact_s: float
    toe_off_s: float | None
    x: float
    width: float


@dataclass(frozen=True)
class Difference:
    """A value in two clips.

    Attributes:
        change: the second minus the first, as text; empty where one of them has no number.
        clear: whether that is more than both clips' ± together.
    """

    first: Card
    second: Card
    change: str
    clear: bool


def cards(result: GaitResult) -> tuple[Card, ...]:
    """The values with a number, in the report's order."""
    return tuple(card for card in _all_cards(result) if card.both)


def reasons(result: GaitResult) -> tuple[Reason, ...]:
    """Why there are no numbers for the others: each sentence once."""
    found: dict[str, list[str]] = {}
    for card in _all_cards(result):
        if not card.both:
            found.setdefault(card.reason, []).append(card.title)
    return tuple(Reason(sentence, tuple(dict.fromkeys(titles))) for sentence, titles in found.items())


def sources(result: GaitResult) -> tuple[str, ...]:
    """Where the typical numbers on the page come from."""
    shown = {card.name for card in cards(result)}
    return tuple(dict.fromkeys(typical.source for typical in TYPICAL if typical.name in shown))


def drawn(*results: GaitResult) -> tuple[Chart, ...]:
    """The charts of one clip, or of two on top of each other."""
    charts_of = (_chart(name, results) for name in CURVES)
    return tuple(chart for chart in charts_of if chart)


def timeline(result: GaitResult, duration_s: float) -> tuple[Stance, ...]:
    """Every contact of the clip, in order."""
    scale = TIMELINE / max(duration_s, 0.001)
    found = []
    for side in SIDES:
        events = zip(result.report["contacts_s"][side], result.report["toe_offs_s"][side], strict=True)
        for contact, toe_off in events:
            width = (toe_off - contact) * scale if toe_off else 0.0
            found.append(Stance(side, contact, toe_off, round(contact * scale, 1), round(width, 1)))
    return tuple(sorted(found, key=lambda stance: stance.contact_s))


def compared(first: GaitResult, second: GaitResult) -> tuple[Difference, ...]:
    """The values that at least one of two clips has a number for."""
    others = {card.name: card for card in _all_cards(second)}
    pairs = [(card, others[card.name]) for card in _all_cards(first) if card.name in others]
    values = (first.report["values"], second.report["values"])
    return tuple(_difference(one, other, values) for one, other in pairs if one.both or other.both)


def table(result: GaitResult) -> str:
    """CSV: a row for each value and side, in the estimator's own units; none has the reason instead of numbers."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("value", "unit", "side", "median", "iqr", "strides", "plus_minus", "rough", "none_because"))
    for name, value in result.report["values"].items():
        sides = [(side, value[side]) for side in ("both", *SIDES) if value[side]]
        for side, spread in sides or [("", {})]:
            numbers = (spread.get(key, "") for key in ("median", "iqr", "strides", "plus_minus"))
            writer.writerow((name, value["unit"], side, *numbers, "yes" if value["rough"] else "", value["reason"]))
    return text.getvalue()


def _all_cards(result: GaitResult) -> Iterable[Card]:
    return (_card(value) for value in result.report["values"].values())


def _card(value: dict[str, Any]) -> Card:
    factor, unit, digits = SHOWN_AS[value["unit"]]
    both, left, right = (_number(value[side], factor, digits) for side in ("both", *SIDES))
    meaning = MEANINGS.get(value["name"], NOTHING)
    typical = tuple(_typical(value["name"], factor, digits, unit))
    return Card(
        value["name"],
        told(value["title"]),
        str(unit),
        meaning,
        both,
        left,
        right,
        value["rough"],
        told(value["reason"]),
        typical,
    )


def _number(spread: dict[str, Any] | None, factor: float, digits: int) -> Number | None:
    if not spread:
        return None
    median, iqr, plus_minus = (_text(spread[key] * factor, digits) for key in ("median", "iqr", "plus_minus"))
    return Number(median, iqr, plus_minus, spread["strides"])


def _text(number: float, digits: int) -> str:
    """With a real minus sign, and no minus before nothing."""
    return f"{number:.{digits}f}".replace("-", "−") if round(number, digits) else f"{0:.{digits}f}"


def _typical(name: str, factor: float, digits: int, unit: str) -> Iterable[str]:
    for known in TYPICAL:
        if known.name == name:
            mean = f"{round(known.mean * factor, digits):g}"
            yield gettext(GROUPS[known.group]) % {"mean": mean, "unit": unit, "speed": f"{known.speed_kmh:g}"}


def _chart(name: str, results: Sequence[GaitResult]) -> Chart | None:
    title, unit, factor = CURVES[name]
    clips = ("",) if len(results) == 1 else ("a", "b")
    curves = [
        Curve(side, clip, *([factor * v for v in band[key]] for key in ("low", "middle", "high")), band["strides"])
        for clip, result in zip(clips, results, strict=True)
        for side, band in sorted(result.curves.get(name, {}).items())
    ]
    return charts.draw(name, str(title), str(unit), curves) if curves else None


def _difference(one: Card, other: Card, values: tuple[dict[str, Any], dict[str, Any]]) -> Difference:
    first, second = (value[one.name]["both"] for value in values)
    if not first or not second:
        return Difference(one, other, "", clear=False)
    factor, _unit, digits = SHOWN_AS[values[0][one.name]["unit"]]
    change = second["median"] - first["median"]
    sign = "+" if round(change * factor, digits) > 0 else ""
    clear = abs(change) > hypot(first["plus_minus"], second["plus_minus"])
    return Difference(one, other, f"{sign}{_text(change * factor, digits)}{one.unit_after}", clear=clear)
