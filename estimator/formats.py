"""Keypoints in the formats that other programs read."""

from typing import Any

import numpy as np

from estimator.pose import Floats, Pose, PoseFrame

COCO_17 = (
    "nose l_eye r_eye l_ear r_ear l_shoulder r_shoulder l_elbow r_elbow l_wrist r_wrist "
    "l_hip r_hip l_knee r_knee l_ankle r_ankle"
).split()

OPENPOSE_OTHER_PARTS = (
    "face_keypoints_2d hand_left_keypoints_2d hand_right_keypoints_2d "
    "pose_keypoints_3d face_keypoints_3d hand_left_keypoints_3d hand_right_keypoints_3d"
).split()


def to_openpose(frame: PoseFrame) -> dict[str, Any]:
    """OpenPose JSON 1.3 (`doc/02_output.md` of OpenPose): x, y, score a keypoint, zeros where it is missing."""
    return {"version": 1.3, "people": [_openpose_person(pose) for pose in frame.poses]}


def _openpose_person(pose: Pose) -> dict[str, Any]:
    return {
        "person_id": [-1],
        "pose_keypoints_2d": [round(float(value), 3) for value in pose.keypoints.ravel()],
        **{name: [] for name in OPENPOSE_OTHER_PARTS},
    }


def to_coco_17(pose: Pose) -> Floats:
    """(17, 3) float32 in COCO's keypoint order; zeros for what the skeleton does not have."""
    array = np.zeros((len(COCO_17), 3), np.float32)
    for row, name in enumerate(COCO_17):
        if name in pose.skeleton.keypoints:
            array[row] = pose.keypoints[pose.skeleton.index(name)]
    return array
