"""What a page says about a job on its way: one headline, one token that changes when the page should."""

import zlib
from dataclasses import dataclass
from functools import cached_property

from poseweb.models import Job


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

    @cached_property
    def seen(self) -> str:
        """Eight hexadecimal digits; a browser that shows this very state needs no new fragment."""
        state = (self.job.status, self.job.attempt, self.job.cancel_requested, self.headline)
        return f"{zlib.crc32(repr(state).encode()):08x}"


def _queued(progress: Progress) -> str:
    if progress.job.waiting_reason:
        return progress.job.waiting_reason
    ahead = progress.job.ahead
    if not ahead:
        return "Next in line"
    return f"{ahead} {'photo' if ahead == 1 else 'photos'} ahead in the queue"


def _running(progress: Progress) -> str:
    if progress.job.cancel_requested:
        return "Stopping"
    return "Reading the gait" if progress.job.kind == Job.Kind.GAIT else "Looking for people"


def _succeeded(progress: Progress) -> str:
    if progress.job.kind == Job.Kind.MAP:
        return "Drawn"
    if progress.job.kind == Job.Kind.GAIT:
        return progress.job.gait.summary
    people = progress.job.result.people
    return {0: "Nobody found", 1: "1 person"}.get(people, f"{people} people")


_HEADLINES = {
    Job.Status.QUEUED: _queued,
    Job.Status.RUNNING: _running,
    Job.Status.SUCCEEDED: _succeeded,
    Job.Status.FAILED: lambda p: p.job.error,
    Job.Status.CANCELLED: lambda _: "Cancelled",
}
