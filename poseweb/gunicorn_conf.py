"""How the quick start's web server runs: on this machine only, and no longer than its supervisor."""

from typing import Any

from celery.platforms import set_pdeathsig
from django.conf import settings

bind = f"127.0.0.1:{settings.PORT}"
worker_class = "gthread"
workers = 1
threads = 8
graceful_timeout = 5  # seconds for requests under way when told to stop
control_socket_disable = True  # its default path is the same for every copy


def on_starting(_: Any) -> None:
    """Gunicorn's workers look after their parent themselves; this is the parent."""
    set_pdeathsig("SIGKILL")
