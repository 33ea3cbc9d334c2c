"""Poses: the keypoints of one person instance, and of everyone in one picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimator.skeleton import Skeleton

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pose:
    """One person instance.

    Attributes:
        skeleton: names the keypoints.
        keypoints: (K, 3) float32, read-only; x and y in pixels of the upright picture (the centre of the top
            left pixel is 0, 0) and score 0..1. A missing keypoint is (0, 0, 0).
        score: 0..1, the mean score of the keypoints found and the limbs between them.

    Raises:
        ValueError: the array has another shape or holds a value that is not finite.
    """

    skeleton: Skeleton
    keypoints: Floats
    score: float = 1.0

    def __post_init__(self) -> None:
        array = np.array(self.keypoints, dtype=np.float32)
        if array.shape != (len(self.skeleton.keypoints), 3):
            raise ValueError(f"{self.skeleton.name} needs ({len(self.skeleton.keypoints)}, 3), got {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError("keypoints must be finite; write a missing keypoint as (0, 0, 0)")
        array.flags.writeable = False
        object.__setattr__(self, "keypoints", array)

    @property
    def found(self) -> NDArray[np.bool_]:
        """(K,) bool: which keypoints were found (score above 0)."""
        return self.keypoints[:, 2] > 0

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels around the keypoints found; zeros where there are none."""
        points = self.keypoints[self.found, :2]
        if not len(points):
            return (0.0, 0.0, 0.0, 0.0)
        left, top = points.min(axis=0)
        right, bottom = points.max(axis=0)
        return (float(left), float(top), float(right), float(bottom))


@dataclass(frozen=True)
class PoseFrame:
    """Everyone found in one picture.

    Attributes:
        skeleton: of all the poses.
        width, height: of the upright picture, in pixels.
        poses: sorted by score, best first.
    """

    skeleton: Skeleton
    width: int
    height: int
    poses: tuple[Pose, ...]


@dataclass(frozen=True, eq=False)
class PoseSequence:
    """The keypoints of one track: one person over consecutive frames, from the first seen to the last.

    Attributes:
        skeleton: names the keypoints.
        track: the track's id, 0-based; the same person keeps it through the clip.
        first: row of the clip's frames in which the sequence begins.
        times_s: (T,) float64, read-only, when each frame was shown, in seconds; strictly increasing.
        keypoints: (T, K, 3) float32, read-only, as in `Pose`; a frame without the person is all zeros.

    Raises:
        ValueError: shapes that do not fit each other, values that are not finite, times that do not increase.
    """

    skeleton: Skeleton
    track: int
    first: int
    times_s: NDArray[np.float64]
    keypoints: Floats

    def __post_init__(self) -> None:
        times = np.array(self.times_s, dtype=np.float64)
        array = np.array(self.keypoints, dtype=np.float32)
        if array.shape != (len(times), len(self.skeleton.keypoints), 3):
            raise ValueError(f"{len(times)} frames of {self.skeleton.name} do not fit keypoints {array.shape}")
        if not (np.isfinite(array).all() and np.isfinite(times).all() and (np.diff(times) > 0).all()):
            raise ValueError("keypoints must be finite and times must increase")
        times.flags.writeable = array.flags.writeable = False
        object.__setattr__(self, "times_s", times)
        object.__setattr__(self, "keypoints", array)

    @property
    def found(self) -> NDArray[np.bool_]:
        """(T, K) bool: which keypoints were found (score above 0)."""
        return self.keypoints[..., 2] > 0

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(T,) bool: in which frames anything of the person was found."""
        return np.asarray(self.found.any(axis=1))

    @property
    def stop(self) -> int:
        """Row of the clip's frames after the last one."""
        return self.first + len(self.times_s)

    def pose_at(self, row: int) -> Pose | None:
        """The pose in that row of the clip's frames; None where the person was not found."""
        if not self.first <= row < self.stop or not self.seen[row - self.first]:
            return None
        keypoints = self.keypoints[row - self.first]
        return Pose(self.skeleton, keypoints, float(keypoints[keypoints[:, 2] > 0, 2].mean()))
