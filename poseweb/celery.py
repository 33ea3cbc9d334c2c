"""The Celery application: the only runner of jobs. Its broker is a bell; the rows say what there is to do."""

import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

from billiard import active_children
from celery import Celery, bootsteps, signals
from django.conf import settings
from django.db import DatabaseError, connections
from kombu.transport import TRANSPORT_ALIASES

from poseweb.watchdog import Watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poseweb.settings")
TRANSPORT_ALIASES["bell"] = "poseweb.bell:Transport"

logger = logging.getLogger(__name__)

app = Celery("poseweb", include=["poseweb.tasks"])
app.config_from_object("django.conf:settings", namespace="CELERY")


class Sweeper(bootsteps.StartStopStep):
    """Sweeps at the worker's start, every few seconds, and when a lease or a back-off ends before that.

    It does so from a thread of the parent process, which forks: a child must inherit neither a database connection nor
    a lock that the thread holds. So no process is forked during a sweep, and no connection outlives one.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._over = threading.Event()
        self._sweeping = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self, _: Any) -> None:
        lock = self._sweeping
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
        signals.worker_shutting_down.connect(self._ring_no_more)
        self._thread.start()

    def stop(self, _: Any) -> None:
        self._over.set()
        self._thread.join(timeout=5)

    terminate = stop

    def _ring_no_more(self, **_: Any) -> None:
        """What a worker gives back while it stops is for others, or for later."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.is_set():
            due = settings.SWEEP_SECONDS
            with self._sweeping:
                try:
                    due = app.tasks["poseweb.sweep"]()
                except DatabaseError as error:
                    logger.warning("The database does not answer (%s); the next sweep is due in %g s.", error, due)
                except Exception:
                    logger.exception("The sweep failed; the next one is due in %g s.", due)
                finally:
                    connections.close_all()
            self._over.wait(due)


app.steps["worker"].update({Sweeper, Watchdog})


@signals.worker_init.connect
def _be_interruptible(**_: Any) -> None:
    """Celery's own signals wait for the photo in a worker that is all one process; this one breaks into it."""
    if settings.CELERY_WORKER_POOL == "solo":
        signal.signal(signal.SIGUSR2, lambda *_: sys.exit())


@signals.worker_shutting_down.connect
def _stop_in_time(**_: Any) -> None:
    """A worker told to stop ends its photo; what takes longer than STOP_SECONDS is given back to the queue."""
    patience = threading.Timer(settings.STOP_SECONDS, _stop_work)
    patience.daemon = True
    patience.start()


def _stop_work() -> None:
    """Interrupt the photo where it is worked on: in the pool's processes, or in this one, which has no others."""
    if settings.CELERY_WORKER_POOL == "solo":
        os.kill(os.getpid(), signal.SIGUSR2)
    for child in active_children():
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGTERM)
