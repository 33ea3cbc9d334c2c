"""Poses → FieldMaps: the network's training target, and the oracle of the decoder's tests.

Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", section 3.2 and 3.3.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from estimator.maps import FieldMaps
from estimator.pose import Floats, Pose
from estimator.skeleton import Limb, Skeleton


def encode(
    poses: Sequence[Pose],
    skeleton: Skeleton,
    rows: int,
    columns: int,
    *,
    stride: int = 8,
    sigma: float = 7.0,
    limb_width: float = 8.0,
) -> FieldMaps:
    """Draw the maps that a perfect network would give for these poses.

    Args:
        poses: keypoints in pixels of the network's input.
        skeleton: of the maps.
        rows, columns: size of the maps, in cells.
        stride: input pixels a cell.
        sigma: standard deviation of a keypoint's bell, in input pixels (7 in OpenPose's training).
        limb_width: distance from a limb up to which its PAF is 1 long, in input pixels.

    Returns:
        FieldMaps; where bells overlap the higher counts, where limbs overlap the mean vector.
    """
    maps = np.zeros((len(skeleton.keypoints), rows, columns), np.float32)
    pafs = np.zeros((2 * len(skeleton.limbs), rows, columns), np.float32)
    empty = FieldMaps(skeleton, maps, pafs, stride)
    xs = empty.cell_to_pixel(np.arange(columns, dtype=np.float32))[None, :]
    ys = empty.cell_to_pixel(np.arange(rows, dtype=np.float32))[:, None]
    for pose in poses:
        for channel in np.flatnonzero(pose.found):
            bell = _bell(xs, ys, pose.keypoints[channel], sigma)
            np.maximum(maps[channel], bell, out=maps[channel])
    for limb in skeleton.limbs:
        pafs[[limb.x_channel, limb.y_channel]] = _limb_field(xs, ys, poses, limb, limb_width)
    return FieldMaps(skeleton, maps, pafs, stride)


def _bell(xs: Floats, ys: Floats, keypoint: Floats, sigma: float) -> Floats:
    """exp(−d² / 2σ²) around one keypoint. (H, W)."""
    distance = (xs - keypoint[0]) ** 2 + (ys - keypoint[1]) ** 2
    return np.asarray(np.exp(-distance / (2 * sigma**2)), dtype=np.float32)


def _limb_field(xs: Floats, ys: Floats, poses: Sequence[Pose], limb: Limb, width: float) -> Floats:
    """Mean unit vector of all limbs of that kind that cover a cell. (2, H, W)."""
    total = np.zeros((2, ys.shape[0], xs.shape[1]), np.float32)
    count = np.zeros(total.shape[1:], np.float32)
    for pose in poses:
        if pose.found[limb.start] and pose.found[limb.end]:
            start, end = pose.keypoints[limb.start, :2], pose.keypoints[limb.end, :2]
            inside, unit = _on_limb(xs, ys, start, end, width)
            total += inside * unit[:, None, None]
            count += inside
    return np.asarray(total / np.maximum(count, 1), dtype=np.float32)


def _on_limb(xs: Floats, ys: Floats, start: Floats, end: Floats, width: float) -> tuple[NDArray[np.bool_], Floats]:
    """Which cells lie on the limb, and the limb's unit vector (2,).

    The field reaches past both ends by its width, as in OpenPose's training code: an eye is nearer to the nose than
    one cell to the next, and would else have no cell to say so.
    """
    length = float(np.hypot(*(end - start)))
    unit = (end - start) / max(length, 1e-6)
    along = (xs - start[0]) * unit[0] + (ys - start[1]) * unit[1]
    across = (xs - start[0]) * unit[1] - (ys - start[1]) * unit[0]
    return (along >= -width) & (along <= length + width) & (np.abs(across) <= width), unit
