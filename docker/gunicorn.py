"""How gunicorn runs behind nginx (nginx.conf): a few processes, for a request mostly waits for database and disk."""

from django.conf import settings

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = 2
threads = 16  # nginx hands on bodies as they come, so a slow sender keeps one of them
worker_tmp_dir = "/dev/shm"  # noqa: S108 a heartbeat that no slow disk can delay
graceful_timeout = 20  # seconds for requests under way when told to stop
control_socket_disable = True
logconfig_dict = settings.LOGGING | {"loggers": {"gunicorn.error": {"level": settings.LOG_LEVEL, "propagate": True}}}
