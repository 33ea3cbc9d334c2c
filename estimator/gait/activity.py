"""What the person does: a gait value is only given to somebody who runs."""

from dataclasses import dataclass

import numpy as np
import scipy

from estimator.gait.events import Events, under_hips
from estimator.gait.signals import GRID_HZ, SIDES, Array, Signals

STILL = 0.05  # leg lengths: standard deviation of the distance between the feet of somebody who stands
SADDLE = 0.012  # leg lengths: standard deviation of the hips of somebody who sits while the feet go round
SHAKY = 0.012  # leg lengths: standard deviation of the hips over whole strides; more moves contacts by 15 ms
LONGEST_RUN_S = 0.88  # a stride: 136 steps a minute
RUN_BOUNCE, WALK_BOUNCE = 0.2, -0.1  # synthetic runs 0.8 to 1, walks −0.6; a real walk −0.5
LEAST_STRIDES = 2  # a side, to tell a walk from a run


@dataclass(frozen=True)
class Activity:
    """What was seen.

    Attributes:
        kind: "running", "walking", "cycling", "standing" or "unclear".
        bounce: −1 … 1; 1 where the hips are highest when the feet are farthest apart, as in a run, −1 as in a walk;
            NaN where that was not looked at.
    """

    kind: str
    bounce: float = float("nan")


def classify(signals: Signals, events: Events, *, rear: bool = False) -> Activity:
    """Standing, walking, running or cycling, from the movement at EVENT_HZ."""
    apart = signals.of("left", "ankle") - signals.of("right", "ankle")
    spread = float(np.nanstd(apart, axis=0).max()) / signals.leg_px if np.isfinite(apart).any() else 0.0
    if spread < STILL:
        return Activity("standing")
    if np.isnan(events.period_s):
        return Activity("unclear")
    hips = _step_band(signals.hips[:, 1] / signals.leg_px, events.period_s)
    if float(np.nanstd(hips)) < SADDLE:
        return Activity("cycling")
    if rear:
        return Activity(_from_behind(events))
    bounce = _correlation(np.abs(apart[:, 0]), hips)
    passes = min(len(under_hips(signals, side, events.period_s)) for side in SIDES)
    return Activity(_gait(bounce) if passes >= LEAST_STRIDES else "unclear", bounce)


def _from_behind(events: Events) -> str:
    """From there neither flight nor the hips tell: nobody runs with so long a stride."""
    if min(len(events.contacts[side]) for side in SIDES) < LEAST_STRIDES:
        return "unclear"
    return "running" if events.period_s < LONGEST_RUN_S else "walking"


def _gait(bounce: float) -> str:
    """A body falls and rises between its steps: a walk vaults over the standing leg, a run lands on it."""
    if bounce > RUN_BOUNCE:
        return "running"
    return "walking" if bounce < WALK_BOUNCE else "unclear"


def camera_moves(signals: Signals, period_s: float) -> bool:
    """Whether the hips drift up and down more slowly than any stride: then it is the camera that moves."""
    height = signals.hips[:, 1] / signals.leg_px
    seen = np.isfinite(height)
    if not seen.sum() >= 3 * period_s * GRID_HZ:  # nor where the period is not known
        return False
    time = signals.times_s[seen]
    steady = height[seen] - np.polyval(np.polyfit(time, height[seen], 2), time)
    window = round(period_s * GRID_HZ)
    slow = np.convolve(steady, np.full(window, 1 / window), mode="valid")
    return float(slow.std()) > SHAKY


def _step_band(height: Array, period_s: float) -> Array:
    """What goes up and down with the steps: slower movement taken away."""
    seen = np.isfinite(height)
    if seen.sum() < 60:
        return height
    sections = scipy.signal.butter(2, 2 * 0.7 / period_s / GRID_HZ, "highpass", output="sos")
    band = np.full(len(height), np.nan)
    band[seen] = scipy.signal.sosfiltfilt(sections, height[seen])
    return band


def _correlation(one: Array, other: Array) -> float:
    both = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[both], other[both])[0, 1]) if both.sum() > 2 else np.nan
