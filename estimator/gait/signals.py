"""One track → the quiet, levelled movement that events and angles are read from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray

from estimator.pose import PoseSequence
from estimator.smoothing import fill_gaps, low_pass, repair_swaps, stretches

Array = NDArray[np.float64]

SIDES = ("left", "right")
EVENT_HZ, ANGLE_HZ = 10.0, 6.0
CONTACT_HZ = 20.0  # at contact the knee turns within a few hundredths of a second: 6 Hz would be 4° off there
GRID_HZ = 240.0  # events are read between the frames of the clip


@dataclass(frozen=True, eq=False)
class Signals:
    """Keypoints on an even, fine grid of real time.

    Attributes:
        fps: frames a second of the clip, in real time.
        times_s: (N,) in seconds of the clip's own time, slow motion undone.
        points: keypoint name → (N, 2): forward and up, in pixels; NaN where it was not seen. The ground is level
            only after `levelled`.
        forward: 1 where the person faces the right edge of the picture, −1 for the left.
    """

    fps: float
    times_s: Array
    points: dict[str, Array]
    forward: int

    @property
    def has_feet(self) -> bool:
        """Whether the skeleton has heels and toes."""
        return "l_heel" in self.points

    def of(self, side: str, part: str) -> Array:
        """(N, 2) of "left"/"right" and "knee"."""
        return self.points[f"{side[0]}_{part}"]

    @cached_property
    def hips(self) -> Array:
        """(N, 2) the middle of the hips."""
        return (self.points["l_hip"] + self.points["r_hip"]) / 2

    @cached_property
    def leg_px(self) -> float:
        """Hip to knee and knee to ankle, in pixels: the median over time, the mean of both legs."""
        return float(np.mean([_length(self, s, "hip", "knee") + _length(self, s, "knee", "ankle") for s in SIDES]))

    @cached_property
    def trunk_px(self) -> float:
        """Middle of the hips to neck, in pixels."""
        return median_seen(np.hypot(*(self.points["neck"] - self.hips).T))

    @cached_property
    def hips_speed(self) -> float:
        """Forward, in pixels a second: the median; 0 on a treadmill."""
        return median_seen(np.gradient(self.hips[:, 0])) * GRID_HZ

    def levelled(self, roll: float) -> "Signals":
        """The same with the ground turned level; `roll` is its slope in radians, up and forward positive."""
        cos, sin = np.cos(roll), np.sin(roll)
        turn = np.array([[cos, -sin], [sin, cos]])
        return replace(self, points={name: path @ turn for name, path in self.points.items()})


def cleaned(sequence: PoseSequence, slow_motion: float = 1.0) -> PoseSequence:
    """Swaps repaired and gaps filled, on the real time axis.

    Args:
        sequence: a raw track.
        slow_motion: how many times slower than life the clip plays (8 for 240 fps shown at 30).
    """
    real = replace(sequence, times_s=sequence.times_s / slow_motion)
    return fill_gaps(repair_swaps(real))


def signals(sequence: PoseSequence, cutoff_hz: float, forward: int | None = None) -> Signals:
    """Filter a cleaned track and put it on the fine grid.

    Args:
        sequence: of `cleaned`.
        cutoff_hz: EVENT_HZ for the sharp bends of contacts, ANGLE_HZ for angles.
        forward: see `Signals`; by default read from the way that knees, toes and face point.
    """
    quiet = low_pass(sequence, cutoff_hz)
    times = quiet.times_s
    grid = np.arange(times[0], times[-1], 1 / GRID_HZ)
    forward = forward or facing(quiet)
    points = {}
    for index, name in enumerate(quiet.skeleton.keypoints):
        path = _on_grid(grid, times, quiet.keypoints[:, index].astype(np.float64))
        points[name] = path * np.array([forward, -1])
    return Signals(1 / float(np.median(np.diff(times))), grid, points, forward)


def _on_grid(grid: Array, times: Array, rows: Array) -> Array:
    """(T, 3) x, y, score → (N, 2); a spline through each stretch without gaps, NaN elsewhere."""
    path = np.full((len(grid), 2), np.nan)
    for start, stop in stretches(rows[:, 2] > 0):
        if stop - start >= 4:
            inside = (grid >= times[start]) & (grid <= times[stop - 1])
            path[inside] = scipy.interpolate.CubicSpline(times[start:stop], rows[start:stop, :2])(grid[inside])
    return path


def facing(sequence: PoseSequence) -> int:
    """1 where the person faces the right edge of the picture, −1 for the left: knees bend, toes and nose point."""
    pairs: list[tuple[str, tuple[str, ...]]] = [("nose", ("neck",))]
    for side in "lr":
        pairs.append((f"{side}_knee", (f"{side}_hip", f"{side}_ankle")))
        pairs.append((f"{side}_big_toe", (f"{side}_heel",)))
    votes = [_points_right(sequence, tip, base) for tip, base in pairs if tip in sequence.skeleton.keypoints]
    return 1 if sum(votes) >= 0 else -1


def _points_right(sequence: PoseSequence, tip: str, base: Iterable[str]) -> float:
    """−1 … 1: how surely the tip lies right of the base."""
    indices = [sequence.skeleton.index(name) for name in (tip, *base)]
    seen = sequence.found[:, indices].all(axis=1)
    if not seen.any():
        return 0.0
    x = sequence.keypoints[seen][:, indices, 0]
    return float(np.sign(x[:, 0] - x[:, 1:].mean(axis=1)).mean())


def median_seen(values: Array) -> float:
    """Median of what is not NaN; NaN where all is."""
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) else float("nan")


def _length(signals: Signals, side: str, start: str, end: str) -> float:
    return median_seen(np.hypot(*(signals.of(side, start) - signals.of(side, end)).T))
