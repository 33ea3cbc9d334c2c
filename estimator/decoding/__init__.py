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

LARGEST = np.float32(4)  # both kinds of map are trained towards −1..1


def decode(maps: FieldMaps, thresholds: Thresholds) -> tuple[Pose, ...]:
    """Everyone in the maps, best score first; keypoints in pixels of the network's input.

    Values that make no sense (NaN, infinite, huge) are brought into −LARGEST..LARGEST: no map raises.
    """
    peaks = find_peaks(_sane(maps.confidence_maps), thresholds.keypoint_threshold)
    connections = connect(peaks, _sane(maps.pafs), maps.skeleton, thresholds.limb_threshold)
    people = [p for p in group(connections, maps.skeleton) if keep(p, peaks, thresholds)]
    poses = [_to_pose(maps, keypoints(p, peaks, maps.skeleton), pose_score(p, peaks, maps.skeleton)) for p in people]
    return tuple(sorted(poses, key=lambda pose: (-pose.score, *pose.box)))


def decode_single(maps: FieldMaps, thresholds: Thresholds) -> tuple[Pose, ...]:
    """The one person in the maps, or nobody; keypoints in pixels of the network's input."""
    cells = global_maxima(_sane(maps.confidence_maps), thresholds.keypoint_threshold)
    found = cells[:, 2] > 0
    if found.sum() < thresholds.min_keypoints:
        return ()
    return (_to_pose(maps, cells, float(cells[found, 2].mean())),)


def _sane(array: Floats) -> Floats:
    """The array itself where all values are finite and small, as a network's are; else a copy that is."""
    if np.abs(array).max(initial=0) <= LARGEST:  # False for NaN
        return array
    return np.clip(np.nan_to_num(array, nan=0), -LARGEST, LARGEST)


def _to_pose(maps: FieldMaps, cells: Floats, score: float) -> Pose:
    found = cells[:, 2:] > 0
    pixels = np.where(found, maps.cell_to_pixel(cells[:, :2]), 0)
    return Pose(maps.skeleton, np.column_stack([pixels, cells[:, 2]]), score)
