"""What changes at every look at a canvas: where it is cut, and what the camera makes of it.

Nothing mirrors it here: composing did, and what the teacher would see in the mirror is not known.

Everything works on uint8 pictures by OpenCV, which keeps a CPU free for the network.
"""

from __future__ import annotations

import cv2
import numpy as np

from training.targets import STRIDE

Generator = np.random.Generator

AS_IT_IS = 0.5


def crop(image: np.ndarray, maps: np.ndarray, rng: Generator, side: int) -> tuple[np.ndarray, np.ndarray]:
    """A square of `side` pixels that starts on a cell's edge; `side` is a multiple of the stride."""
    cells = side // STRIDE
    row, column = rng.integers(0, np.array(maps.shape[1:]) - cells + 1)
    y, x = row * STRIDE, column * STRIDE
    square = np.s_[:, row : row + cells, column : column + cells]
    return image[y : y + side, x : x + side], maps[square]


def augment(image: np.ndarray, maps: np.ndarray, rng: Generator, side: int) -> tuple[np.ndarray, np.ndarray]:
    """A look at a square of the canvas: (side, side, 3) uint8, and the maps that belong to it."""
    image, maps = crop(image, maps, rng, side)
    return look(np.ascontiguousarray(image), rng), maps


def look(image: np.ndarray, rng: Generator) -> np.ndarray:
    """What a camera might make of the picture (H, W, 3) uint8: every second time nothing."""
    if rng.random() < AS_IT_IS:
        return image
    image = light(image, rng)
    for chance, change in CHANGES:
        if rng.random() < chance:
            image = change(image, rng)
    return image


def light(image: np.ndarray, rng: Generator) -> np.ndarray:
    """Brightness, contrast, gamma and a colour cast: one table a channel."""
    levels = np.arange(256) / 255.0
    gain, offset = rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, 3), rng.uniform(-0.1, 0.1)
    table = levels[:, None] ** rng.uniform(0.7, 1.4) * gain + offset
    return cv2.LUT(image, (255 * np.clip(table, 0, 1)).astype(np.uint8)[:, None, :])


def grey(image: np.ndarray, rng: Generator) -> np.ndarray:  # noqa: ARG001 one signature for all changes
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def blur(image: np.ndarray, rng: Generator) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))


def coarsen(image: np.ndarray, rng: Generator) -> np.ndarray:
    """A picture that was small and has been enlarged."""
    side, small = len(image), int(len(image) * rng.uniform(0.35, 0.8))
    tiny = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
    return cv2.resize(tiny, (side, side), interpolation=cv2.INTER_LINEAR)


def noise(image: np.ndarray, rng: Generator) -> np.ndarray:
    grain = rng.standard_normal(image.shape, np.float32) * rng.uniform(2, 14)
    return cv2.add(image, grain, dtype=cv2.CV_8U)


def occlude(image: np.ndarray, rng: Generator) -> np.ndarray:
    """A small thing in front: the teacher saw what is behind it, the student has to guess."""
    width, height = rng.integers(8, 48, 2)
    x, y = rng.integers(0, len(image) - width), rng.integers(0, len(image) - height)
    image = image.copy()
    image[y : y + height, x : x + width] = rng.integers(0, 256, 3)
    return image


def jpeg(image: np.ndarray, rng: Generator) -> np.ndarray:
    quality = int(rng.integers(20, 85))
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


CHANGES = ((0.1, grey), (0.15, blur), (0.15, coarsen), (0.2, noise), (0.2, occlude), (0.2, jpeg))
