"""What the doctor looks at beyond health.py: the things that can be wrong with an installation."""

import shutil
from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import KombuError

from estimator import NetworkError
from poseweb import inference
from poseweb.celery import app
from poseweb.operations import health
from poseweb.operations.health import Finding

LEAST_FREE = 2**30  # bytes
PRODUCTION = (
    "look up POSEWEB_ALLOWED_HOSTS and its neighbours in docs/settings.md; "
    "of what `make run` started, ask with POSEWEB_QUICKSTART=1 before this command"
)


def configuration() -> Finding:
    """Django's own checks, those for production included where this is no quick start."""
    found = checks.run_checks(include_deployment_checks=not (settings.QUICKSTART or settings.DEBUG))
    serious = [each for each in found if each.level >= checks.WARNING and not each.is_silenced()]
    if serious:
        words = " ".join(f"{each.msg} ({each.id})" for each in serious)
        return Finding("configuration", words, PRODUCTION)
    return Finding("configuration", "The settings fit together.")


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        return Finding(
            "migrations", f"The database lacks {missing} migrations.", f"{settings.PYTHON} manage.py migrate"
        )
    return Finding("migrations", "The database has every table.")


def accounts() -> Finding:
    if settings.QUICKSTART or get_user_model().objects.filter(is_active=True, is_superuser=True).exists():
        return Finding("accounts", "Somebody can administrate the site.")
    return Finding("accounts", "Nobody can administrate the site yet.", f"{settings.PYTHON} manage.py createsuperuser")


def static() -> Finding:
    if settings.DEBUG or (settings.STATIC_ROOT / "admin").is_dir():
        return Finding("static", "The static files are in place.")
    mend = "python manage.py collectstatic --noinput"
    return Finding("static", "The static files are missing: pages have no style.", mend)


def disk() -> Finding:
    free = shutil.disk_usage(settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR).free
    sentence = f"{free / 2**30:.1f} GiB are free for {settings.DATA_DIR}."
    return Finding("disk", sentence, "" if free >= LEAST_FREE else f"du -sh {settings.DATA_DIR}/*")


def broker() -> Finding:
    """Whether the bell can be rung; without it photos are only found by the sweep, which takes longer."""
    if not settings.BROKER_URL:
        return Finding("broker", "The bell is a folder: web and worker have to be on one machine.")
    bell = app.connection_for_write(settings.BROKER_URL, transport_options={"socket_timeout": 2})
    try:
        with bell:
            bell.ensure_connection(max_retries=1, timeout=2)
            bell.default_channel.client.ping()
    except (KombuError, OSError, *bell.connection_errors) as error:
        sentence = f"The broker does not answer ({type(error).__name__}): photos are found late, and none is lost."
        return Finding("broker", sentence, "start Redis, and look at POSEWEB_BROKER_URL")
    return Finding("broker", "The broker answers.")


def installed() -> Finding:
    """The network files of this machine, and whether the device in the settings runs one."""
    mend = f"{settings.PYTHON} -m estimator models verify"
    try:
        names = [entry.name for entry in inference.installed_networks()]
        inference.verify()
    except NetworkError as error:
        return Finding("installed", error.user_message, mend)
    sentence = f"This machine has {', '.join(names)}, and runs them with {settings.ENGINE} on {settings.DEVICE}."
    return Finding("installed", sentence)


PARTS: Mapping[str, Callable[[], Finding]] = MappingProxyType(
    {
        "configuration": configuration,
        "database": health.database,
        "migrations": migrations,
        "accounts": accounts,
        "static": static,
        "storage": health.storage,
        "disk": disk,
        "broker": broker,
        "installed": installed,
        "worker": health.worker,
        "clips": health.clips,
        "network": health.network,
        "queue": health.queue,
    }
)
