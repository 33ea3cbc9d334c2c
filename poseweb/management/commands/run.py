"""`manage.py run`: for you alone, or for the local network. Checks, prepares, becomes the supervisor."""

import fcntl
import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

LOCK_DESCRIPTOR = 3  # supervisord closes what it inherits from 5 on, and its programs inherit nothing


class Command(BaseCommand):
    help = "Prepare and run the whole application on this machine, for you alone or for the local network."

    def handle(self, *_: Any, **__: Any) -> None:
        if not settings.SUPERVISED:
            raise CommandError("Start this with `make run`, for you alone, or `make serve`, for the local network.")
        lock = _lock()
        _check_port()
        call_command("prepare", stdout=self.stdout)
        self.stdout.flush()
        subprocess.Popen([sys.executable, settings.BASE_DIR / "manage.py", "announce"])  # noqa: S603  # nosec B603
        _hand_over(lock)
        _become_supervisor()


def _lock() -> int:
    """One quick start for each data folder; the lock ends with the process, whichever way it ends."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    lock = os.open(settings.DATA_DIR / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(
            f"poseweb already runs on {settings.DATA_DIR}. Stop it first, or use another folder: "
            f"POSEWEB_DATA=/some/folder PORT={settings.PORT + 1} make run"
        ) from None
    return lock


def _hand_over(lock: int) -> None:
    """The lock outlives the exec, also where it has the right number already: then os.dup2 changes nothing."""
    os.dup2(lock, LOCK_DESCRIPTOR)
    os.set_inheritable(LOCK_DESCRIPTOR, True)  # noqa: FBT003


def _check_port() -> None:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} cannot be used ({error.strerror}). "
                f"Choose another: PORT={settings.PORT + 1} make run"
            ) from None


def _become_supervisor() -> None:
    config = settings.BASE_DIR / "poseweb" / "supervisord.conf"
    os.environ.update(
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        PYTHONPATH=str(settings.BASE_DIR),
        DJANGO_SETTINGS_MODULE="poseweb.settings",
        POSEWEB_DATA=str(settings.DATA_DIR),  # absolute, for the folder changes now
    )
    os.chdir(settings.DATA_DIR)
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)]
    os.execv(sys.executable, command)  # noqa: S606  # nosec B606
