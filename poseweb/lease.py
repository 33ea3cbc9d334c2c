"""The lease that a worker holds on a job while it works."""

import logging
import os
import signal
import threading
import time
from contextlib import closing
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connection

from poseweb.models import Claim, Job
from poseweb.operations import logs

logger = logging.getLogger(__name__)


class NotWantedError(Exception):
    """Nobody waits for this attempt any more: somebody cancelled it, or the lease ran out and another has the job."""


class Lease:
    """Renews a claim from a thread that does nothing else; notices work that is not wanted, or takes too long."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self._renew_seconds = settings.LEASE_SECONDS / 4
        self._moved = 0.0
        self._report: dict[str, int | None] = {}
        self._over = threading.Event()
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease {claim.job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._moved = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        """Call between the steps of the work. Raises NotWantedError when it is time to stop and write nothing."""
        self._mind_the_time()
        if self._unwanted.is_set():
            raise NotWantedError

    def report(self, **columns: int | None) -> None:
        """Say how far the work on a clip is; it is written down at most once a second. Work that moves is not stuck."""
        self._moved = time.monotonic()
        self._report = columns

    def _keep(self) -> None:
        renew_at = self._moved + self._renew_seconds
        with logs.about(self.claim.job_id), closing(connection):
            while not self._over.wait(min(1.0, self._renew_seconds)):
                self._mind_the_time()
                due = time.monotonic() >= renew_at
                if not self._stands(renew=due):
                    self._unwanted.set()
                    return
                if due:
                    renew_at = time.monotonic() + self._renew_seconds

    def _news(self) -> dict[str, int | None]:
        """What was reported since the last time."""
        news, self._report = self._report, {}
        return news

    def _mind_the_time(self) -> None:
        """No library can be told to stop, but its process can: the lease runs out, and the sweep counts the crash."""
        if time.monotonic() - self._moved > settings.JOB_SECONDS:
            logger.error("Job %s takes longer than POSEWEB_JOB_SECONDS: its process is killed.", self.claim.job_id)
            os.kill(os.getpid(), signal.SIGKILL)

    def _stands(self, *, renew: bool) -> bool:
        try:
            if news := self._news():
                Job.objects.report(self.claim, **news)
            return (not renew or Job.objects.renew(self.claim)) and Job.objects.wanted(self.claim)
        except DatabaseError as error:
            logger.warning("Could not look after the lease: %s", error)
            connection.close_if_unusable_or_obsolete()
            return True  # the finish is fenced anyway
