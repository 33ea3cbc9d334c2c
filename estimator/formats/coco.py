"""COCO keypoint annotations (https://cocodataset.org/#format-data), as pycocotools loads them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimator.errors import FormatError
from estimator.pose import Floats, Pose, PoseFrame
from estimator.skeleton import SKELETONS, Skeleton

COCO_17 = tuple(
    (
        "nose l_eye r_eye l_ear r_ear l_shoulder r_shoulder l_elbow r_elbow l_wrist r_wrist "
        "l_hip r_hip l_knee r_knee l_ankle r_ankle"
    ).split()
)
Flags = Sequence[Sequence[int] | NDArray[np.int_]]  # COCO's flag of each keypoint of everyone in a picture
VISIBLE = 2  # COCO's flag of a keypoint that is labelled and to be seen


def to_coco_17(pose: Pose) -> Floats:
    """(17, 3) float32 x, y, score in COCO's own keypoint order; zeros for what the skeleton does not have."""
    array = np.zeros((len(COCO_17), 3), np.float32)
    for row, name in enumerate(COCO_17):
        if name in pose.skeleton.keypoints:
            array[row] = pose.keypoints[pose.skeleton.index(name)]
    return array


def has_coco_17(skeleton: Skeleton) -> bool:
    """Whether COCO's 17 keypoints are a subset of the skeleton's."""
    return set(COCO_17) <= set(skeleton.keypoints)


def to_coco(
    frames: Mapping[str, PoseFrame], *, subset_17: bool = False, visibility: Mapping[str, Flags] | None = None
) -> dict[str, Any]:
    """A COCO data set: images, annotations, and a category for each skeleton.

    Args:
        frames: file name → everyone in that picture.
        subset_17: write COCO's own "person" category with its 17 keypoints instead.
        visibility: file name → COCO's flags of everyone in that picture (0 missing, 1 hidden, 2 visible), for poses
            that people labelled. Without it, what was found is visible.

    Returns:
        What pycocotools' `COCO` loads. Beside COCO's fields an annotation has `score` (of the pose) and
        `keypoint_scores`, because COCO's third number is a flag.

    Raises:
        ValueError: subset_17 of a skeleton that does not have the 17.
    """
    categories: dict[str, dict[str, Any]] = {}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (name, frame) in enumerate(frames.items(), start=1):
        if subset_17 and not has_coco_17(frame.skeleton):
            raise ValueError(f"{frame.skeleton.name} does not have COCO's 17 keypoints")
        key = "person" if subset_17 else frame.skeleton.name
        category = categories.setdefault(key, _category(key, frame.skeleton, len(categories) + 1))
        images.append({"id": image_id, "file_name": name, "width": frame.width, "height": frame.height})
        flags = (visibility or {}).get(name) or [VISIBLE * pose.found for pose in frame.poses]
        for pose, flagged in zip(frame.poses, flags, strict=True):
            keypoints, shown = _in_coco_17(pose, flagged) if subset_17 else (pose.keypoints, np.asarray(flagged))
            row = {"id": len(annotations) + 1, "image_id": image_id, "category_id": category["id"]}
            annotations.append({**row, **_annotation(keypoints, shown, pose.score)})
    return {"images": images, "annotations": annotations, "categories": list(categories.values())}


def from_coco(document: Any) -> dict[str, PoseFrame]:
    """Read what `to_coco` wrote with whole skeletons. File name → everyone in that picture.

    Raises:
        FormatError: it is no such data set, or its categories are not our skeletons.
    """
    try:
        skeletons = {row["id"]: SKELETONS[row["name"]] for row in document["categories"]}
        poses: dict[int, list[Pose]] = {row["id"]: [] for row in document["images"]}
        for row in document["annotations"]:
            poses[row["image_id"]].append(_pose(row, skeletons[row["category_id"]]))
        fallback = next(iter(skeletons.values()), SKELETONS["COCO-18"])
        return {row["file_name"]: _frame(row, poses[row["id"]], fallback) for row in document["images"]}
    except (KeyError, TypeError, ValueError) as error:
        known = ", ".join(SKELETONS)
        raise FormatError(f"This is no COCO keypoint file with the skeletons {known} ({error!r}).") from error


def _category(name: str, skeleton: Skeleton, number: int) -> dict[str, Any]:
    names = COCO_17 if name == "person" else skeleton.keypoints
    ends = ((skeleton.keypoints[limb.start], skeleton.keypoints[limb.end]) for limb in skeleton.limbs)
    # COCO counts keypoints from 1
    edges = [[names.index(a) + 1, names.index(b) + 1] for a, b in ends if a in names and b in names]
    return {"id": number, "name": name, "supercategory": "person", "keypoints": list(names), "skeleton": edges}


def _in_coco_17(pose: Pose, flags: Sequence[int] | NDArray[np.int_]) -> tuple[Floats, NDArray[np.int_]]:
    """Keypoints (17, 3) and their flags (17,) in COCO's own order."""
    with_flags = Pose(pose.skeleton, np.column_stack([pose.keypoints[:, :2], np.asarray(flags)]))
    return to_coco_17(pose), to_coco_17(with_flags)[:, 2].astype(int)


def _annotation(keypoints: Floats, flags: NDArray[np.int_], score: float) -> dict[str, Any]:
    found = flags > 0
    flagged = np.column_stack([keypoints[:, :2], flags]).astype(float).round(3)
    points = keypoints[found, :2]
    left, top = points.min(axis=0).tolist() if len(points) else (0.0, 0.0)
    right, bottom = points.max(axis=0).tolist() if len(points) else (0.0, 0.0)
    return {
        "iscrowd": 0,
        "num_keypoints": int(found.sum()),
        "keypoints": flagged.ravel().tolist(),
        "keypoint_scores": keypoints[:, 2].astype(float).round(4).tolist(),
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "score": score,
    }


def _pose(row: Any, skeleton: Skeleton) -> Pose:
    keypoints = np.array(row["keypoints"], dtype=np.float32).reshape(-1, 3)
    keypoints[:, 2] = row["keypoint_scores"]
    return Pose(skeleton, keypoints, float(row["score"]))


def _frame(image: Any, poses: Sequence[Pose], fallback: Skeleton) -> PoseFrame:
    skeleton = poses[0].skeleton if poses else fallback
    return PoseFrame(skeleton, int(image["width"]), int(image["height"]), tuple(poses))
