"""FieldMaps: what the network says about a picture, stage by stage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from estimator.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class FieldMaps:
    """Confidence maps and part affinity fields of one picture at network resolution.

    Cell (row, column) looks at the input pixel (column + 0.5) · stride − 0.5 in x, and likewise in y: the
    convention of OpenPose's training code.

    Attributes:
        skeleton: names the channels.
        confidence_maps: (K, H, W) float32, about 0..1, one map a keypoint; the background map is left out.
        pafs: (2L, H, W) float32, about -1..1; `Limb.x_channel` and `y_channel` index it.
        stride: input pixels a cell.
        stage: 1-based stage of the network, as the papers count; the last one is the answer.

    Raises:
        ValueError: the shapes do not fit the skeleton or each other.
    """

    skeleton: Skeleton
    confidence_maps: NDArray[np.float32]
    pafs: NDArray[np.float32]
    stride: int
    stage: int = 1

    def __post_init__(self) -> None:
        rows, columns = self.confidence_maps.shape[-2:]
        expected = (
            (len(self.skeleton.keypoints), rows, columns),
            (2 * len(self.skeleton.limbs), rows, columns),
        )
        if (self.confidence_maps.shape, self.pafs.shape) != expected:
            raise ValueError(
                f"{self.skeleton.name} needs maps {expected}, got {self.confidence_maps.shape}, {self.pafs.shape}"
            )

    def cell_to_pixel(self, cells: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cell coordinates (…) → coordinates in the network's input, in pixels."""
        return (cells + np.float32(0.5)) * np.float32(self.stride) - np.float32(0.5)

    def pixel_to_cell(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Coordinates in the network's input, in pixels (…) → cell coordinates."""
        return (pixels + np.float32(0.5)) / np.float32(self.stride) - np.float32(0.5)


def average(maps: Sequence[FieldMaps], scales: Sequence[tuple[float, float]]) -> FieldMaps:
    """The mean of one picture's maps at several sizes, on the grid of the first (multi-scale inference).

    Args:
        maps: one a size; the top left corners of the pictures coincide.
        scales: of each size against the first, in x and y.
    """
    if len(maps) == 1:
        return maps[0]
    first = maps[0]
    shape = first.pafs.shape[1:]
    confidence = [_resample(each.confidence_maps, shape, scale) for each, scale in zip(maps, scales, strict=True)]
    fields = [_resample(each.pafs, shape, scale) for each, scale in zip(maps, scales, strict=True)]
    return replace(
        first,
        confidence_maps=np.mean(confidence, axis=0, dtype=np.float32),
        pafs=np.mean(fields, axis=0, dtype=np.float32),
    )


def _resample(maps: NDArray[np.float32], shape: tuple[int, ...], scale: tuple[float, float]) -> NDArray[np.float32]:
    """(C, h, w) → (C, *shape) by linear interpolation along both axes."""
    rows = _interpolation(shape[0], maps.shape[1], scale[1])
    columns = _interpolation(shape[1], maps.shape[2], scale[0])
    return np.asarray(rows @ maps @ columns.T, dtype=np.float32)


def _interpolation(target: int, source: int, scale: float) -> NDArray[np.float32]:
    """(target, source) float32 weights that read a line of `source` cells at `target` places, clamped at its ends."""
    places = np.clip((np.arange(target) + 0.5) * scale - 0.5, 0, source - 1)
    distance = np.abs(places[:, None] - np.arange(source)[None, :])
    return np.asarray(np.maximum(1 - distance, 0), dtype=np.float32)
