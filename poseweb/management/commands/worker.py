"""`manage.py worker`: run jobs. The one place that says how Celery is started."""

import logging
import os
from argparse import ArgumentParser
from typing import Any

from celery.platforms import set_pdeathsig
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from estimator import NetworkError
from poseweb import inference
from poseweb.celery import app
from poseweb.models import CLIPS_QUEUE, PHOTOS_QUEUE

# What only costs here: workers need not know of each other, the rows tell them all.
SILENT = ("--without-gossip", "--without-mingle", "--without-heartbeat")
# Photos with as many processes as the settings say; clips one at a time, a little further back than photos.
TAKES = {"photos": (f"--queues={PHOTOS_QUEUE}",), "clips": (f"--queues={CLIPS_QUEUE}", "--concurrency=1")}
CLIPS_STEP_BACK = 5


class Command(BaseCommand):
    help = "Run jobs until told to stop."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=TAKES, default="photos", help="which jobs it takes")

    def handle(self, *_: Any, what: str, **__: Any) -> None:
        if settings.SUPERVISED:
            set_pdeathsig("SIGKILL")  # no longer than its supervisor; the pool's children do the same
        os.nice(settings.NICE + (CLIPS_STEP_BACK if what == "clips" else 0))
        logging.captureWarnings(capture=True)  # JSON, where the logs are
        if settings.DEVICE != "cpu":
            _prove_device()
        app.worker_main(["--quiet", "worker", f"--loglevel={settings.LOG_LEVEL}", *SILENT, *TAKES[what]])


def _prove_device() -> None:
    """A device other than the CPU runs a forward pass now, or the worker does not start: it is never replaced."""
    try:
        inference.verify()
    except NetworkError as error:
        raise CommandError(error.user_message) from error
