"""Confidence maps → peaks: where keypoints may be.

Peaks are found at network resolution and refined by a parabola through the neighbours' logarithms: of a Gaussian bell,
which the maps are trained to be, that is its exact top. As accurate as upsampling the maps first, at a fraction of the
time (`bench/README.md`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimator.pose import Floats

FLOOR = np.float32(0.05)  # below it a confidence map holds noise, whose logarithm would say much
ONE_TOP = 1.0  # cells: two tops nearer than this are one


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
    """Local maxima above the threshold.

    Args:
        maps: (K, H, W) float32, finite.
        threshold: least value of a peak.
    """
    keypoint, row, column = np.nonzero(_is_peak(maps, threshold))
    xy, score = refine(maps, keypoint, row, column), maps[keypoint, row, column]
    kept = ~_is_echo(keypoint, row, column, xy, score)
    bounds = np.searchsorted(keypoint[kept], np.arange(len(maps) + 1))
    return Peaks(keypoint[kept], xy[kept], score[kept], bounds)


def _is_peak(maps: Floats, threshold: float) -> NDArray[np.bool_]:
    """(K, H, W) bool. A plateau counts once, at its last cell.

    Four neighbours, not eight: two people's bells often touch at a corner, and are two all the same.
    """
    count, rows, columns = maps.shape
    padded = np.full((count, rows + 2, columns + 2), -np.inf, np.float32)
    padded[:, 1:-1, 1:-1] = maps
    peak = maps > threshold
    peak &= maps >= padded[:, :-2, 1:-1]
    peak &= maps >= padded[:, 1:-1, :-2]
    peak &= maps > padded[:, 2:, 1:-1]
    peak &= maps > padded[:, 1:-1, 2:]
    return peak


def _is_echo(
    keypoint: NDArray[np.intp], row: NDArray[np.intp], column: NDArray[np.intp], xy: Floats, score: Floats
) -> NDArray[np.bool_]:
    """(P,) bool: the weaker one of two peaks that touch at a corner and have one top, a slanting bell's.

    Both would found a person, one with the arms, one with the head. The peaks are in the order of `np.nonzero`.
    """
    width = int(column.max(initial=0)) + 3  # so that a step to the side never reaches another row,
    height = int(row.max(initial=0)) + 2  # and one down never another map
    place = (keypoint * height + row) * width + column
    echo = np.zeros(len(place), bool)
    for step in (width - 1, width + 1):
        below = np.minimum(np.searchsorted(place, place + step), len(place) - 1)
        upper = np.flatnonzero(place[below] == place + step)
        lower = below[upper]
        one = np.hypot(*(xy[upper] - xy[lower]).T) < ONE_TOP
        echo[np.where(score[upper] < score[lower], upper, lower)[one]] = True
    return echo


def refine(maps: Floats, keypoint: NDArray[np.intp], row: NDArray[np.intp], column: NDArray[np.intp]) -> Floats:
    """Top of the bell through each cell and its two neighbours, in x and in y. (P, 2) float32, cells."""
    _, rows, columns = maps.shape
    centre = _log(maps[keypoint, row, column])
    left, right = (_log(maps[keypoint, row, beside]) for beside in _neighbours(column, columns))
    above, below = (_log(maps[keypoint, beside, column]) for beside in _neighbours(row, rows))
    return np.stack([column + _vertex(left, centre, right), row + _vertex(above, centre, below)], axis=1)


def _log(values: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(values, FLOOR)), dtype=np.float32)


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
