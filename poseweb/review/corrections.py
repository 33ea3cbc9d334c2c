"""What people say of the keypoints that a network found: read, checked, and laid over what the network said."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _

from estimator import SKELETONS
from poseweb.errors import ReviewRefused
from poseweb.models import PersonPose, Result

Keypoints = list[list[float]]  # [[x, y, score or visibility], …] as PersonPose keeps them

MOST_PEOPLE = 200  # in one photo: more than any photo of ours shows, and a page can still draw them
EDGE = 0.5  # pixels around the centres of the outermost ones


@dataclass(frozen=True)
class Correction:
    """What somebody says of one person.

    Attributes:
        index: of the person; None: somebody whom the network did not see.
        keypoints: [[x, y, visibility], …] of all keypoints, as somebody sent them; None: as the network said.
        removed: nobody is there.
    """

    index: int | None
    keypoints: Any = None
    removed: bool = False

    @classmethod
    def read(cls, sent: Any) -> Self:
        """From JSON: {"index": 0 or null, "keypoints": [[x, y, visibility], …] or null, "removed": true or false}.

        Whether the keypoints are keypoints of the photo is for `checked` to say. Raises ReviewRefused.
        """
        if not isinstance(sent, dict) or set(sent) - {"index", "keypoints", "removed"}:
            raise unreadable(_("a person is index, keypoints and removed"))
        index, removed = sent.get("index"), sent.get("removed", False)
        if not (index is None or _is_whole(index)) or not isinstance(removed, bool):
            raise unreadable(_("index is a number or null, removed is true or false"))
        return cls(index, sent.get("keypoints"), removed)


def read_all(sent: Any) -> list[Correction]:
    """Every person of a JSON list. Raises ReviewRefused."""
    if not isinstance(sent, list):
        raise unreadable(_("people is a list"))
    return [Correction.read(person) for person in sent]


def checked(keypoints: Any, result: Result) -> Keypoints:
    """Keypoints as PersonPose keeps them, if they are all there, inside the picture, and at least one is somewhere.

    Raises:
        ReviewRefused: code `bad_correction`, `outside` or `no_keypoints`.
    """
    names = SKELETONS[result.skeleton].keypoints
    if not isinstance(keypoints, list) or len(keypoints) != len(names):
        why = _("a person of %(skeleton)s has %(count)s keypoints")
        raise unreadable(why % {"skeleton": result.skeleton, "count": len(names)})
    placed = [_keypoint(name, keypoint, result) for name, keypoint in zip(names, keypoints, strict=True)]
    if all(visibility == PersonPose.MISSING for *_place, visibility in placed):
        raise ReviewRefused(_("A person needs at least one keypoint. Remove the person instead."), "no_keypoints")
    return placed


def settled(keypoints: Keypoints | None, said: Keypoints) -> Keypoints | None:
    """The same keypoints; None where they are what the network said."""
    return None if keypoints == visibilities(said) else keypoints


def visibilities(said: Keypoints) -> Keypoints:
    """What the network said as a correction that changes nothing: what it found is visible, the rest is missing."""
    return [[x, y, PersonPose.VISIBLE if score > 0 else PersonPose.MISSING] for x, y, score in said]


def labels(row: PersonPose) -> Keypoints:
    """A person's keypoints as they stand, each with its visibility."""
    return row.corrected if row.corrected is not None else visibilities(row.keypoints)


def standing(row: PersonPose) -> Keypoints:
    """A person's keypoints as they stand, each with its score: the network's where nobody moved it, else 1."""
    if row.corrected is None:
        return row.keypoints
    return [_scored(said, placed) for said, placed in zip(row.keypoints, row.corrected, strict=True)]


def present(rows: Iterable[PersonPose]) -> list[PersonPose]:
    """Who stands in the picture."""
    return [row for row in rows if not row.removed]


def _scored(said: list[float], placed: list[float]) -> list[float]:
    x, y, visibility = placed
    if visibility == PersonPose.MISSING:
        return [0.0, 0.0, 0.0]
    return said if said[2] > 0 and said[:2] == [x, y] else [x, y, 1.0]


def _keypoint(name: str, sent: Any, result: Result) -> list[float]:
    if not isinstance(sent, list) or len(sent) != 3 or not all(map(_is_number, sent)):
        raise unreadable(_("a keypoint is three numbers: x, y and visibility"))
    x, y, visibility = sent
    if visibility == PersonPose.MISSING:
        return [0.0, 0.0, PersonPose.MISSING]
    if visibility not in {PersonPose.HIDDEN, PersonPose.VISIBLE}:
        raise unreadable(_("visibility is 0 missing, 1 hidden or 2 visible"))
    if not (-EDGE <= x <= result.width - EDGE and -EDGE <= y <= result.height - EDGE):
        raise _outside(name, x, y, result)
    return [round(float(x), 3), round(float(y), 3), int(visibility)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9  # and no NaN


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def unreadable(why: str) -> ReviewRefused:
    sentence = _("These corrections cannot be read: %(why)s. Reload the page and try again.")
    return ReviewRefused(sentence % {"why": why}, "bad_correction")


def _outside(name: str, x: float, y: float, result: Result) -> ReviewRefused:
    sentence = _("%(keypoint)s at %(x)s, %(y)s lies outside the picture of %(width)s × %(height)s pixels.")
    place = {"keypoint": name, "x": f"{x:g}", "y": f"{y:g}", "width": result.width, "height": result.height}
    return ReviewRefused(sentence % place, "outside")
