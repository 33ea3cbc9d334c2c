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
