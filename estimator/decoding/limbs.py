"""Peaks and PAFs → connections: which two peaks belong to one limb.

Cao et al., section 3.3 and 3.4: the line integral over the PAF between two peaks, then the greedy matching.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimator.decoding.peaks import Peaks
from estimator.pose import Floats
from estimator.skeleton import Skeleton

Indices = NDArray[np.intp]

STEPS = np.linspace(0, 1, 10, dtype=np.float32)  # where along a limb the PAF is sampled; OpenPose takes 5 to 25
MAX_MISSES = 2  # samples that may disagree with the limb's direction
LONG_LIMB = 0.5  # a limb longer than this share of the maps' height loses score (section 3.3 of the 2017 code)


@dataclass(frozen=True, eq=False)
class Connections:
    """Limbs found, each between two peaks; sorted by limb, then best first.

    Attributes:
        limb: (C,) int, index into the skeleton's limbs.
        start, end: (C,) int, indices of peaks.
        score: (C,) float32, mean agreement of the PAF with the limb's direction.
    """

    limb: Indices
    start: Indices
    end: Indices
    score: Floats


def connect(peaks: Peaks, pafs: Floats, skeleton: Skeleton, threshold: float) -> Connections:
    """Greedy matching, limb by limb: the best pair first, each peak in one pair at most.

    Args:
        peaks: of all keypoints.
        pafs: (2L, H, W) float32, finite.
        skeleton: whose limbs are looked for.
        threshold: least agreement at a sample for it to count.
    """
    limb, start, end = _screen(*_candidates(peaks, skeleton), peaks, pafs, skeleton)
    score, misses = _line_integral(peaks.xy[start], peaks.xy[end], pafs, _channels(skeleton)[limb], threshold)
    good = (misses <= MAX_MISSES) & (score > 0)
    limb, start, end, score = limb[good], start[good], end[good], score[good]
    order = np.lexsort((end, start, -score, limb))
    kept = _first_come(limb[order], start[order], end[order], len(peaks.score))
    chosen = order[kept]
    return Connections(limb[chosen], start[chosen], end[chosen], score[chosen])


def _candidates(peaks: Peaks, skeleton: Skeleton) -> tuple[Indices, Indices, Indices]:
    """Every pair of a limb's start peaks and end peaks, for all limbs in one array."""
    limbs, starts, ends = [], [], []
    for index, limb in enumerate(skeleton.limbs):
        a, b = peaks.of(limb.start), peaks.of(limb.end)
        starts.append(np.repeat(a, len(b)))
        ends.append(np.tile(b, len(a)))
        limbs.append(np.full(len(a) * len(b), index))
    return np.concatenate(limbs), np.concatenate(starts), np.concatenate(ends)


def _channels(skeleton: Skeleton) -> Indices:
    """(L, 2) int, the PAF channels of each limb."""
    return np.array([(limb.x_channel, limb.y_channel) for limb in skeleton.limbs])


def _screen(
    limb: Indices, start: Indices, end: Indices, peaks: Peaks, pafs: Floats, skeleton: Skeleton
) -> tuple[Indices, Indices, Indices]:
    """The pairs with any PAF of their direction halfway between them: in a crowd one in twenty, for little."""
    _, rows, columns = pafs.shape
    from_xy, to_xy = peaks.xy.take(start, axis=0), peaks.xy.take(end, axis=0)
    halfway = np.rint((from_xy + to_xy) * np.float32(0.5)).astype(np.intp)  # between peaks, so inside the maps
    x, y = np.clip(halfway[:, 0], 0, columns - 1), np.clip(halfway[:, 1], 0, rows - 1)
    first = _channels(skeleton).take(limb, axis=0) * (rows * columns) + (y * columns + x)[:, None]
    agrees = np.flatnonzero((pafs.reshape(-1).take(first) * (to_xy - from_xy)).sum(axis=1) > 0)
    return limb[agrees], start[agrees], end[agrees]


def _line_integral(
    start: Floats, end: Floats, pafs: Floats, channels: Indices, threshold: float
) -> tuple[Floats, Indices]:
    """Mean agreement (N,) over the samples that agree, and how many disagree (N,)."""
    vector = end - start
    length = np.maximum(np.hypot(vector[:, 0], vector[:, 1]), np.float32(1e-6))
    points = start[:, None] + STEPS[:, None] * vector[:, None]
    agreement = (_bilinear(pafs, channels, points) * (vector / length[:, None])[:, None]).sum(axis=2)
    above = agreement > threshold
    count = above.sum(axis=1)
    mean = (agreement * above).sum(axis=1) / np.maximum(count, 1)
    penalty = np.minimum(LONG_LIMB * pafs.shape[1] / length - 1, 0)
    return np.asarray(mean + penalty, dtype=np.float32), len(STEPS) - count


def _bilinear(pafs: Floats, channels: Indices, points: Floats) -> Floats:
    """Values of each pair's own two channels at its points. (N, S, 2)."""
    _, rows, columns = pafs.shape
    points = np.clip(points, 0, np.array([columns - 1, rows - 1], dtype=np.float32))
    corner = np.minimum(points.astype(np.intp), (max(columns - 2, 0), max(rows - 2, 0)))
    fx, fy = np.split((points - corner).astype(np.float32), 2, axis=2)
    first = channels[:, None, :] * (rows * columns) + (corner[..., 1] * columns + corner[..., 0])[..., None]
    right, below = min(1, columns - 1), columns * min(1, rows - 1)
    flat = pafs.reshape(-1)
    upper = flat.take(first) * (1 - fx) + flat.take(first + right) * fx
    lower = flat.take(first + below) * (1 - fx) + flat.take(first + below + right) * fx
    return np.asarray(upper * (1 - fy) + lower * fy, dtype=np.float32)


def _first_come(limb: Indices, start: Indices, end: Indices, peaks: int) -> list[int]:
    """Positions of the pairs whose two peaks are not yet taken by an earlier pair of the same limb."""
    kept: list[int] = []
    taken: set[int] = set()
    for position, (of, a, b) in enumerate(zip(limb.tolist(), start.tolist(), end.tolist(), strict=True)):
        keys = ((of * 2) * peaks + a, (of * 2 + 1) * peaks + b)
        if keys[0] not in taken and keys[1] not in taken:
            taken.update(keys)
            kept.append(position)
    return kept
