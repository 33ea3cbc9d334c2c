"""Quiet movement → initial contacts and toe-offs.

Initial contact: the lower of heel and toe (the ankle where the skeleton has no feet) reaches ground level.
Toe-off: the knee is straightest; where there are toes, the toe's own departure from the ground decides, within
reach of the knee. The thresholds and lags were set on synthetic runners, with other seeds than those that the
error table of docs/gait.md is made with.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from estimator.gait.signals import GRID_HZ, SIDES, Array, Signals

PERIOD_S = (0.4, 10.0)  # of a stride, from a sprint to a run in slow motion that nobody told of
LEAST_SWING = 0.08  # leg lengths: how far a foot goes before and behind the hips in every stride
FOOT_CONTACT, ANKLE_CONTACT = 0.012, 0.020  # leg lengths above the ground level that count as contact
FOOT_LEAD_S = 0.007  # heel and toe, as filtered, are that early at that height; the ankle is not
DEFINITE = 2.0  # times that height: certainly in the air
TOE_LIFTS, TOE_LEAVES, TOE_GONE = (
    0.2,
    0.3,
    0.6,
)  # of the running speed: that of the toe over ground, as it goes
TOE_LAG_S = 0.0025  # what the filter leaves of the delay
KNEE_LAG_S = -0.0065  # the filtered knee is straightest that early
KNEE_REACH_S = 0.035  # how far the toe's departure may be from the straightest knee
RESTS = 0.1  # of a stride from when the foot is under the hips: the toe surely rests
GROUND_PERCENTILE = {
    "heel": 8,
    "big_toe": 15,
    "ankle": 8,
}  # the middle of the time a part rests on the ground


@dataclass(frozen=True, eq=False)
class Events:
    """When the feet meet and leave the ground, in real seconds.

    Attributes:
        period_s: the usual time from one contact of a foot to its next; NaN where no stride repeats.
        contacts: side → (n,) increasing.
        toe_offs: side → (n,) the toe-off that ends each contact; NaN where it was not seen.
        middles: side → (n,) when the foot passes under the hips, in between.
    """

    period_s: float
    contacts: dict[str, Array]
    toe_offs: dict[str, Array]
    middles: dict[str, Array]


def find_events(signals: Signals) -> Events:
    """Contacts and toe-offs of a levelled movement.

    Args:
        signals: seen from the side, filtered at EVENT_HZ.
    """
    period = stride_period(signals)
    contacts, toe_offs, middles = ({side: np.zeros(0) for side in SIDES} for _ in range(3))
    if np.isnan(period):
        return Events(period, contacts, toe_offs, middles)
    for side in SIDES:
        height = clearance(signals, side, period)
        middle = under_hips(signals, side, period)
        touched = np.array([_contact(signals, height, index, period) for index in middle])
        left = np.array([_toe_off(signals, side, index, period) for index in middle])
        seen = np.isfinite(touched)
        contacts[side], toe_offs[side] = touched[seen], left[seen]
        middles[side] = signals.times_s[middle[seen]]
    return Events(period, contacts, toe_offs, middles)


def stride_period(signals: Signals, *, rear: bool = False) -> float:
    """Seconds a stride: the first strong peak of the autocorrelation of left foot minus right foot; NaN for none."""
    axis = 1 if rear else 0
    difference = (signals.of("left", "ankle") - signals.of("right", "ankle"))[:, axis]
    filled = np.nan_to_num(difference - np.nanmean(difference)) if np.isfinite(difference).any() else difference
    if np.nanstd(difference) < 0.05 * signals.leg_px or len(filled) < 2 * GRID_HZ * PERIOD_S[0]:
        return np.nan
    correlation = scipy.signal.correlate(filled, filled)[len(filled) - 1 :]
    correlation /= correlation[0]
    first, last = (round(seconds * GRID_HZ) for seconds in PERIOD_S)
    peaks, _ = scipy.signal.find_peaks(correlation[first:last], height=0.25)
    if not len(peaks):
        return np.nan
    heights = correlation[first + peaks]
    earliest = np.flatnonzero(heights > 0.8 * heights.max())[0]
    return float((first + peaks[earliest]) / GRID_HZ)


def under_hips(signals: Signals, side: str, period_s: float) -> NDArray[np.intp]:
    """Grid indices at which the foot passes under the hips from front to back: the middle of each stance."""
    ahead = (signals.of(side, "ankle") - signals.hips)[:, 0] / signals.leg_px
    crossings = np.flatnonzero((ahead[:-1] > 0) & (ahead[1:] <= 0))
    half = round(period_s * GRID_HZ / 2)
    good = [
        i for i in crossings
        if _reaches(ahead[max(i - half, 0) : i + 1]) and _reaches(-ahead[i : i + half])
    ]  # fmt: skip
    return _apart(np.array(good, dtype=np.intp), half)


def _reaches(stretch: Array) -> bool:
    return bool(np.isfinite(stretch).all() and stretch.max() > LEAST_SWING)


def _apart(indices: NDArray[np.intp], least: int) -> NDArray[np.intp]:
    """The first of those that follow each other too closely."""
    kept: list[int] = []
    for index in indices.tolist():
        if not kept or index - kept[-1] > least:
            kept.append(index)
    return np.array(kept, dtype=np.intp)


def _touch(signals: Signals) -> float:
    """Height of the foot that counts as contact, in leg lengths."""
    return FOOT_CONTACT if signals.has_feet else ANKLE_CONTACT


def _contact(signals: Signals, height: Array, middle: int, period_s: float) -> float:
    """When the foot comes down before the middle of a stance; NaN where that is not seen."""
    before = slice(max(middle - round(0.5 * period_s * GRID_HZ), 0), middle + 1)
    touch = _touch(signals)
    lead = FOOT_LEAD_S if signals.has_feet else 0.0
    return _falls_below(signals.times_s[before], height[before], touch, DEFINITE * touch) + lead


def clearance(signals: Signals, side: str, period_s: float) -> Array:
    """(N,) height of the lowest part of the foot above its resting level, in leg lengths."""
    parts = ("heel", "big_toe") if signals.has_feet else ("ankle",)
    heights = [_above_ground(signals, side, part, period_s) for part in parts]
    return np.asarray(np.minimum.reduce(heights) / signals.leg_px)


def _above_ground(signals: Signals, side: str, part: str, period_s: float) -> Array:
    """(N,) pixels above the level at which that part rests; the level may rise or fall steadily over the clip."""
    height = signals.of(side, part)[:, 1]
    window = round(1.5 * period_s * GRID_HZ)
    centres, levels = [], []
    for start in range(0, len(height), window):
        piece = height[start : start + window]
        seen = piece[np.isfinite(piece)]
        if len(seen) > window / 2:
            centres.append(start + len(piece) / 2)
            levels.append(float(np.percentile(seen, GROUND_PERCENTILE[part])))
    if not levels:
        return np.full(len(height), np.nan)
    slope = _median_slope(np.array(centres), np.array(levels))
    level = float(np.median(np.array(levels) - slope * np.array(centres)))
    return np.asarray(height - level - slope * np.arange(len(height)))


def _median_slope(x: Array, y: Array) -> float:
    """Theil–Sen: the median slope over all pairs; 0 for fewer than three points."""
    i, j = np.triu_indices(len(x), 1)
    return float(np.median((y[j] - y[i]) / (x[j] - x[i]))) if len(x) > 2 else 0.0


def _toe_off(signals: Signals, side: str, middle: int, period_s: float) -> float:
    after = slice(middle, middle + round(0.45 * period_s * GRID_HZ))
    knee = _straightest_knee(signals, side, after)
    if not signals.has_feet or not np.isfinite(knee) or after.stop > len(signals.times_s):
        return knee
    speed = _toe_speed(signals, side, after, round(RESTS * period_s * GRID_HZ))
    lifts, leaves = (_rises_above(signals.times_s[after], speed, s, TOE_GONE) for s in (TOE_LIFTS, TOE_LEAVES))
    toe = 2 * lifts - leaves - TOE_LAG_S  # back along its acceleration, towards where it was at rest
    return float(np.clip(toe, knee - KNEE_REACH_S, knee + KNEE_REACH_S)) if np.isfinite(toe) else knee


def _straightest_knee(signals: Signals, side: str, after: slice) -> float:
    """When the knee is straightest before it bends for the swing; NaN where it is not seen."""
    flexion = knee_flexion(signals, side)[after]
    if not np.isfinite(flexion).all() or len(flexion) < 3:
        return np.nan
    bend = int(flexion.argmax())  # in swing, after the straightest knee
    straightest = int(flexion[: bend + 1].argmin())
    return float(signals.times_s[after][straightest] - KNEE_LAG_S)


def _toe_speed(signals: Signals, side: str, after: slice, rest: int) -> Array:
    """(n,) speed of the toe over the ground, as a share of the speed of the hips over the ground.

    The toe rests on the ground for the first samples, `rest` of them: so fast, and that way, goes the ground.
    """
    speed = np.gradient(signals.of(side, "big_toe")[after], axis=0) * GRID_HZ
    ground = float(np.median(speed[:rest, 0]))
    over_ground = np.hypot(speed[:, 0] - ground, speed[:, 1])
    return np.asarray(over_ground / max(abs(signals.hips_speed - ground), signals.leg_px))


def knee_flexion(signals: Signals, side: str) -> Array:
    """(N,) degrees; 0 is straight, positive the way a knee bends."""
    thigh = signals.of(side, "knee") - signals.of(side, "hip")
    shank = signals.of(side, "ankle") - signals.of(side, "knee")
    cross = thigh[:, 0] * shank[:, 1] - thigh[:, 1] * shank[:, 0]
    return np.asarray(np.degrees(np.arctan2(-cross, (thigh * shank).sum(axis=1))))


def _falls_below(times: Array, values: Array, level: float, definite: float) -> float:
    """When values, definitely high before, first fall below the level; NaN where they do not."""
    high = np.flatnonzero(values > definite)
    if not len(high) or not np.isfinite(values[high[-1] :]).all():
        return np.nan
    low = np.flatnonzero(values[high[-1] :] < level)
    if not len(low):
        return np.nan
    return _between(times, values, high[-1] + low[0] - 1, level)


def _rises_above(times: Array, values: Array, level: float, definite: float) -> float:
    """When values, definitely high later, last rise above the level before; NaN where they do not."""
    high = np.flatnonzero(values > definite)
    if not len(high) or not np.isfinite(values[: high[0]]).all():
        return np.nan
    low = np.flatnonzero(values[: high[0]] < level)
    if not len(low):
        return np.nan
    return _between(times, values, low[-1], level)


def _between(times: Array, values: Array, before: int, level: float) -> float:
    """Where the line between two samples meets the level."""
    share = (level - values[before]) / (values[before + 1] - values[before])
    return float(times[before] + share * (times[before + 1] - times[before]))


def ground_slope(signals: Signals, events: Events) -> float:
    """Slope of the ground in the picture, in radians, from where the toes rest; 0 where that is not seen.

    On a treadmill a resting toe travels along the belt, on the road the resting places lie along the way: one
    line with a height of its own for each side fits both.
    """
    if not signals.has_feet or np.isnan(events.period_s):
        return 0.0
    along, up = [], []
    rest = round(RESTS * events.period_s * GRID_HZ)
    for side in SIDES:
        toe = signals.of(side, "big_toe")
        centres = np.searchsorted(signals.times_s, events.middles[side])
        rests = [toe[c : c + rest] for c in centres]
        points = np.concatenate(rests) if rests else np.zeros((0, 2))
        points = points[np.isfinite(points).all(axis=1)]
        if len(points):
            along.append(points[:, 0] - points[:, 0].mean())
            up.append(points[:, 1] - points[:, 1].mean())
    if not along or np.ptp(np.concatenate(along)) < 0.1 * signals.leg_px:
        return 0.0
    x, y = np.concatenate(along), np.concatenate(up)
    return float(np.arctan((x * y).sum() / (x * x).sum()))
