"""Canvases: square pictures on which people of many sizes stand alone, in front of something or in each other's way.

Everything random comes from the generator that is handed in, so that a seed names a canvas. What the camera does
(light, colour, noise, blur, JPEG) is not done here: that changes at every look (augment.py) and leaves targets alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from estimator import COCO_18
from training.pictures import Picture, read_mask

SIZE = 256
# recipe → how often
RECIPES = {"whole": 0.60, "four": 0.20, "one": 0.05, "crowd": 0.10, "nobody": 0.05}


@dataclass
class Canvas:
    """`image` (SIZE, SIZE, 3) uint8 BGR; `people`: labelled persons, each (18, 3) x, y, flag in its pixels."""

    image: np.ndarray
    people: list[np.ndarray] = field(default_factory=list)


class Composer:
    """Makes canvases out of `pictures` (one side of the split)."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        roles = ("person", "scene", "background")
        self.by_role = {role: [p for p in pictures if p.role == role] for role in roles}
        self.cut_outs = [p for p in self.by_role["person"] if p.mask]
        missing = [role for role, found in self.by_role.items() if not found]
        if missing:
            raise ValueError(f"no picture has the role {', '.join(missing)}: a canvas needs all of {', '.join(roles)}")

    def canvas(self, rng: np.random.Generator) -> Canvas:
        recipe = rng.choice(list(RECIPES), p=list(RECIPES.values()))
        return getattr(self, f"_{recipe}")(rng)

    def _whole(self, rng: np.random.Generator) -> Canvas:
        """One picture fills the canvas."""
        return self._filled(rng, self._pick(rng, "scene" if rng.random() < 0.65 else "person"))

    def _four(self, rng: np.random.Generator) -> Canvas:
        """Four pictures of half the size: people as small as in a crowd."""
        canvas, half = Canvas(np.empty((SIZE, SIZE, 3), np.uint8)), SIZE // 2
        for y, x in itertools.product((0, half), repeat=2):
            quarter = self._whole(rng)
            small = cv2.resize(quarter.image, (half, half), interpolation=cv2.INTER_AREA)
            canvas.image[y : y + half, x : x + half] = small
            canvas.people += [person * (0.5, 0.5, 1) + (x, y, 0) for person in quarter.people]
        return canvas

    def _nobody(self, rng: np.random.Generator) -> Canvas:
        return self._filled(rng, self._pick(rng, "background"))

    def _one(self, rng: np.random.Generator) -> Canvas:
        """One person, from far to too near, somewhere on a background."""
        canvas = self._nobody(rng)
        self._place(rng, canvas, height=SIZE * between(rng, 0.2, 3.0))
        self._cover_something(rng, canvas)
        return canvas

    def _crowd(self, rng: np.random.Generator) -> Canvas:
        """Two to eight people on a background or in a scene, the small ones behind the tall ones."""
        canvas = self._filled(rng, self._pick(rng, "scene" if rng.random() < 0.5 else "background"))
        for height in sorted(between(rng, 0.15, 1.2) for _ in range(rng.integers(2, 9))):
            self._place(rng, canvas, height=SIZE * height)
        self._cover_something(rng, canvas)
        return canvas

    def _pick(self, rng: np.random.Generator, role: str) -> Picture:
        return self.by_role[role][rng.integers(len(self.by_role[role]))]

    def _filled(self, rng: np.random.Generator, picture: Picture) -> Canvas:
        image = read(picture)
        height, width = image.shape[:2]
        angle = tilt(rng) if picture.role == "person" else 0.0
        scale = SIZE / min(height, width) * between(rng, 1.0, 2.0)
        centre = SIZE / 2 + slack(rng, (width, height), scale)
        matrix = placement((width, height), scale, angle, centre, flip=rng.random() < 0.5)
        canvas = Canvas(warp(image, matrix, cv2.BORDER_REFLECT_101))
        _add_labels(canvas, picture, matrix)
        return canvas

    def _place(self, rng: np.random.Generator, canvas: Canvas, height: float) -> None:
        """Paste a person picture, cut out along its mask or with soft edges, about `height` pixels tall."""
        among = self.cut_outs if self.cut_outs and rng.random() < 0.6 else self.by_role["person"]
        picture = among[rng.integers(len(among))]
        image = read(picture)
        alpha = read_mask(picture.mask) if picture.mask else soft_edges(image.shape[:2], rng.uniform(0.0, 0.15))
        size = image.shape[1], image.shape[0]
        scale = height / image.shape[0]
        centre = SIZE * rng.uniform([0.05, 0.2], [0.95, 0.8]) + slack(rng, size, scale)
        matrix = placement(size, scale, tilt(rng), centre, flip=rng.random() < 0.5)
        weight = warp(alpha, matrix, cv2.BORDER_CONSTANT).astype(np.float32) / 255
        person = warp(image, matrix, cv2.BORDER_REPLICATE)
        canvas.image = cv2.blendLinear(person, canvas.image, weight, 1 - weight)
        _hide_labels(canvas, weight)
        _add_labels(canvas, picture, matrix)

    def _cover_something(self, rng: np.random.Generator, canvas: Canvas) -> None:
        """On every second canvas, a piece of a background stands in front: a post, a table, a wall."""
        if rng.random() > 0.5:
            return
        width, height = (int(SIZE * between(rng, 0.1, most)) for most in (0.9, 0.5))
        x, y = rng.integers(0, SIZE - width), rng.integers(0, SIZE - height)
        canvas.image[y : y + height, x : x + width] = self._nobody(rng).image[:height, :width]
        weight = np.zeros((SIZE, SIZE))
        weight[y : y + height, x : x + width] = 1
        _hide_labels(canvas, weight)


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A size from `low` to `high`: twice as large is as likely as half as large."""
    return low * (high / low) ** rng.random()


def read(picture: Picture) -> np.ndarray:
    """The picture (H, W, 3) uint8 BGR. ValueError: the file is not a picture."""
    image = cv2.imread(str(picture.path))
    if image is None:
        raise ValueError(f"{picture.path} is not a picture that OpenCV can read: remove it")
    return image


def tilt(rng: np.random.Generator) -> float:
    """Degrees: people stand upright, more or less; one in twelve is anyhow."""
    return rng.uniform(-180, 180) if rng.random() < 1 / 12 else rng.normal(0, 10)


def slack(rng: np.random.Generator, size: tuple[int, int], scale: float) -> np.ndarray:
    """By how many pixels (x, y) a picture larger than the canvas is shifted, so that any part of it may be seen."""
    room = np.maximum(0, np.array(size) * scale - SIZE) / 2
    return rng.uniform(-room, room)


def placement(size: tuple[int, int], scale: float, degrees: float, centre: np.ndarray, *, flip: bool) -> np.ndarray:
    """(2, 3) matrix that puts a picture of `size` (width, height), scaled and turned, with its middle at `centre`."""
    width, height = size
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    if flip:
        matrix = matrix @ np.array([[-1, 0, width], [0, 1, 0], [0, 0, 1.0]])
    matrix[:, 2] += centre - np.array([width, height]) / 2
    return matrix


def warp(image: np.ndarray, matrix: np.ndarray, border: int) -> np.ndarray:
    """The picture laid on a canvas; shrunk by area first, so that fine patterns do not turn into noise."""
    scale = float(np.hypot(*matrix[:, 0]))
    shrink = min(1.0, 1.4 * scale)
    if shrink < 1:
        height, width = image.shape[:2]
        image = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.diag([width / image.shape[1], height / image.shape[0], 1.0])
    return cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=border)


def soft_edges(size: tuple[int, int], share: float) -> np.ndarray:
    """(H, W) uint8 weight: 255 inside, falling to 0 over `share` of the shorter side at the edges."""
    rows, columns = (np.minimum(np.arange(n), np.arange(n)[::-1]) for n in size)
    from_edge = np.minimum(rows[:, None], columns[None, :])
    return (255 * np.clip((from_edge + 1) / max(1.0, share * min(size)), 0, 1)).astype(np.uint8)


def _add_labels(canvas: Canvas, picture: Picture, matrix: np.ndarray) -> None:
    if picture.labels is None:
        return
    keypoints = picture.labels.copy()
    keypoints[:, :2] = keypoints[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    if np.linalg.det(matrix[:, :2]) < 0:
        keypoints = keypoints[list(COCO_18.mirror)]
    inside = ((keypoints[:, :2] >= 0) & (keypoints[:, :2] < SIZE)).all(axis=1)
    keypoints[:, 2] *= inside
    if keypoints[:, 2].any():
        canvas.people.append(keypoints)


def _hide_labels(canvas: Canvas, weight: np.ndarray) -> None:
    """Labels of what has just been covered say nothing any more."""
    for keypoints in canvas.people:
        labelled = keypoints[:, 2] > 0
        x, y = keypoints[labelled, :2].astype(int).T
        keypoints[labelled, 2] = weight[y, x] < 0.5
    canvas.people = [k for k in canvas.people if k[:, 2].any()]
