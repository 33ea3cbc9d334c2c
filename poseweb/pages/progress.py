"""What a page says about a job on its way: one headline, one token that changes when the page should."""

import zlib
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poseweb.models import Job
from poseweb.sentences import told

LESS_THAN_A_MINUTE = 55  # seconds


@dataclass(frozen=True)
class Progress:
    """A job as selectors.jobs() gives it, with its result and how many wait before it."""

    job: Job

    @cached_property
    def headline(self) -> str:
        return _HEADLINES[Job.Status(self.job.status)](self)

    @property
    def label(self) -> str:
        """The headline in few words, where the sentences of faults have no room."""
        if self.job.status == Job.Status.FAILED:
            return _("No result")
        return _("Waiting") if self.job.waiting_reason else self.headline

    @property
    def part(self) -> float | None:
        """How much of a clip is done, 0..1, where that can be said; drawing counts as a tenth of it."""
        job = self.job
        if job.status != Job.Status.RUNNING or not job.frames_total:
            return None
        return (9 * job.frames_done + job.frames_drawn) / (10 * job.frames_total)

    @property
    def left(self) -> str:
        """How long a clip will take from here, in words; empty where nobody can say."""
        seconds = self.job.seconds_left
        if self.part is None or seconds is None:
            return ""
        if seconds < LESS_THAN_A_MINUTE:
            return _("less than a minute left")
        minutes = round(seconds / 60)
        left = ngettext("about %(minutes)s minute left", "about %(minutes)s minutes left", minutes)
        return left % {"minutes": minutes}

    @cached_property
    def seen(self) -> str:
        """Eight hexadecimal digits; a browser that shows this very state needs no new fragment."""
        state = (self.job.status, self.job.attempt, self.job.cancel_requested, self.headline, self.left)
        return f"{zlib.crc32(repr(state).encode()):08x}"


def _queued(progress: Progress) -> str:
    if progress.job.waiting_reason:
        return told(progress.job.waiting_reason)
    ahead = progress.job.ahead
    if not ahead:
        return _("Next in line")
    return ngettext("%(ahead)s job ahead in the queue", "%(ahead)s jobs ahead in the queue", ahead) % {"ahead": ahead}


def _running(progress: Progress) -> str:
    job = progress.job
    if job.cancel_requested:
        return _("Stopping")
    if job.kind == Job.Kind.GAIT:
        return _("Reading the gait")
    if not job.frames_total:
        return _("Looking for people")
    if job.frames_drawn:
        return _("Drawing frame %(frame)s of %(total)s") % {
            "frame": f"{job.frames_drawn:,}",
            "total": f"{job.frames_total:,}",
        }
    return _("Frame %(frame)s of %(total)s") % {"frame": f"{job.frames_done:,}", "total": f"{job.frames_total:,}"}


def _succeeded(progress: Progress) -> str:
    if progress.job.kind == Job.Kind.MAP:
        return _("Drawn")
    if progress.job.kind == Job.Kind.GAIT:
        return told(progress.job.gait.summary)
    people = progress.job.found.people
    if not people:
        return _("Nobody found")
    return ngettext("%(count)s person", "%(count)s people", people) % {"count": people}


_HEADLINES = {
    Job.Status.QUEUED: _queued,
    Job.Status.RUNNING: _running,
    Job.Status.SUCCEEDED: _succeeded,
    Job.Status.FAILED: lambda progress: told(progress.job.error),
    Job.Status.CANCELLED: lambda _progress: _("Cancelled"),
}
