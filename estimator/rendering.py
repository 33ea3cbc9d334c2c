"""Draw what was found."""

import cv2
import numpy as np

from estimator.images import Picture
from estimator.pose import Pose, PoseFrame

OPACITY = 0.8


def draw_poses(image: Picture, frame: PoseFrame) -> Picture:
    """The picture with every pose's limbs and keypoints on it, as a new (H, W, 3) uint8 RGB array."""
    layer = image.copy()
    for pose in reversed(frame.poses):  # the best on top
        _draw_pose(layer, pose)
    return np.asarray(cv2.addWeighted(layer, OPACITY, image, 1 - OPACITY, 0), dtype=np.uint8)


def _draw_pose(layer: Picture, pose: Pose) -> None:
    width = _line_width(pose)
    points = [(round(float(x)), round(float(y))) for x, y in pose.keypoints[:, :2]]
    colours = pose.skeleton.colours
    for limb in pose.skeleton.limbs[: len(pose.skeleton.keypoints) - 1]:  # the tree; the rest is no bone
        if pose.found[limb.start] and pose.found[limb.end]:
            cv2.line(layer, points[limb.start], points[limb.end], colours[limb.end], width, cv2.LINE_AA)
    for index in np.flatnonzero(pose.found):
        cv2.circle(layer, points[index], width + 1, (20, 20, 20), cv2.FILLED, cv2.LINE_AA)
        cv2.circle(layer, points[index], width, colours[index], cv2.FILLED, cv2.LINE_AA)


def _line_width(pose: Pose) -> int:
    """Pixels, in proportion to the person: a thin line for a small one."""
    left, top, right, bottom = pose.box
    return int(np.clip(max(right - left, bottom - top) * 0.012, 1, 24))
