"""Fit a picture into the network's input, and bring keypoints back."""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from estimator.images import Picture

LONGEST_TO_SHORTEST = 4  # a panorama 100 times as long as high would cost 100 pictures


@dataclass(frozen=True)
class NetResolution:
    """The size at which the network looks at a picture: OpenPose's `--net_resolution`, "WIDTHxHEIGHT".

    "-1x368" (or "368x-1") makes the shorter side of the picture 368 pixels and lets the longer one follow;
    "656x368" fits the picture into that box, whatever its shape.

    Raises:
        ValueError: the text has another form.
    """

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> "NetResolution":
        """Read "-1x368"; ValueError says what is wrong with it."""
        parts = text.lower().split("x")
        try:
            width, height = (int(part) for part in parts)
        except ValueError:
            raise ValueError(f"net_resolution {text!r} is not WIDTHxHEIGHT, e.g. -1x368 or 656x368") from None
        if max(width, height) > 4096 or min(width, height) == 0 or max(width, height) < 32:
            raise ValueError(f"net_resolution {text!r}: sides are 32 to 4096 pixels, one of them may be -1")
        return cls(width, height)

    def scale_for(self, width: int, height: int) -> float:
        """Factor by which a picture of that size is resized."""
        if min(self.width, self.height) > 0:
            return min(self.width / width, self.height / height)
        short, long = sorted((width, height))
        side = max(self.width, self.height)
        return min(side / short, LONGEST_TO_SHORTEST * side / long)


@dataclass(frozen=True, eq=False)
class Blob:
    """One picture as the network takes it.

    Attributes:
        array: (1, 3, H, W) float32, channels and values as the network's metadata asks.
        scale_x, scale_y: network pixels per picture pixel.
        width, height: of the picture inside the blob, before padding, in network pixels.
    """

    array: NDArray[np.float32]
    scale_x: float
    scale_y: float
    width: int
    height: int

    def to_picture(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Network pixels (…, 2) → picture pixels, both with 0 at the centre of the first pixel."""
        scale = np.array([self.scale_x, self.scale_y], dtype=np.float32)
        return (points + 0.5) / scale - 0.5


@dataclass(frozen=True)
class BlobFormat:
    """What a network wants of its input, from its metadata: `blob = (pixel - mean) * scale`, as `blobFromImage`."""

    color: str
    mean: tuple[float, float, float]
    scale: float
    multiple: int


def make_blob(image: Picture, resolution: NetResolution, wanted: BlobFormat, factor: float = 1.0) -> Blob:
    """Resize, pad right and below to the side multiple, and lay out as NCHW.

    Args:
        image: (H, W, 3) uint8 RGB.
        resolution: network size for the picture.
        wanted: colour order, mean, scale and side multiple of the network.
        factor: further scale of the network size (multi-scale inference).
    """
    height, width = image.shape[:2]
    scale = resolution.scale_for(width, height) * factor
    inner_w, inner_h = max(1, round(width * scale)), max(1, round(height * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(image, (inner_w, inner_h), interpolation=interpolation)
    padded = cv2.copyMakeBorder(
        resized,
        0,
        _up_to(inner_h, wanted.multiple) - inner_h,
        0,
        _up_to(inner_w, wanted.multiple) - inner_w,
        cv2.BORDER_CONSTANT,
        value=[128, 128, 128],
    )
    array = _layout(padded, wanted)
    return Blob(array, inner_w / width, inner_h / height, inner_w, inner_h)


def _layout(image: Any, wanted: BlobFormat) -> NDArray[np.float32]:
    """`cv2.dnn.blobFromImage` of the resized picture: one pass over the pixels in C."""
    return np.asarray(
        cv2.dnn.blobFromImage(image, wanted.scale, mean=wanted.mean, swapRB=wanted.color == "BGR", ddepth=cv2.CV_32F),
        dtype=np.float32,
    )


def _up_to(side: int, multiple: int) -> int:
    return math.ceil(side / multiple) * multiple
