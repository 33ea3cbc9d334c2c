"""`manage.py announce`: wait until the quick start really answers, then print the address to open."""

import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

PATIENCE_SECONDS = 60


class Command(BaseCommand):
    help = "Print the address of the quick start once it answers."
    requires_system_checks = ()

    def handle(self, *_: Any, **__: Any) -> None:
        address = f"http://localhost:{settings.PORT}/"
        if _answers(address):
            self.stdout.write(
                f"\nposeweb is ready: open {address}\nStop it with Ctrl-C. Logs: {settings.DATA_DIR / 'logs'}"
            )
        else:
            self.stdout.write(f"poseweb does not answer yet; {settings.DATA_DIR / 'logs' / 'web.log'} may say why.")


def _answers(address: str) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 our own address
        except OSError:  # also every HTTP error
            time.sleep(0.2)
        else:
            return True
    return False
