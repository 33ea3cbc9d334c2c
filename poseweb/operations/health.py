"""What the site needs to do its work, each with a sentence about how it is. For probes, metrics and the doctor."""

import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from django.conf import settings
from django.db import Error, connection

from poseweb import media
from poseweb.models import CLIPS_QUEUE, PHOTOS_QUEUE, Job, Worker

START_WORKER = f"{settings.PYTHON} manage.py worker"
NOBODY_WORKS = "No worker has been seen lately: photos are taken, and wait."


@dataclass(frozen=True)
class Finding:
    """How one part is: a sentence for people and, only where something is wrong, what mends it."""

    part: str
    sentence: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        return not self.mend


def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding("database", f"{connection.display_name} answers.")


def storage() -> Finding:
    try:
        media.probe()
    except OSError as error:
        where = f"the bucket {settings.S3_BUCKET}" if settings.S3_BUCKET else "the data folder"
        mend = "df -h, and look at the owner and the mount of the folder, or at the keys of the bucket"
        return Finding("storage", f"Nothing can be written to {where} ({error.strerror}).", mend)
    return Finding("storage", "Files can be written and read.")


def worker() -> Finding:
    count = Worker.objects.alive().filter(queue=PHOTOS_QUEUE).count()
    if not count:
        return Finding("worker", NOBODY_WORKS, START_WORKER)
    return Finding("worker", f"{_workers(count)} at work.")


def worker_here() -> Finding:
    """Of this machine alone: what a container asks about itself."""
    if not Worker.objects.alive().filter(host=socket.gethostname()).exists():
        return Finding("worker", "The worker of this machine has not been seen lately.", START_WORKER)
    return Finding("worker", "The worker of this machine is at work.")


def clips() -> Finding:
    """Whether clips that wait are waiting for anybody: they have workers of their own."""
    if Worker.objects.alive().filter(queue=CLIPS_QUEUE).exists():
        return Finding("clips", "A worker for clips is at work.")
    if Job.objects.filter(kind=Job.Kind.CLIP, status=Job.Status.QUEUED).exists():
        return Finding("clips", "Clips wait, and no worker takes them.", f"{START_WORKER} clips")
    return Finding("clips", "No worker takes clips, and none waits.")


def network() -> Finding:
    """Whether the network that photos get without asking for one can be run by a worker that is there."""
    known = {name for names in Worker.objects.alive().values_list("networks", flat=True) for name in names}
    if settings.NETWORK and settings.NETWORK not in known:
        sentence = f"No worker that is there has the network {settings.NETWORK}."
        return Finding("network", sentence, f"{settings.PYTHON} -m estimator models install {settings.NETWORK}")
    if not known:
        return Finding("network", "No worker that is there has a network.", START_WORKER)
    return Finding("network", f"Workers can run {', '.join(sorted(known))}.")


def queue() -> Finding:
    waiting = Job.objects.longest_wait()
    if waiting > timedelta(seconds=settings.QUEUE_SECONDS):
        sentence = f"A photo has waited for {waiting.total_seconds():.0f} s: workers do not keep up, or stand still."
        return Finding("queue", sentence, "start more workers, or look into the log of those there are")
    return Finding("queue", f"The photo that waits longest has waited for {waiting.total_seconds():.0f} s.")


PARTS: Mapping[str, Callable[[], Finding]] = MappingProxyType(
    {"database": database, "storage": storage, "worker": worker, "clips": clips, "network": network, "queue": queue}
)


def examine(parts: Iterable[tuple[str, Callable[[], Finding]]]) -> list[Finding]:
    """Look at each part; one that cannot be looked at, because the database is away, is not well."""
    return [_look(part, look) for part, look in parts]


def _look(part: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Error as error:
        connection.close_if_unusable_or_obsolete()
        kind = type(error).__name__
        mend = "start the database, look at POSEWEB_DATABASE_URL, then: python manage.py migrate"
        return Finding(part, f"The database does not answer as it should ({kind}).", mend)


def _workers(count: int) -> str:
    return "1 worker is" if count == 1 else f"{count} workers are"
