"""Events and angles → one number a stride for every gait value."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from estimator.gait.events import Events, knee_flexion
from estimator.gait.signals import SIDES, Array, Signals

STRIDE_S = (0.5, 1.1)  # a running stride
CADENCE_REACH = 4  # strides before and after
JUST_BEFORE_S = 0.004  # a leg turns slowly before contact and fast after: an early look is off the least
LAST_MOMENT_S = 0.020  # before contact
OFF_MEDIAN = 0.25  # a stride further off the usual one is not a stride

Strides = dict[str, dict[str, Array]]  # value → side → one number a stride


@dataclass(frozen=True, eq=False)
class Stride:
    """One stride of one side, in real seconds.

    Attributes:
        contact, toe_off, end: its contact, its toe-off (NaN where unseen), the next contact of that side.
        middle: when the foot is under the hips.
        other_before, other_after: contacts of the other side before and within the stride; NaN where unseen.
    """

    side: str
    contact: float
    toe_off: float
    middle: float
    end: float
    other_before: float
    other_after: float

    @property
    def seconds(self) -> float:
        return self.end - self.contact


def strides_of(events: Events) -> dict[str, tuple[Stride, ...]]:
    """The strides that count, a side: 0.5 to 1.1 s, and within a quarter of the median."""
    return {side: tuple(_usual(_all_strides(events, side))) for side in SIDES}


def _all_strides(events: Events, side: str) -> list[Stride]:
    other = events.contacts[SIDES[1 - SIDES.index(side)]]
    contacts = events.contacts[side]
    rows = []
    for index in range(len(contacts) - 1):
        start, end = float(contacts[index]), float(contacts[index + 1])
        rows.append(
            Stride(
                side,
                start,
                float(events.toe_offs[side][index]),
                float(events.middles[side][index]),
                end,
                _last(other[other < start], after=start - 0.75 * (end - start)),
                _first(other[other > start], before=end),
            )
        )
    return rows


def _last(times: Array, after: float) -> float:
    return float(times[-1]) if len(times) and times[-1] > after else np.nan


def _first(times: Array, before: float) -> float:
    return float(times[0]) if len(times) and times[0] < before else np.nan


def _usual(strides: list[Stride]) -> list[Stride]:
    plausible = [stride for stride in strides if STRIDE_S[0] <= stride.seconds <= STRIDE_S[1]]
    if not plausible:
        return []
    median = float(np.median([stride.seconds for stride in plausible]))
    return [stride for stride in plausible if abs(stride.seconds - median) <= OFF_MEDIAN * median]


def timing(strides: dict[str, tuple[Stride, ...]]) -> Strides:
    """What the clock tells: one number a stride, NaN where an event was not seen."""
    rules: dict[str, Callable[[Stride], float]] = {
        "step_time_s": lambda s: s.contact - s.other_before,
        "contact_time_s": lambda s: s.toe_off - s.contact,
        "flight_time_s": lambda s: s.other_after - s.toe_off,
        "duty_factor": lambda s: (s.toe_off - s.contact) / s.seconds,
    }
    return {"cadence_spm": _cadence(strides)} | {name: _each(strides, rule) for name, rule in rules.items()}


def _cadence(strides: dict[str, tuple[Stride, ...]]) -> dict[str, Array]:
    """Steps a minute around each stride: over nine strides, where the errors of single contacts cancel."""
    found = {}
    for side, these in strides.items():
        seconds = np.array([stride.seconds for stride in these])
        around = [seconds[max(i - CADENCE_REACH, 0) : i + CADENCE_REACH + 1] for i in range(len(seconds))]
        found[side] = np.array([120 / window.mean() for window in around])
    return found


def side_angles(slow: Signals, sharp: Signals, strides: dict[str, tuple[Stride, ...]]) -> Strides:
    """What is seen from the side; levelled movement, filtered at ANGLE_HZ and at CONTACT_HZ."""
    read, at_contact = _SideReader(slow), _SideReader(sharp)
    rules = {
        "trunk_lean_deg": read.trunk_lean,
        "overstride_ratio": at_contact.overstride,
        "shank_angle_deg": at_contact.shank_angle,
        "vertical_oscillation_ratio": read.oscillation,
        "knee_at_contact_deg": at_contact.knee,
        "knee_peak_stance_deg": lambda s: read.peak(read.flexion[s.side], s.contact, s.toe_off),
        "knee_peak_swing_deg": lambda s: read.peak(read.flexion[s.side], s.toe_off, s.end),
    }
    if slow.has_feet:
        rules["foot_strike_deg"] = at_contact.foot_strike
    return {name: _each(strides, rule) for name, rule in rules.items()}


def rear_widths(signals: Signals, strides: dict[str, tuple[Stride, ...]]) -> Strides:
    """What is seen from behind; `signals` filtered at ANGLE_HZ."""
    read = _RearReader(signals)
    rules = {"step_width_ratio": read.step_width, "hip_drop_deg": read.hip_drop}
    return {name: _each(strides, rule) for name, rule in rules.items()}


def _each(strides: dict[str, tuple[Stride, ...]], rule: Callable[[Stride], float]) -> dict[str, Array]:
    return {side: np.array([rule(stride) for stride in strides[side]], dtype=np.float64) for side in SIDES}


class _Reader:
    """Reads series on the signals' grid at, and between, times."""

    def __init__(self, signals: Signals) -> None:
        self.signals = signals
        self.times = signals.times_s

    def at(self, series: Array, time: float) -> float:
        return float(np.interp(time, self.times, series)) if np.isfinite(time) else np.nan

    def between(self, series: Array, start: float, end: float) -> Array:
        """The samples from start to end; one NaN where an end is unknown or nothing lies between."""
        if not (np.isfinite(start) and np.isfinite(end)):
            return np.array([np.nan])
        part = series[np.searchsorted(self.times, start) : np.searchsorted(self.times, end)]
        return part if len(part) else np.array([np.nan])

    def peak(self, series: Array, start: float, end: float) -> float:
        return float(self.between(series, start, end).max())


