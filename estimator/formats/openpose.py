"""OpenPose JSON 1.3, one document a picture (OpenPose's `doc/02_output.md` and `doc/advanced/demo_advanced.md`)."""

from typing import Any

import numpy as np

from estimator.errors import FormatError
from estimator.pose import Floats, Pose, PoseFrame
from estimator.skeleton import Skeleton

# As `--keypoint_scale` 0, 3 and 4 (`src/openpose/core/keypointScaler.cpp`): what x and y are multiplied by and moved.
KEYPOINT_SCALES = ("pixels", "0..1", "-1..1")

_OTHER_PARTS = (
    "face_keypoints_2d hand_left_keypoints_2d hand_right_keypoints_2d "
    "pose_keypoints_3d face_keypoints_3d hand_left_keypoints_3d hand_right_keypoints_3d"
).split()
_NAMES = "pose_keypoints_2d", "pose_keypoints", "body_parts"  # since 1.1, in 1.0, before


def to_openpose(frame: PoseFrame, keypoint_scale: str = "pixels") -> dict[str, Any]:
    """The document for one picture: x, y, score a keypoint; zeros where one is missing.

    Args:
        frame: everyone in the picture.
        keypoint_scale: one of KEYPOINT_SCALES: "pixels", or 0..1 or −1..1 from the first to the last pixel.

    Raises:
        ValueError: another keypoint_scale.
    """
    factor, offset = _scale(frame.width, frame.height, keypoint_scale)
    return {"version": 1.3, "people": [_person(pose, factor, offset) for pose in frame.poses]}


def from_openpose(
    document: Any, skeleton: Skeleton, width: int, height: int, keypoint_scale: str = "pixels"
) -> PoseFrame:
    """Read a document of version 1.0 to 1.3. The format holds no score of a pose: the mean of its keypoints' counts.

    Args:
        document: the JSON, parsed.
        skeleton: that the keypoints belong to; the format does not say.
        width, height: of the picture, in pixels; the format does not say.
        keypoint_scale: as it was written.

    Raises:
        FormatError: it is no such document, or made for another skeleton.
    """
    people = document.get("people") if isinstance(document, dict) else None
    if not isinstance(people, list):
        raise FormatError('This is no OpenPose JSON: it has no list of "people".')
    factor, offset = _scale(width, height, keypoint_scale)
    poses = [_pose(person, number, skeleton, factor, offset) for number, person in enumerate(people, start=1)]
    return PoseFrame(skeleton, width, height, tuple(poses))


def _scale(width: int, height: int, keypoint_scale: str) -> tuple[Floats, float]:
    """Factor (2,) and offset: written = pixels · factor + offset."""
    last_pixel = np.maximum(np.array([width, height], dtype=np.float32), 2) - np.float32(1)
    if keypoint_scale == "pixels":
        return np.ones(2, dtype=np.float32), 0.0
    if keypoint_scale == "0..1":
        return np.float32(1) / last_pixel, 0.0
    if keypoint_scale == "-1..1":
        return np.float32(2) / last_pixel, -1.0
    raise ValueError(f"keypoint_scale is one of {', '.join(KEYPOINT_SCALES)}, not {keypoint_scale!r}")


def _person(pose: Pose, factor: Floats, offset: float) -> dict[str, Any]:
    written = pose.keypoints.astype(np.float64)
    written[pose.found, :2] = written[pose.found, :2] * factor + offset
    digits = 3 if offset == 0 and factor[0] == 1 else 6
    numbers = [round(value, digits) for value in written.ravel().tolist()]
    return {"person_id": [-1], "pose_keypoints_2d": numbers, **{name: [] for name in _OTHER_PARTS}}


def _pose(person: Any, number: int, skeleton: Skeleton, factor: Floats, offset: float) -> Pose:
    keypoints = _numbers(person, number, len(skeleton.keypoints), skeleton.name)
    found = keypoints[:, 2] > 0
    keypoints[found, :2] = (keypoints[found, :2] - offset) / factor
    keypoints[~found] = 0
    return Pose(skeleton, keypoints, float(keypoints[found, 2].mean()) if found.any() else 0.0)


def _numbers(person: Any, number: int, count: int, name: str) -> Floats:
    values = next((person[key] for key in _NAMES if key in person), None) if isinstance(person, dict) else None
    try:
        with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused below
            array = np.array(values, dtype=np.float32).reshape(-1, 3)
    except (TypeError, ValueError):
        raise FormatError(f"Person {number} has no list of keypoint numbers under {_NAMES[0]!r}.") from None
    if len(array) != count or not np.isfinite(array).all():
        raise FormatError(f"Person {number} has {len(array)} keypoints; {name} has {count}, all of them finite.")
    return array
