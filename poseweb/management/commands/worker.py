"""`manage.py worker`: run jobs. The one place that says how Celery is started."""

import logging
import os
from typing import Any

from celery.platforms import set_pdeathsig
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from estimator import NetworkError
from poseweb import inference
from poseweb.celery import app

# What only costs here: workers need not know of each other, the rows tell them all.
SILENT = ("--without-gossip", "--without-mingle", "--without-heartbeat")


class Command(BaseCommand):
    help = "Run jobs until told to stop."
    requires_system_checks = ()

    def handle(self, *_: Any, **__: Any) -> None:
        if settings.SUPERVISED:
            set_pdeathsig("SIGKILL")  # no longer than its supervisor; the pool's children do the same
        os.nice(settings.NICE)
        logging.captureWarnings(capture=True)  # JSON, where the logs are
        if settings.DEVICE != "cpu":
            _prove_device()
        app.worker_main(["--quiet", "worker", f"--loglevel={settings.LOG_LEVEL}", *SILENT])


def _prove_device() -> None:
    """A device other than the CPU runs a forward pass now, or the worker does not start: it is never replaced."""
    try:
        inference.verify()
    except NetworkError as error:
        raise CommandError(error.user_message) from error
