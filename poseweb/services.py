"""All that writes on behalf of people: submit, run again, requeue, cancel, delete."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile

from poseweb.models import Job, Upload


@dataclass(frozen=True)
class Submission:
    """The job that answers for an upload; `duplicate` where the same file was here before."""

    job: Job
    duplicate: bool


def submit(owner: User, uploaded: UploadedFile, network: str = "") -> Submission:
    """Take a picture in and queue a job for it; the same file by the same owner answers with the job it has.

    Raises:
        UploadRefused: the file cannot be taken; it carries a code and a sentence.
        JobRefused: no worker has this network.
    """
    raise NotImplementedError


def run_again(job: Job, network: str = "") -> Job:
    """A new job on the same upload; empty network: the most accurate one installed. Raises JobRefused."""
    raise NotImplementedError


def requeue(job: Job) -> bool:
    """Queue a failed or cancelled job again; whether it was in such a state."""
    raise NotImplementedError


def cancel(job: Job) -> bool:
    """Cancel a queued job, ask a running one to stop; whether it was in such a state."""
    raise NotImplementedError


def delete(upload: Upload) -> None:
    """The upload, its jobs and results: rows first, then files."""
    raise NotImplementedError
