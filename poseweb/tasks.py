"""What Celery runs: one job, and the sweep. Both may run any number of times: the rows decide what happens."""

import logging
import queue
import threading
import time
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop
from kombu.exceptions import KombuError

from estimator import ImageError, NetworkError, VideoError
from poseweb import bell, media, pipeline
from poseweb.celery import app
from poseweb.faults import passing
from poseweb.lease import Lease, NotWantedError
from poseweb.models import (
    FILES,
    PHOTOS_QUEUE,
    ApiToken,
    Claim,
    ClipChunk,
    IdempotencyKey,
    Invitation,
    Job,
    Tally,
    Upload,
    forget,
)
from poseweb.operations import logs

logger = logging.getLogger(__name__)

SWEEP_ROWS = 100
KEEP_MAPS = timedelta(days=7)
KEEP_IDEMPOTENCY_KEYS = timedelta(days=1)
LONGEST_WAIT_SECONDS = 30
RING_PATIENCE = {"socket_timeout": 2}  # seconds, for a Redis that is frozen
# Rows keep these in English; sentences.told translates them for whoever looks.
CRASHED = gettext_noop("The worker stopped unexpectedly at each attempt. This may be too much for the machine.")
INTERNAL = gettext_noop("Something went wrong on our side; the worker's log says what. You can try again later.")
STOPPED = gettext_noop("The worker was stopped; this is next when it is back.")


@app.task(name="poseweb.run_job")
def run_job(job_id: str) -> None:
    """Run a job to one of its ends, if it is ready and nobody else has it."""
    claim = None
    with logs.about(job_id):
        try:
            if claim := Job.objects.claim(uuid.UUID(job_id)):
                _attempt(claim)
        except SystemExit:  # this process was told to stop, wherever it was
            if claim:
                _release(claim, STOPPED)
            raise


def _attempt(claim: Claim) -> None:
    logger.info("Attempt %d begins.", claim.attempt)
    if not _settle(claim):
        Job.objects.confirm_cancel(claim)
    logger.info("Attempt %d is over.", claim.attempt)
    _ring_followers(claim)


def _ring_followers(claim: Claim) -> None:
    """What the end of a job asked for, as a clip asks for its gait: a sweep would ring for it too, but later."""
    for job in Job.objects.ready().filter(upload__jobs=claim.job_id, rung_at=None):
        if ring(job.id, job.queue):
            Job.objects.rung([job.id])


def _settle(claim: Claim) -> bool:
    """Do the work and write down how it ended; False where this attempt does not count any more."""
    try:
        with Lease(claim) as lease:
            return pipeline.run(claim, lease)
    except (NotWantedError, Job.DoesNotExist):
        return False
    except (ImageError, VideoError) as error:
        return Job.objects.fail(claim, error.code, error.user_message)
    except NetworkError as error:
        return _release(claim, error.user_message)
    except Exception as error:
        if fault := passing(error):
            logger.warning("Job %s goes back to the queue: %s", claim.job_id, error)
            return _release(claim, fault.waits % fault.known)
        logger.exception("Attempt %d failed through a fault of ours.", claim.attempt)
        Job.objects.fail(claim, "internal_error", INTERNAL)
        raise


def _release(claim: Claim, reason: str) -> bool:
    close_old_connections()  # the fault may have been the connection's
    return Job.objects.release(claim, reason, wait_seconds=min(2**claim.attempt, LONGEST_WAIT_SECONDS))


@app.task(name="poseweb.sweep")
def sweep() -> float:
    """Put right what killed workers, lost messages and broken writes left. Idempotent and bounded.

    Returns:
        Seconds until the next sweep is due: SWEEP_SECONDS, or when a lease or a back-off ends before that.
    """
    _retry_crashed()
    _ring_again()
    pipeline.announce(next(iter(app.amqp.queues.consume_from)))
    _forget_maps()
    _forget_chunks()
    _forget_photos()
    _forget_doors()
    _remove_leftovers()
    return min(settings.SWEEP_SECONDS, max(1.0, Job.objects.next_due()))


