"""Keypoints in the formats that other programs read: OpenPose JSON, COCO keypoints, CSV. Each reads what it writes."""

from estimator.formats.coco import COCO_17, from_coco, has_coco_17, to_coco, to_coco_17
from estimator.formats.openpose import KEYPOINT_SCALES, from_openpose, to_openpose
from estimator.formats.table import from_csv, to_csv

__all__ = [
    "COCO_17",
    "KEYPOINT_SCALES",
    "from_coco",
    "from_csv",
    "from_openpose",
    "has_coco_17",
    "to_coco",
    "to_coco_17",
    "to_csv",
    "to_openpose",
]
