"""The keypoints of a result in words: what the table beside the picture shows."""

from dataclasses import dataclass

from estimator import SKELETONS
from poseweb.models import PersonPose, Result
from poseweb.pages.keypoint_names import side_of, title
from poseweb.review.corrections import labels, present, standing, visibilities


@dataclass(frozen=True)
class Keypoint:
    """One line of the table.

    Attributes:
        name: in words, in the language of whoever looks.
        side: right, left or empty, in English.
        x, y, score: in pixels, and 0..1; all 0 where it is not `found`.
        hidden: somebody says that it is covered by something.
        corrected: it stands elsewhere than the network said.
        said: the network's x, y and score then; None: the network did not see it.
    """

    name: str
    side: str
    x: float
    y: float
    score: float
    found: bool
    hidden: bool = False
    corrected: bool = False
    said: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Person:
    """One person instance; `number` counts from 1, for people."""

    number: int
    score: float
    keypoints: tuple[Keypoint, ...]
    added: bool = False  # by hand

    @property
    def corrected(self) -> bool:
        return any(keypoint.corrected for keypoint in self.keypoints)

    @property
    def found(self) -> int:
        return sum(keypoint.found for keypoint in self.keypoints)


def described(result: Result) -> tuple[Person, ...]:
    """Everyone as they stand: surest first, then who was drawn by hand."""
    rows = enumerate(present(result.poses.all()), start=1)
    return tuple(Person(number, row.score, _keypoints(result, row), row.added) for number, row in rows)


def _keypoints(result: Result, row: PersonPose) -> tuple[Keypoint, ...]:
    names = SKELETONS[result.skeleton].keypoints
    stands, unchanged = labels(row), visibilities(row.keypoints)
    return tuple(
        Keypoint(
            title(name),
            side_of(name),
            *keypoint,
            found=keypoint[2] > 0,
            hidden=stands[index][2] == PersonPose.HIDDEN,
            corrected=stands[index] != unchanged[index],
            said=tuple(row.keypoints[index]) if row.keypoints[index][2] else None,
        )
        for index, (name, keypoint) in enumerate(zip(names, standing(row), strict=True))
    )
