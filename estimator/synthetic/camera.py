"""Bodies in three dimensions → keypoints in a picture, with everything that goes wrong on the way."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimator.pose import PoseSequence
from estimator.skeleton import Skeleton

Array = NDArray[np.float64]

RIGHT_SIDE, BEHIND, LEFT_SIDE = 90.0, 180.0, 270.0
LEG_PARTS = "hip knee ankle heel big_toe small_toe".split()


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks at the middle of the body.

    Attributes:
        fps: frames a second.
        width, height: of the picture, in pixels.
        azimuth_deg: where it stands: RIGHT_SIDE of the person, BEHIND, LEFT_SIDE; 0 is in front.
        distance_m: from the person.
        fill: the body's height as a share of the picture's.
        roll_deg: turned clockwise around its axis.
        sway: how far it moves about, as a share of the body's height (standard deviation).
    """

    fps: float = 60.0
    width: int = 1280
    height: int = 720
    azimuth_deg: float = RIGHT_SIDE
    distance_m: float = 4.5
    fill: float = 0.7
    roll_deg: float = 0.0
    sway: float = 0.0

    def project(self, points: Array, body_height_m: float) -> Array:
        """(…, 3) metres → (…, 2) pixels, y down."""
        azimuth = np.radians(self.azimuth_deg)
        x, y, z = np.moveaxis(points, -1, 0)
        depth = self.distance_m - (x * np.cos(azimuth) + z * np.sin(azimuth))
        scale = self.fill * self.height / body_height_m * self.distance_m / depth
        across = scale * (x * np.sin(azimuth) - z * np.cos(azimuth))
        up = scale * (y - body_height_m / 2)
        roll = np.radians(self.roll_deg)
        u = self.width / 2 + across * np.cos(roll) + up * np.sin(roll)
        v = self.height / 2 - up * np.cos(roll) + across * np.sin(roll)
        return np.asarray(np.stack([u, v], axis=-1))


@dataclass(frozen=True)
class Disturbance:
    """How far keypoints are from perfect.

    Attributes:
        noise: standard deviation of each coordinate, as a share of the body's height in the picture.
        dropout: share of the keypoints missing, one frame or a few in a row.
        swaps: share of the frames in which a few frames of exchanged legs begin.
    """

    noise: float = 0.004
    dropout: float = 0.02
    swaps: float = 0.004


USUAL, PERFECT = Disturbance(), Disturbance(0.0, 0.0, 0.0)


def shoot(
    points: Mapping[str, Array],
    body_height_m: float,
    camera: Camera,
    skeleton: Skeleton,
    disturbance: Disturbance,
    rng: np.random.Generator,
) -> PoseSequence:
    """Film a body: what a pose network would report of it.

    Args:
        points: keypoint name → (T, 3) in metres, at the camera's frames.
        body_height_m: of the body.
        camera: where it stands.
        skeleton: whose keypoints are reported.
        disturbance: what goes wrong.
        rng: decides when.
    """
    space = np.stack([points[name] for name in skeleton.keypoints], axis=1)
    pixels = camera.project(space, body_height_m)
    count = len(pixels)
    body_px = camera.fill * camera.height
    pixels += _drift(count, camera.fps, rng)[:, None] * camera.sway * body_px
    pixels += rng.normal(0, disturbance.noise * body_px, pixels.shape) if disturbance.noise else 0
    score = rng.uniform(0.6, 0.95, pixels.shape[:2])
    score[_bursts(score.shape, disturbance.dropout, rng)] = 0
    keypoints = np.where(score[..., None] > 0, np.dstack([pixels, score]), 0)
    swapped = _bursts((count, 1), disturbance.swaps * 2.5, rng)[:, 0]
    keypoints[swapped] = keypoints[swapped][:, _legs_exchanged(skeleton)]
    return PoseSequence(skeleton, 0, 0, np.arange(count) / camera.fps, keypoints.astype(np.float32))


def _drift(count: int, fps: float, rng: np.random.Generator) -> Array:
    """(T, 2): a hand that wanders at about 1 Hz, standard deviation 1."""
    time = np.arange(count) / fps
    waves = [np.sin(2 * np.pi * (rng.uniform(0.3, 1.2, 2) * time[:, None] + rng.uniform(0, 1, 2))) for _ in range(4)]
    return np.asarray(np.sum(waves, axis=0) / np.sqrt(2))


def _bursts(shape: tuple[int, ...], share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """True for that share of all, in runs of 1 to 4 along the first axis (2.5 in the mean)."""
    flags = np.zeros(shape, bool)
    starts = rng.random(shape) < share / 2.5
    lengths = rng.integers(1, 5, shape)
    for late in range(4):
        flags[late:] |= (starts & (lengths > late))[: len(flags) - late]
    return flags


def _legs_exchanged(skeleton: Skeleton) -> list[int]:
    legs = {f"{side}_{part}" for side in "lr" for part in LEG_PARTS}
    return [skeleton.mirror[index] if name in legs else index for index, name in enumerate(skeleton.keypoints)]
