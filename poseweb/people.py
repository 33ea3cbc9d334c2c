"""The keypoints of a result in words: what the table beside the picture shows."""

from dataclasses import dataclass

from estimator import Pose, PoseFrame
from poseweb import results

SIDES = {"r_": "right", "l_": "left"}


@dataclass(frozen=True)
class Keypoint:
    """One line of the table. `side` is right, left or empty; x and y in pixels, score 0..1; not `found`: all 0."""

    name: str
    side: str
    x: float
    y: float
    score: float
    found: bool


@dataclass(frozen=True)
class Person:
    """One person instance; `number` counts from 1, for people."""

    number: int
    score: float
    keypoints: tuple[Keypoint, ...]

    @property
    def found(self) -> int:
        return sum(keypoint.found for keypoint in self.keypoints)


def described(frame: PoseFrame) -> tuple[Person, ...]:
    """Everyone found, surest first."""
    return tuple(Person(number, pose.score, _keypoints(pose)) for number, pose in enumerate(frame.poses, start=1))


def _keypoints(pose: Pose) -> tuple[Keypoint, ...]:
    rows = zip(pose.skeleton.keypoints, pose.keypoints.tolist(), strict=True)
    return tuple(
        Keypoint(results.spelled(name), SIDES.get(name[:2], ""), x, y, score, found=score > 0)
        for name, (x, y, score) in rows
    )
