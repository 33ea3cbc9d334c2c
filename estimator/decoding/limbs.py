"""Peaks and PAFs → connections: which two peaks belong to one limb.

Cao et al., section 3.3 and 3.4: the line integral over the PAF between two peaks, then the greedy matching.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimator.decoding.peaks import Peaks
from estimator.pose import Floats
from estimator.skeleton import Skeleton

STEPS = np.linspace(0, 1, 10, dtype=np.float32)  # where along a limb the PAF is sampled; OpenPose takes 5 to 25
MAX_MISSES = 2  # samples that may disagree with the limb's direction
SCREEN = slice(1, 10, 3)  # more samples than MAX_MISSES, so that whoever fails them all fails anyway
LONG_LIMB = 0.5  # a limb longer than this share of the maps' height loses score (section 3.3 of the 2017 code)


@dataclass(frozen=True, eq=False)
class Connections:
    """Limbs found, each between two peaks; sorted by limb, then best first.

    Attributes:
        limb: (C,) int, index into the skeleton's limbs.
        start, end: (C,) int, indices of peaks.
        score: (C,) float32, mean agreement of the PAF with the limb's direction.
    """

    limb: NDArray[np.intp]
    start: NDArray[np.intp]
    end: NDArray[np.intp]
    score: Floats


def connect(peaks: Peaks, pafs: Floats, skeleton: Skeleton, threshold: float) -> Connections:
    """Greedy matching, limb by limb: the best pair first, each peak in one pair at most.

    Args:
        peaks: of all keypoints.
        pafs: (2L, H, W) float32, finite.
        skeleton: whose limbs are looked for.
        threshold: least agreement at a sample for it to count.
    """
    limb, start, end = _candidates(peaks, skeleton)
    for steps in (
        STEPS[SCREEN],
        STEPS,
    ):  # in a crowd nine pairs of ten fail the screen, for a third of the price
        channels = _channels(skeleton)[limb]
        score, misses = _line_integral(peaks.xy[start], peaks.xy[end], pafs, channels, steps, threshold)
        good = (misses <= MAX_MISSES) & (score > 0)
        limb, start, end, score = limb[good], start[good], end[good], score[good]
    order = np.lexsort((end, start, -score, limb))
    kept = _first_come(limb[order], start[order], end[order], len(peaks.score))
    chosen = order[kept]
    return Connections(limb[chosen], start[chosen], end[chosen], score[chosen])


def _candidates(peaks: Peaks, skeleton: Skeleton) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Every pair of a limb's start peaks and end peaks, for all limbs in one array."""
    limbs, starts, ends = [], [], []
    for index, limb in enumerate(skeleton.limbs):
        a, b = peaks.of(limb.start), peaks.of(limb.end)
        starts.append(np.repeat(a, len(b)))
        ends.append(np.tile(b, len(a)))
        limbs.append(np.full(len(a) * len(b), index))
    return np.concatenate(limbs), np.concatenate(starts), np.concatenate(ends)


def _channels(skeleton: Skeleton) -> NDArray[np.intp]:
    """(L, 2) int, the PAF channels of each limb."""
    return np.array([(limb.x_channel, limb.y_channel) for limb in skeleton.limbs])


def _line_integral(
    start: Floats, end: Floats, pafs: Floats, channels: NDArray[np.intp], steps: Floats, threshold: float
) -> tuple[Floats, NDArray[np.intp]]:
    """Mean agreement (N,) over the samples that agree, and how many disagree (N,)."""
    vector = end - start
    length = np.hypot(vector[:, 0], vector[:, 1])
    unit = vector / np.maximum(length, 1e-6)[:, None]
    points = start[:, None] + steps[:, None] * vector[:, None]
    agreement = (_bilinear(pafs, channels, points) * unit[:, None]).sum(axis=2)
    above = agreement > threshold
    count = above.sum(axis=1)
    mean = (agreement * above).sum(axis=1) / np.maximum(count, 1)
    penalty = np.minimum(LONG_LIMB * pafs.shape[1] / np.maximum(length, 1e-6) - 1, 0)
    return np.asarray(mean + penalty, dtype=np.float32), len(steps) - count


def _bilinear(pafs: Floats, channels: NDArray[np.intp], points: Floats) -> Floats:
    """Values of each pair's own two channels at its points. (N, S, 2)."""
    _, rows, columns = pafs.shape
    x = np.clip(points[..., 0], 0, columns - 1)
    y = np.clip(points[..., 1], 0, rows - 1)
    left = np.minimum(x.astype(np.intp), max(columns - 2, 0))
    top = np.minimum(y.astype(np.intp), max(rows - 2, 0))
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    flat = pafs.reshape(-1)
    corner = channels[:, None, :] * (rows * columns) + (top * columns + left)[..., None]
    right, below = min(1, columns - 1), columns * min(1, rows - 1)
    upper = flat[corner] * (1 - fx) + flat[corner + right] * fx
    lower = flat[corner + below] * (1 - fx) + flat[corner + below + right] * fx
    return np.asarray(upper * (1 - fy) + lower * fy, dtype=np.float32)


def _first_come(limb: NDArray[np.intp], start: NDArray[np.intp], end: NDArray[np.intp], peaks: int) -> list[int]:
    """Positions of the pairs whose two peaks are not yet taken by an earlier pair of the same limb."""
    kept: list[int] = []
    taken: set[int] = set()
    for position, (of, a, b) in enumerate(zip(limb.tolist(), start.tolist(), end.tolist(), strict=True)):
        keys = ((of * 2) * peaks + a, (of * 2 + 1) * peaks + b)
        if keys[0] not in taken and keys[1] not in taken:
            taken.update(keys)
            kept.append(position)
    return kept
