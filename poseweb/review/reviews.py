"""All that writes corrections: save, accept, reopen. What the network said is never touched.

A save names the revision that its editor saw. One conditional UPDATE counts it up; where somebody else was quicker,
nothing is written and the editor is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from estimator import SKELETONS
from poseweb import media
from poseweb.downloads import drawings
from poseweb.errors import ReviewRefused
from poseweb.models import PersonPose, Result, Upload
from poseweb.review.corrections import MOST_PEOPLE, Correction, checked, present, settled, unreadable

UNCORRECTED = {"corrected_at": None, "corrected_by": None}
UNREVIEWED = {"reviewed_at": None, "reviewed_by": None}


@dataclass(frozen=True)
class Change:
    """The rows of a result's people after some corrections, beside those that are there.

    Attributes:
        rows: everyone as they are to be, also those removed.
        written: those of them that differ from what is stored, or are new.
        gone: primary keys of people who had been added by hand and are no more.
    """

    rows: list[PersonPose]
    written: list[PersonPose]
    gone: list[int]

    @property
    def any(self) -> bool:
        return bool(self.written or self.gone)

    @property
    def columns(self) -> dict[str, Any]:
        """What the result has to say about it, beside its pictures."""
        touched = any(row.removed or row.added or row.corrected is not None for row in self.rows)
        return {"people": len(present(self.rows)), **({} if touched else UNCORRECTED)}

    def write(self) -> None:
        PersonPose.objects.filter(pk__in=self.gone).delete()
        PersonPose.objects.bulk_create([row for row in self.written if row.pk is None])
        known = [row for row in self.written if row.pk is not None]
        PersonPose.objects.bulk_update(known, ["corrected", "removed"])


def save(result: Result, by: User, revision: int, corrections: Sequence[Correction], *, accept: bool = False) -> Result:
    """Write corrections down, and with `accept` vouch for the whole result; who is not named stays as they stand.

    Args:
        result: that is corrected.
        by: who says so.
        revision: of the result, as the editor saw it.
        corrections: what is said, of each person at most once.
        accept: the result is reviewed; without it, a change takes an earlier review back.

    Returns:
        The result as it is now. Its pictures show the people as they stand.

    Raises:
        ReviewRefused: code `stale` where somebody else saved meanwhile; `unknown_person`, `too_many_people` or
            `no_keypoints` where the corrections do not fit the result; `file_missing`. Nothing is written then.
    """
    change = _change(result, corrections)
    _check_revision(result, revision)
    if not change.any and not accept:
        return result
    now = timezone.now()
    columns = {"reviewed_at": now, "reviewed_by": by} if accept else UNREVIEWED
    if not change.any:
        return _write(result, revision, columns)
    columns |= {"corrected_at": now, "corrected_by": by, **change.columns}
    return _write(result, revision, columns, change, _redraw(result, change))


def reopen(result: Result, revision: int) -> Result:
    """Take a review back. Raises ReviewRefused with code `stale`."""
    return _write(result, revision, UNREVIEWED)


def accept_all(chosen: QuerySet[Result], by: User) -> int:
    """Vouch for results as they stand; how many had not been reviewed."""
    columns = {"reviewed_at": timezone.now(), "reviewed_by": by, "revision": F("revision") + 1}
    return chosen.filter(reviewed_at=None).update(**columns)


def _change(result: Result, corrections: Sequence[Correction]) -> Change:
    _check_named_once(corrections)
    rows = {row.index: row for row in result.poses.all()}
    written, gone = [], []
    for correction in corrections:
        row = rows.get(correction.index) if correction.index is not None else _newcomer(result, rows)
        if row is None:
            raise ReviewRefused(_("There is no such person in this photo. Reload the page."), "unknown_person")
        if row.added and correction.removed:  # the network never said anything of them: nothing to keep
            gone += [row.pk] if row.pk else []
            del rows[row.index]
        elif _apply(row, correction):
            written.append(row)
    if len(rows) > MOST_PEOPLE and any(row.pk is None for row in written):
        sentence = _("A photo holds at most %(most)s people.") % {"most": MOST_PEOPLE}
        raise ReviewRefused(sentence, "too_many_people")
    return Change(list(rows.values()), written, gone)


def _check_named_once(corrections: Sequence[Correction]) -> None:
    known = [correction.index for correction in corrections if correction.index is not None]
    if len(set(known)) < len(known):
        raise unreadable(_("the same person came twice"))


def _newcomer(result: Result, rows: dict[int, PersonPose]) -> PersonPose:
    """A row for somebody whom the network did not see, among the others."""
    index = max(rows, default=-1) + 1
    nothing = [[0.0, 0.0, 0.0] for _ in SKELETONS[result.skeleton].keypoints]
    rows[index] = PersonPose(result=result, index=index, score=1.0, keypoints=nothing, added=True)
    return rows[index]


def _apply(row: PersonPose, correction: Correction) -> bool:
    """Whether it changes the row. Somebody drawn by hand has no network's value to go back to."""
    before = (row.corrected, row.removed)
    keypoints = None if correction.keypoints is None else checked(correction.keypoints, row.result)
    if row.added and keypoints is None:
        raise ReviewRefused(_("Who is drawn by hand needs keypoints."), "no_keypoints")
    row.corrected = keypoints if row.added else settled(keypoints, row.keypoints)
    row.removed = correction.removed
    return row.pk is None or before != (row.corrected, row.removed)


def _redraw(result: Result, change: Change) -> dict[str, str]:
    try:
        return drawings.redraw(result, change.rows)
    except FileNotFoundError:
        sentence = _("The photo's file is gone from the server. Upload it again.")
        raise ReviewRefused(sentence, "file_missing") from None


def _write(
    result: Result,
    revision: int,
    columns: dict[str, Any],
    change: Change | None = None,
    files: dict[str, str] | None = None,
) -> Result:
    """Rows and result in one transaction that the revision fences; where it is lost, the new pictures go."""
    files = files or {}
    old = [getattr(result, column) for column in files]
    try:
        with transaction.atomic():
            _count_up(result, revision, columns | files)
            if change:
                change.write()
                Upload.objects.filter(newest_job=result.job_id).update(people=change.columns["people"])
            transaction.on_commit(lambda: media.remove(old), robust=True)  # what stays is an orphan to the sweep
    except BaseException:
        media.remove(files.values())
        raise
    result.refresh_from_db()
    return result


def _count_up(result: Result, revision: int, columns: dict[str, Any]) -> None:
    latest = Result.objects.filter(pk=result.pk, revision=revision)
    if not latest.update(revision=F("revision") + 1, **columns):
        raise _stale()


def _check_revision(result: Result, revision: int) -> None:
    if result.revision != revision:
        raise _stale()


def _stale() -> ReviewRefused:
    sentence = _("Somebody else saved this photo after you had opened it, so nothing of yours is written yet.")
    return ReviewRefused(sentence, "stale")
