"""What a page says about a job on its way: one headline, one token that changes when the page should."""

import zlib
from dataclasses import dataclass
from functools import cached_property

from poseweb.models import Job

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
            return "No result"
        return "Waiting" if self.job.waiting_reason else self.headline

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
            return "less than a minute left"
        minutes = round(seconds / 60)
        return f"about {minutes} {'minute' if minutes == 1 else 'minutes'} left"

    @cached_property
    def seen(self) -> str:
        """Eight hexadecimal digits; a browser that shows this very state needs no new fragment."""
        state = (self.job.status, self.job.attempt, self.job.cancel_requested, self.headline, self.left)
        return f"{zlib.crc32(repr(state).encode()):08x}"


def _queued(progress: Progress) -> str:
    if progress.job.waiting_reason:
        return progress.job.waiting_reason
    ahead = progress.job.ahead
    if not ahead:
        return "Next in line"
    what = "clip" if progress.job.kind == Job.Kind.CLIP else "photo"
    return f"{ahead} {what}{'' if ahead == 1 else 's'} ahead in the queue"


def _running(progress: Progress) -> str:
    job = progress.job
    if job.cancel_requested:
        return "Stopping"
    if job.kind == Job.Kind.GAIT:
        return "Reading the gait"
    if not job.frames_total:
        return "Looking for people"
    if job.frames_drawn:
        return f"Drawing frame {job.frames_drawn:,} of {job.frames_total:,}"
    return f"Frame {job.frames_done:,} of {job.frames_total:,}"


def _succeeded(progress: Progress) -> str:
    if progress.job.kind == Job.Kind.MAP:
        return "Drawn"
    if progress.job.kind == Job.Kind.GAIT:
        return progress.job.gait.summary
    people = progress.job.found.people
    return {0: "Nobody found", 1: "1 person"}.get(people, f"{people} people")


_HEADLINES = {
    Job.Status.QUEUED: _queued,
    Job.Status.RUNNING: _running,
    Job.Status.SUCCEEDED: _succeeded,
    Job.Status.FAILED: lambda p: p.job.error,
    Job.Status.CANCELLED: lambda _: "Cancelled",
}
