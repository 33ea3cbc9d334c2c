"""FieldMaps: what the network says about a picture, stage by stage."""

from dataclasses import dataclass

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