def _retry_crashed() -> None:
    for job in Job.objects.expired().order_by("lease_until")[:SWEEP_ROWS]:
        if Job.objects.crashed(Claim(job.id, job.attempt), job.crashes + 1, CRASHED):
            logger.warning("Job %s lost its worker in attempt %d.", job.id, job.attempt)


def _ring_again() -> None:
    rung = []
    for job in Job.objects.unrung(2 * settings.SWEEP_SECONDS)[:SWEEP_ROWS]:
        if not ring(job.id, job.queue):
            break  # a dead broker would cost its time-out for each of them
        rung.append(job.id)
    Job.objects.rung(rung)


def _forget_maps() -> None:
    """A drawn map is kept for a while, not for ever: whoever asks again gets it drawn again. Its file is an orphan."""
    old = Job.objects.filter(kind=Job.Kind.MAP, finished_at__lt=Now() - KEEP_MAPS).values_list("pk", flat=True)
    Job.objects.filter(pk__in=list(old[:SWEEP_ROWS])).delete()


def _forget_chunks() -> None:
    """What attempts kept of a clip is of no use once its job is over. The files are orphans."""
    ClipChunk.objects.filter(job__status__in=Job.OVER).delete()


def _forget_photos() -> None:
    """Photos are kept for KEEP_DAYS, where that is set; a bounded number in each sweep."""
    if settings.KEEP_DAYS:
        old = Upload.objects.filter(created_at__lt=timezone.now() - timedelta(days=settings.KEEP_DAYS))
        if gone := forget(Upload.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:SWEEP_ROWS]))):
            logger.info("Deleted %d photos that are older than %d days.", gone, settings.KEEP_DAYS)


def _forget_doors() -> None:
    """Invitations, tokens and keys that are good for nothing any more, and counts of windows that are over."""
    Invitation.objects.filter(Q(expires_at__lt=Now()) | Q(used_at__isnull=False)).delete()
    ApiToken.objects.filter(expires_at__lt=Now()).delete()
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEEP_IDEMPOTENCY_KEYS).delete()
    Tally.objects.filter(ends_at__lt=Now()).delete()


def _remove_leftovers() -> None:
    turn = int(time.time() / settings.SWEEP_SECONDS) % len(media.SHARDS)  # each shard about once an hour
    removed = media.remove_old_drafts() + media.remove_orphans(media.SHARDS[turn], _known_files)
    bell.remove_old_drafts()
    if removed:
        logger.info("Removed %d files that no row knows.", removed)


def _known_files(names: set[str]) -> set[str]:
    return {
        name
        for model, column in FILES
        for name in model.objects.filter(**{f"{column}__in": names}).values_list(column, flat=True)
    }


class Ringer:
    """Rings from a thread of its own, so that a dead or frozen broker costs an upload nothing."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[tuple[uuid.UUID, str]] = queue.Queue(maxsize=1000)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring_soon(self, job_id: uuid.UUID, queue_name: str = PHOTOS_QUEUE) -> None:
        """Tell the workers of a job, best effort."""
        try:
            self._jobs.put_nowait((job_id, queue_name))
        except queue.Full:
            return  # the broker has been away for long; the sweep will ring
        with self._starting:
            if self._thread is None or not self._thread.is_alive():  # also after a fork
                self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            ring(*self._jobs.get())


ring_soon = Ringer().ring_soon


def ring(job_id: uuid.UUID, queue_name: str = PHOTOS_QUEUE) -> bool:
    """Tell the workers of a queue; whether the broker took the message. Where it did not, a sweep rings again."""
    try:
        with app.connection_for_write(transport_options=RING_PATIENCE) as connection:
            run_job.apply_async((str(job_id),), connection=connection, retry=False, queue=queue_name)
    except (KombuError, OSError) as error:
        logger.warning("Could not ring for job %s: %s", job_id, error)
        return False
    return True
