"""The memory of the pool's processes, watched from outside: what grows beyond all bounds is killed at once.

Not RLIMIT_AS: ONNX Runtime and CUDA reserve far more addresses than they use, and a refused allocation ends in an
error of its own wherever it happens to strike. A killed process is a case that the job protocol knows: the lease runs
out, the sweep counts the crash, and at the limit the photo has failed. (lease.py limits time likewise.) Linux only:
elsewhere there is no /proc to read.
"""

import logging
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from billiard import active_children
from celery import bootsteps
from django.conf import settings

EVERY_SECONDS = 0.25
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

logger = logging.getLogger(__name__)


class Watchdog(bootsteps.StartStopStep):
    """Looks at the pool's processes from a thread of their parent; where there are none, at the worker itself."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self, _: Any) -> None:
        self._thread.start()

    def stop(self, _: Any) -> None:
        self._over.set()

    terminate = stop

    def _watch(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            for pid in [child.pid for child in active_children()] or [os.getpid()]:
                held = memory_mb(pid)
                if held > settings.JOB_MAX_MB:
                    logger.error("Process %d holds %d MB, more than POSEWEB_JOB_MAX_MB: it is killed.", pid, held)
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


def memory_mb(pid: int) -> int:
    """What a process holds in memory now (resident); 0 where that cannot be told."""
    try:
        resident_pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return resident_pages * PAGE_BYTES // 2**20
