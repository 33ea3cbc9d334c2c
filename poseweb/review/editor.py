"""A result for the editor: everyone as they stand, also those removed, beside what the network said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from estimator import SKELETONS
from poseweb import results
from poseweb.models import PersonPose, Result
from poseweb.pages import viewer
from poseweb.pages.keypoint_names import side_of, title
from poseweb.review.corrections import Correction, Keypoints, labels

MISSING, VISIBLE = PersonPose.MISSING, PersonPose.VISIBLE


@dataclass(frozen=True)
class Row:
    """A keypoint in the editor's table: where it stands, and where the network said it is.

    Attributes:
        name, side: as people.Keypoint has them.
        x, y: in pixels of the upright picture.
        visibility: 0 missing, 1 hidden, 2 visible.
        said: the network's x and y; None where it did not see the keypoint.
    """

    name: str
    side: str
    x: float
    y: float
    visibility: int
    said: tuple[float, float] | None

    @property
    def moved(self) -> bool:
        """Whether it stands elsewhere than the network said."""
        return (self.x, self.y, self.visibility) != ((*self.said, VISIBLE) if self.said else (0, 0, MISSING))


@dataclass(frozen=True)
class Person:
    """Somebody in the editor; `index` is empty where they are not stored yet, `number` counts from 1, for people."""

    index: int | str
    number: int
    rows: tuple[Row, ...]
    score: float = 1.0
    removed: bool = False
    added: bool = False
    corrected: bool = False


def tables(result: Result, unsaved: Sequence[Correction] = ()) -> list[Person]:
    """Everyone, for the tables; what was typed and not saved stands there instead of what is stored."""
    sent = {correction.index: correction for correction in unsaved if _fits(result, correction)}
    people = [_person(row, sent.get(row.index)) for row in result.poses.all()]
    if None in sent:
        people.append(_newcomer(result, len(people) + 1, sent[None].keypoints))
    return people


def blank(result: Result) -> Person:
    """Somebody without keypoints yet, for the table in which a person is added."""
    return _newcomer(result, result.poses.count() + 1, [[0, 0, MISSING]] * len(_names(result)))


def editable(result: Result) -> dict[str, Any]:
    """What static/js/edit.js draws and changes: viewer.drawable, with everyone's index, state and network's keypoints.

    People have `keypoints` [[x, y, visibility]], `said` [[x, y, score]], `index`, `score`, `removed` and `added`.
    """
    people = [
        {
            "index": row.index,
            "score": row.score,
            "removed": row.removed,
            "added": row.added,
            "keypoints": labels(row),
            "said": row.keypoints,
        }
        for row in result.poses.all()
    ]
    return viewer.drawable(results.frame_of(result)) | {"threshold": 0, "people": people}


def _person(row: PersonPose, sent: Correction | None) -> Person:
    keypoints = sent.keypoints if sent and sent.keypoints else labels(row)
    return Person(
        row.index,
        row.index + 1,
        _rows(row.result, keypoints, row.keypoints),
        row.score,
        sent.removed if sent else row.removed,
        row.added,
        row.corrected is not None,
    )


def _newcomer(result: Result, number: int, keypoints: Keypoints) -> Person:
    nothing = [[0.0, 0.0, 0.0]] * len(_names(result))
    return Person("", number, _rows(result, keypoints, nothing), added=True)


def _rows(result: Result, keypoints: Keypoints, said: Keypoints) -> tuple[Row, ...]:
    return tuple(
        Row(title(name), side_of(name), x, y, int(visibility), (u, v) if score else None)
        for name, (x, y, visibility), (u, v, score) in zip(_names(result), keypoints, said, strict=True)
    )


def _fits(result: Result, correction: Correction) -> bool:
    return correction.keypoints is None or len(correction.keypoints) == len(_names(result))


def _names(result: Result) -> tuple[str, ...]:
    return SKELETONS[result.skeleton].keypoints
