"""FieldMaps → poses: the paper's greedy inference, one step a file.

`peaks` finds where keypoints may be, `limbs` which two belong together, `grouping` who they are;
`single` is the shortcut for one person.
"""

import numpy as np

from estimator.decoding.grouping import group, keep, keypoints, pose_score
from estimator.decoding.limbs import connect
from estimator.decoding.peaks import find_peaks
from estimator.decoding.single import global_maxima
from estimator.maps import FieldMaps
from estimator.options import Thresholds
from estimator.pose import Floats, Pose


def decode(maps: FieldMaps, thresholds: Thresholds) -> tuple[Pose, ...]:
    """Everyone in the maps, best score first; keypoints in pixels of the network's input.

    Values that are not finite count as 0: no map raises.
    """
    peaks = find_peaks(_finite(maps.confidence_maps), thresholds.keypoint_threshold)
    connections = connect(peaks, _finite(maps.pafs), maps.skeleton, thresholds.limb_threshold)
    people = [p for p in group(connections, maps.skeleton) if keep(p, peaks, thresholds)]
    poses = [_to_pose(maps, keypoints(p, peaks, maps.skeleton), pose_score(p, peaks, maps.skeleton)) for p in people]
    return tuple(sorted(poses, key=lambda pose: (-pose.score, *pose.box)))


def decode_single(maps: FieldMaps, thresholds: Thresholds) -> tuple[Pose, ...]:
    """The one person in the maps, or nobody; keypoints in pixels of the network's input."""
    cells = global_maxima(_finite(maps.confidence_maps), thresholds.keypoint_threshold)
    found = cells[:, 2] > 0
    if found.sum() < thresholds.min_keypoints:
        return ()
    return (_to_pose(maps, cells, float(cells[found, 2].mean())),)


def _finite(array: Floats) -> Floats:
    """The array itself where all is finite (the usual case), else a copy with zeros."""
    if np.isfinite(array).all():
        return array
    return np.nan_to_num(array, nan=0, posinf=0, neginf=0)


def _to_pose(maps: FieldMaps, cells: Floats, score: float) -> Pose:
    found = cells[:, 2:] > 0
    pixels = np.where(found, maps.cell_to_pixel(cells[:, :2]), 0)
    return Pose(maps.skeleton, np.column_stack([pixels, cells[:, 2]]), score)
