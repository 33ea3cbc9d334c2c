"""`manage.py announce`: wait until the application really answers, then print the address to open."""

import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from poseweb import addresses
from poseweb.accounts import access

PATIENCE_SECONDS = 60
STOP = "Stop it with Ctrl-C. Logs: {logs}"
FIRST = """
Nobody has an account yet. Make the first one here; it may do everything, also invite others:
    {link}
The link works once."""


class Command(BaseCommand):
    help = "Print the address of the application once it answers."
    requires_system_checks = ()

    def handle(self, *_: Any, **__: Any) -> None:
        local = f"http://localhost:{settings.PORT}"
        logs = settings.DATA_DIR / "logs"
        if not _answers(local):
            self.stdout.write(f"poseweb does not answer yet; {logs / 'web.log'} may say why.")
            return
        found = [f"http://{address}:{settings.PORT}" for address in addresses.local()] if settings.SERVE else []
        opened = found or [local]
        self.stdout.write(f"\nposeweb is ready: open {' or '.join(f'{address}/' for address in opened)}")
        if settings.SERVE and (invited := access.first_invitation()):
            self.stdout.write(FIRST.format(link=f"{opened[0]}{invited.path}"))
        self.stdout.write(STOP.format(logs=logs))


def _answers(address: str) -> bool:
    """Whether it does before long; the login page is an answer, too."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/login", timeout=5).close()  # noqa: S310 our own address  # nosec B310
        except OSError:  # also every HTTP error
            time.sleep(0.2)
        else:
            return True
    return False
