"""How `manage.py run` runs its web server: for this machine, or for its network, and no longer than its supervisor."""

from typing import Any

from celery.platforms import set_pdeathsig
from django.conf import settings

bind = f"{settings.BIND}:{settings.PORT}"
worker_class = "gthread"
workers = 1
threads = 16 if settings.SERVE else 8
graceful_timeout = 5  # seconds for requests under way when told to stop
control_socket_disable = True  # its default path is the same for every copy


def on_starting(_: Any) -> None:
    """Gunicorn's workers look after their parent themselves; this is the parent."""
    set_pdeathsig("SIGKILL")
