"""Raw sequences → whole and quiet ones: left and right set straight, gaps filled, jitter filtered.

Every function returns a new sequence; the raw one is never changed.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import NDArray

from estimator.pose import Floats, PoseSequence
from estimator.skeleton import Skeleton

Series = NDArray[np.float64]

MAX_GAP_S = 0.25
ORDER = 2  # run forwards and backwards: fourth order, no lag
SWAP_PENALTY = 0.3  # of a limb's usual change of pace: what believing in a swap must gain
SWAPPED_TOGETHER = (
    "knee ankle heel big_toe small_toe".split(),
    "elbow wrist".split(),
)


def smooth(sequence: PoseSequence, cutoff_hz: float = 6.0) -> PoseSequence:
    """Swaps repaired, short gaps filled, zero-lag low-pass: what is drawn and measured."""
    return low_pass(fill_gaps(repair_swaps(sequence)), cutoff_hz)


def fill_gaps(sequence: PoseSequence, max_gap_s: float = MAX_GAP_S) -> PoseSequence:
    """Missing keypoints set on the straight line between their neighbours in time.

    A gap longer than `max_gap_s` and what lies before the first or after the last sight stay missing. A filled
    keypoint has half the lower of its neighbours' scores.
    """
    filled = sequence.keypoints.copy()
    for keypoint in range(filled.shape[1]):
        _fill(filled[:, keypoint], sequence.times_s, max_gap_s)
    return replace(sequence, keypoints=filled)


def _fill(rows: Floats, times_s: Series, max_gap_s: float) -> None:
    """Fill one keypoint's rows (T, 3) in place."""
    seen = np.flatnonzero(rows[:, 2] > 0)
    for before, after in pairwise(seen):
        if after - before > 1 and times_s[after] - times_s[before] <= max_gap_s:
            gap = np.arange(before + 1, after)
            for axis in (0, 1):
                rows[gap, axis] = np.interp(times_s[gap], times_s[[before, after]], rows[[before, after], axis])
            rows[gap, 2] = min(rows[before, 2], rows[after, 2]) / 2


def low_pass(sequence: PoseSequence, cutoff_hz: float) -> PoseSequence:
    """Zero-lag Butterworth filter on x and y of each stretch without gaps; scores stay as they are."""
    filtered = sequence.keypoints.copy()
    for keypoint in range(filtered.shape[1]):
        found = filtered[:, keypoint, 2] > 0
        for start, stop in stretches(found):
            part = slice(start, stop)
            filtered[part, keypoint, :2] = filter_series(
                filtered[part, keypoint, :2].astype(np.float64), sequence.times_s[part], cutoff_hz
            )
    return replace(sequence, keypoints=filtered)


def stretches(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and stop of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def filter_series(values: Series, times_s: Series, cutoff_hz: float) -> Series:
    """Fourth-order zero-lag Butterworth low-pass along the first axis.

    Frames at a varying rate are brought to an even one first, and back after. The cutoff is that of the whole:
    each of the two passes has a higher one (Winter, "Biomechanics and Motor Control of Human Movement", section
    2.2.4.4). What is too short or too slow to be filtered comes back as it is.

    Args:
        values: (T, …), finite.
        times_s: (T,) in seconds, increasing.
        cutoff_hz: where the whole filter lets 0.7 of the amplitude through.
    """
    if len(values) < 4 * (ORDER + 1):
        return values
    step = float(np.median(np.diff(times_s)))
    pass_cutoff = 2 * step * cutoff_hz / (2**0.5 - 1) ** 0.25  # in units of half the frame rate
    if pass_cutoff >= 0.95:
        return values
    even = np.linspace(times_s[0], times_s[-1], round((times_s[-1] - times_s[0]) / step) + 1)
    sections = scipy.signal.butter(ORDER, pass_cutoff, output="sos")
    padding = min(len(even) - 1, round(1 / pass_cutoff) * 6)
    filtered = scipy.signal.sosfiltfilt(sections, _at(even, times_s, values), axis=0, padlen=padding)
    return _at(times_s, even, filtered)


def _at(wanted: Series, times_s: Series, values: Series) -> Series:
    """Linear interpolation along the first axis."""
    columns = values.reshape(len(values), -1).T
    rows = np.column_stack([np.interp(wanted, times_s, column) for column in columns])
    return rows.reshape(len(wanted), *values.shape[1:])


def repair_swaps(sequence: PoseSequence) -> PoseSequence:
    """Left and right exchanged where that makes the limbs move evenly.

    Legs and arms are judged apart. Of all ways to exchange the sides frame by frame the one with the least total
    change of velocity is found (dynamic programming over the choices of two frames), where an exchange costs a
    little in itself: so the network's own naming wins where motion does not tell.
    """
    repaired = sequence.keypoints.copy()
    for names in SWAPPED_TOGETHER:
        left, right = _sides(sequence.skeleton, names)
        if left:
            swapped = _swapped_frames(fill_gaps(sequence, np.inf), left, right)
            for one, other in zip(left + right, right + left, strict=True):
                repaired[swapped, one] = sequence.keypoints[swapped, other]
    return replace(sequence, keypoints=repaired)


def _sides(skeleton: Skeleton, names: list[str]) -> tuple[list[int], list[int]]:
    known = [name for name in names if f"l_{name}" in skeleton.keypoints]
    return [skeleton.index(f"l_{n}") for n in known], [skeleton.index(f"r_{n}") for n in known]


def _swapped_frames(sequence: PoseSequence, left: list[int], right: list[int]) -> NDArray[np.intp]:
    """Frames whose sides are to be exchanged."""
    known = sequence.found[:, left + right].all(axis=1)
    frames = np.flatnonzero(known)
    if len(frames) < 4:
        return np.zeros(0, np.intp)
    points = sequence.keypoints[frames, :, :2].astype(np.float64)
    states = np.stack([points[:, left + right], points[:, right + left]], axis=1).reshape(len(frames), 2, -1)
    return np.asarray(frames[_smoothest(states) == 1], dtype=np.intp)


def _smoothest(states: Series) -> NDArray[np.intp]:
    """Viterbi: the state of each frame, so that the sum of second differences is least.

    Args:
        states: (T, 2, D); the two candidates of each frame.

    Returns:
        (T,) 0 or 1.
    """
    costs = np.linalg.norm(
        states[2:, None, None, :] - 2 * states[1:-1, None, :, None] + states[:-2, :, None, None], axis=-1
    )  # (T − 2, before, middle, after)
    penalty = SWAP_PENALTY * np.median(costs[:, 0, 0, 0]) * np.array([0.0, 1.0])
    best = penalty[:, None] + penalty[None, :]
    choices = []
    for cost in costs:
        total = best[:, :, None] + cost + penalty
        choices.append(total.argmin(axis=0))
        best = total.min(axis=0)
    middle, last = divmod(int(best.argmin()), 2)
    path = [last, middle]
    for choice in reversed(choices):
        path.append(int(choice[path[-1], path[-2]]))
    return np.array(path[::-1], dtype=np.intp)