class _SideReader(_Reader):
    def __init__(self, signals: Signals) -> None:
        super().__init__(signals)
        self.flexion = {side: knee_flexion(signals, side) for side in SIDES}
        trunk = signals.points["neck"] - signals.hips
        self.lean = np.degrees(np.arctan2(trunk[:, 0], trunk[:, 1]))
        self.height = signals.hips[:, 1] / signals.leg_px

    def trunk_lean(self, stride: Stride) -> float:
        """Hips to neck from straight up, forward positive, the mean of the stride."""
        return float(self.between(self.lean, stride.contact, stride.end).mean())

    def knee(self, stride: Stride) -> float:
        """Flexion at contact: the straightest of the last moment; the knee bends fast once the foot is down."""
        moment = self.between(self.flexion[stride.side], stride.contact - LAST_MOMENT_S, stride.contact)
        return float(moment.min())

    def overstride(self, stride: Stride) -> float:
        """How far the ankle lands before the middle of the hips, in leg lengths."""
        ahead = (self.signals.of(stride.side, "ankle") - self.signals.hips)[:, 0]
        return self.at(ahead / self.signals.leg_px, stride.contact)

    def shank_angle(self, stride: Stride) -> float:
        """Knee to ankle from straight down at contact; positive where the ankle is before the knee."""
        shank = self.signals.of(stride.side, "ankle") - self.signals.of(stride.side, "knee")
        return self.at(np.degrees(np.arctan2(shank[:, 0], -shank[:, 1])), stride.contact - JUST_BEFORE_S)

    def oscillation(self, stride: Stride) -> float:
        """Highest minus lowest of the hips, the mean of the stride's two steps, in leg lengths."""
        steps = ((stride.contact, stride.other_after), (stride.other_after, stride.end))
        return float(np.mean([np.ptp(self.between(self.height, *step)) for step in steps]))

    def foot_strike(self, stride: Stride) -> float:
        """Heel to toe at contact against the same foot when it is flat; toes up positive."""
        sole = self.signals.of(stride.side, "big_toe") - self.signals.of(stride.side, "heel")
        pitch = np.degrees(np.arctan2(sole[:, 1], sole[:, 0]))
        return self.at(pitch, stride.contact - JUST_BEFORE_S) - self.at(pitch, stride.middle)


class _RearReader(_Reader):
    def step_width(self, stride: Stride) -> float:
        """Ankle to ankle across, each in the middle of its own contact, in hip widths."""
        left, right = (self.signals.of(side, "ankle")[:, 0] - self.signals.hips[:, 0] for side in SIDES)
        hips = np.nanmedian(np.abs(self.signals.of("left", "hip") - self.signals.of("right", "hip"))[:, 0])
        own, other = (left, right) if stride.side == "left" else (right, left)
        across = self.at(own, stride.middle) - self.at(other, stride.other_after + (stride.middle - stride.contact))
        return float(abs(across) / hips)

    def hip_drop(self, stride: Stride) -> float:
        """How far the free side sinks below the standing side at most, against the mean of the stride."""
        free = SIDES[1 - SIDES.index(stride.side)]
        line = self.signals.of(stride.side, "hip") - self.signals.of(free, "hip")
        tilt = np.degrees(np.arctan2(line[:, 1], np.abs(line[:, 0])))
        mean = self.between(tilt, stride.contact, stride.end).mean()
        return float(self.between(tilt, stride.contact, stride.other_after).max() - mean)
