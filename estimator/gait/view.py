"""Which track is the runner, and from where the camera looks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from estimator.pose import PoseSequence

SIDE_BELOW, REAR_ABOVE = (
    0.40,
    0.55,
)  # shoulder width over trunk length: 0.8 from behind, hardly anything from the side
VIEWS = ("side", "rear")


def choose_runner(tracks: Sequence[PoseSequence]) -> PoseSequence | None:
    """The track that is large, long, and whose feet take turns; None where there is no track."""
    return max(tracks, key=_runner_score, default=None)


def _runner_score(track: PoseSequence) -> float:
    seconds = float(track.seen.sum() * np.median(np.diff(track.times_s))) if len(track.times_s) > 1 else 0.0
    return seconds * _size(track) * (0.05 + _turns(track))


def _size(track: PoseSequence) -> float:
    """Neck to the middle of the hips, in pixels: the median over the frames that show both."""
    neck, _ = _points(track, "neck", "neck")
    left, right = _points(track, "l_hip", "r_hip")
    lengths = np.hypot(*(neck - (left + right) / 2).T)
    return float(np.nanmedian(lengths)) if np.isfinite(lengths).any() else 1.0


def _turns(track: PoseSequence) -> float:
    """How far the feet go past each other, in trunk lengths; feet that only spread and close score nothing."""
    left, right = _points(track, "l_ankle", "r_ankle")
    apart = (left - right)[np.isfinite(left - right).all(axis=1)] / _size(track)
    if len(apart) < 10:
        return 0.0
    low, high = np.percentile(apart, [10, 90], axis=0)
    return float(np.minimum(high, -low).clip(0, 1).max())


def measure_view(track: PoseSequence) -> tuple[str, float]:
    """("side", "rear", "front" or "oblique", shoulder width over trunk length), over the whole track."""
    left, right = _points(track, "l_shoulder", "r_shoulder")
    across = (right - left)[:, 0] / _size(track)
    if not np.isfinite(across).any():
        return "oblique", float("nan")
    width = float(np.nanmedian(np.abs(across)))
    if width < SIDE_BELOW:
        return "side", width
    if width < REAR_ABOVE:
        return "oblique", width
    return ("rear" if np.nanmedian(across) > 0 else "front"), width


def _points(track: PoseSequence, one: str, other: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(T, 2) of two keypoints, NaN where missing."""
    rows = [track.keypoints[:, track.skeleton.index(name)].astype(np.float64) for name in (one, other)]
    first, second = (np.where(row[:, 2:] > 0, row[:, :2], np.nan) for row in rows)
    return first, second
