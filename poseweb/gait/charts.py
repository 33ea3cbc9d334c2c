"""Curves over the stride as SVG paths: numbers in, geometry out. Templates draw it, with a table beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

WIDTH, HEIGHT = 640, 280
LEFT, RIGHT, TOP, BOTTOM = 58, 36, 14, 44
TABLE_STEP = 10  # percent of the stride between two rows of the table
TICKS = 5
LABELS = {  # of a curve by its side: alone, and where two clips are compared
    "left": (gettext_noop("Left"), gettext_noop("Left, clip %(clip)s")),
    "right": (gettext_noop("Right"), gettext_noop("Right, clip %(clip)s")),
}


@dataclass(frozen=True)
class Curve:
    """One line of a chart.

    Attributes:
        side: "left" or "right".
        clip: "a" or "b" where two clips are compared, else empty.
        low, middle, high: quartiles at 0 to 100 % of the stride, as many of each.
        strides: how many lie on top of each other.
    """

    side: str
    clip: str
    low: Sequence[float]
    middle: Sequence[float]
    high: Sequence[float]
    strides: int

    @property
    def label(self) -> str:
        alone, compared = LABELS[self.side]
        return _(compared) % {"clip": self.clip.upper()} if self.clip else _(alone)


@dataclass(frozen=True)
class Line:
    """A curve as drawn: `path` its middle, `band` the area between its quartiles."""

    side: str
    clip: str
    label: str
    path: str
    band: str
    strides: int


@dataclass(frozen=True)
class Tick:
    """A number at an axis, and where: x or y in the picture."""

    place: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Everything that a template needs to draw a chart, and to say it in words and in a table.

    Attributes:
        rows: (percent of the stride, one "middle (low to high)" a line).
    """

    name: str
    title: str
    unit: str
    description: str
    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def draw(name: str, title: str, unit: str, curves: Sequence[Curve]) -> Chart:
    """The chart of some curves over the same stride."""
    step, low, high = _axis([value for curve in curves for value in (*curve.low, *curve.high)])
    digits = max(0, -floor(log10(step)))

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low), 1)

    values = [low + step * index for index in range(round((high - low) / step) + 1)]
    return Chart(
        name,
        title,
        unit,
        " ".join(_in_words(curve, unit) for curve in curves),
        tuple(_line(curve, y) for curve in curves),
        tuple(Tick(_x(percent, 101), f"{percent} %") for percent in range(0, 101, 20)),
        tuple(Tick(y(value), f"{value:.{digits}f}") for value in values),
        tuple(_rows(curves)),
    )


def _axis(values: Sequence[float]) -> tuple[float, float, float]:
    """Step, lowest and highest number of an axis that holds the values, at round numbers."""
    span = max(max(values) - min(values), 1e-6)
    rough = span / TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return step, floor(min(values) / step) * step, (floor(max(values) / step) + 1) * step


def _x(index: float, count: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * index / (count - 1), 1)


def _line(curve: Curve, y: Callable[[float], float]) -> Line:
    count = len(curve.middle)

    def points(values: Sequence[float]) -> list[str]:
        return [f"{_x(index, count)},{y(value)}" for index, value in enumerate(values)]

    path = f"M{' '.join(points(curve.middle))}"
    band = f"M{' '.join([*points(curve.high), *reversed(points(curve.low))])}Z"
    return Line(curve.side, curve.clip, curve.label, path, band, curve.strides)


def _in_words(curve: Curve, unit: str) -> str:
    last = len(curve.middle) - 1
    least, most = (pick(range(last + 1), key=curve.middle.__getitem__) for pick in (min, max))
    sentence = ngettext(
        "%(curve)s: lowest %(lowest)s %(unit)s at %(lowest_at)s %% of the stride, "
        "highest %(highest)s %(unit)s at %(highest_at)s %%, %(strides)s stride.",
        "%(curve)s: lowest %(lowest)s %(unit)s at %(lowest_at)s %% of the stride, "
        "highest %(highest)s %(unit)s at %(highest_at)s %%, %(strides)s strides.",
        curve.strides,
    )
    return sentence % {
        "curve": curve.label,
        "lowest": _number(curve.middle[least]),
        "lowest_at": round(100 * least / last),
        "highest": _number(curve.middle[most]),
        "highest_at": round(100 * most / last),
        "unit": unit,
        "strides": curve.strides,
    }


def _rows(curves: Sequence[Curve]) -> list[tuple[int, tuple[str, ...]]]:
    rows = []
    for percent in range(0, 101, TABLE_STEP):
        cells = []
        for curve in curves:
            at = round(percent / 100 * (len(curve.middle) - 1))
            low, middle, high = (_number(values[at]) for values in (curve.low, curve.middle, curve.high))
            cells.append(_("%(middle)s (%(low)s to %(high)s)") % {"middle": middle, "low": low, "high": high})
        rows.append((percent, tuple(cells)))
    return rows


def _number(value: float) -> str:
    return f"{value:.1f}"
