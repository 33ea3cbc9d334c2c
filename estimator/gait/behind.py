"""Contacts seen from behind, where a foot that comes nearer sinks in the picture while it rests on the ground.

So the hips tell: in flight they fall freely, and their fall is fastest as soon as the new leg carries the body.
Which leg it is, the feet tell: the free one is up.
"""

import numpy as np
import scipy
from numpy.typing import NDArray

from estimator.gait.events import Events, stride_period
from estimator.gait.signals import GRID_HZ, SIDES, Signals

LAG_S = 0.039  # contact to fastest fall, in the mean of synthetic runners; ± 0.013 from runner to runner


def events_from_behind(signals: Signals) -> Events:
    """Contacts of both sides; toe-offs are not seen. `middles` are when the hips are lowest.

    Args:
        signals: filtered at ANGLE_HZ.
    """
    period = stride_period(signals, rear=True)
    contacts, middles = ({side: np.zeros(0) for side in SIDES} for _ in range(2))
    if np.isfinite(period):
        lowest = _lowest_hips(signals, period)
        for side, other in (SIDES, SIDES[::-1]):
            stands = signals.of(side, "ankle")[lowest, 1] < signals.of(other, "ankle")[lowest, 1]
            touched = np.array([_fastest_fall(signals, index, period) for index in lowest[stands]])
            seen = np.isfinite(touched)
            contacts[side] = touched[seen]
            middles[side] = signals.times_s[lowest[stands][seen]]
    unseen = {side: np.full(len(times), np.nan) for side, times in contacts.items()}
    return Events(period, contacts, unseen, middles)


def _lowest_hips(signals: Signals, period_s: float) -> NDArray[np.intp]:
    """Grid indices at which the hips are lowest, once a step."""
    height = np.nan_to_num(signals.hips[:, 1], nan=np.inf)
    lowest, _ = scipy.signal.find_peaks(-height, distance=round(0.3 * period_s * GRID_HZ))
    return np.asarray(lowest, dtype=np.intp)


def _fastest_fall(signals: Signals, lowest: int, period_s: float) -> float:
    """The contact before the hips are lowest; NaN where they were not seen all the way."""
    start = lowest - round(0.25 * period_s * GRID_HZ)
    fall = np.diff(signals.hips[max(start, 0) : lowest, 1])
    if start < 0 or not np.isfinite(fall).all():
        return np.nan
    return float(signals.times_s[start + int(fall.argmin())]) - LAG_S
