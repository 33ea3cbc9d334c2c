"""Options of an estimate, with the names that OpenPose gave them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """When a peak, a connection or a pose counts. Each network's metadata may carry its own.

    Attributes:
        keypoint_threshold: least value of a confidence map's peak, 0..1.
        limb_threshold: least agreement of the PAF with a limb's direction at a sample, 0..1.
        min_keypoints: poses with fewer keypoints are dropped.
        min_score: poses with a lower mean score are dropped, 0..1.
    """

    keypoint_threshold: float = 0.1
    limb_threshold: float = 0.05
    min_keypoints: int = 3
    min_score: float = 0.2
