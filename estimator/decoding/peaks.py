"""Confidence maps → peaks: where keypoints may be.

Peaks are found at network resolution and refined by a parabola through the neighbours, which is as exact as
upsampling the maps first and several times faster (`bench/README.md`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimator.pose import Floats


@dataclass(frozen=True, eq=False)
class Peaks:
    """All peaks of all maps, sorted by keypoint.

    Attributes:
        keypoint: (P,) int, the map each peak was found in.
        xy: (P, 2) float32, in cells, sub-cell exact.
        score: (P,) float32, the map's value there.
        bounds: (K + 1,) int; the peaks of keypoint k are `bounds[k]:bounds[k + 1]`.
    """

    keypoint: NDArray[np.intp]
    xy: Floats
    score: Floats
    bounds: NDArray[np.intp]

    def of(self, keypoint: int) -> NDArray[np.intp]:
        """Indices of the peaks of one keypoint."""
        return np.arange(self.bounds[keypoint], self.bounds[keypoint + 1])


def find_peaks(maps: Floats, threshold: float) -> Peaks:
    """Local maxima (8 neighbours) above the threshold.

    Args:
        maps: (K, H, W) float32, finite.
        threshold: least value of a peak.
    """
    keypoint, row, column = np.nonzero(_is_peak(maps, threshold))
    bounds = np.searchsorted(keypoint, np.arange(len(maps) + 1))
    return Peaks(keypoint, refine(maps, keypoint, row, column), maps[keypoint, row, column], bounds)


def _is_peak(maps: Floats, threshold: float) -> NDArray[np.bool_]:
    """(K, H, W) bool. A plateau counts once, at its last cell."""
    count, rows, columns = maps.shape
    padded = np.full((count, rows + 2, columns + 2), -np.inf, np.float32)
    padded[:, 1:-1, 1:-1] = maps
    peak = maps > threshold
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            neighbour = padded[:, 1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns]
            if (dy, dx) < (0, 0):
                peak &= maps >= neighbour
            elif (dy, dx) > (0, 0):
                peak &= maps > neighbour
    return peak


def refine(maps: Floats, keypoint: NDArray[np.intp], row: NDArray[np.intp], column: NDArray[np.intp]) -> Floats:
    """Vertex of the parabola through each cell and its two neighbours, in x and in y. (P, 2) float32, cells."""
    _, rows, columns = maps.shape
    centre = maps[keypoint, row, column]
    left, right = (maps[keypoint, row, beside] for beside in _neighbours(column, columns))
    above, below = (maps[keypoint, beside, column] for beside in _neighbours(row, rows))
    return np.stack([column + _vertex(left, centre, right), row + _vertex(above, centre, below)], axis=1)


def _neighbours(index: NDArray[np.intp], length: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The cells before and after; reflected at the borders, where no parabola can be laid."""
    before = np.minimum(np.abs(index - 1), length - 1)
    after = np.maximum(length - 1 - np.abs(length - 2 - index), 0)
    return before, after


def _vertex(before: Floats, centre: Floats, after: Floats) -> Floats:
    """Offset −0.5..0.5 of a parabola's top from its middle sample; 0 where there is none."""
    curvature = before - 2 * centre + after
    offset = 0.5 * (before - after) / np.where(curvature < 0, curvature, -np.inf)
    return np.asarray(np.clip(offset, -0.5, 0.5), dtype=np.float32)
