"""Chaos on the set-up that the environment names: PostgreSQL and Redis with their addresses there, else embedded.

`python -m tests.chaos` runs it whole, on both; `make test` runs a short version.
"""

import shutil
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client

from tests.chaos import observer, stacks
from tests.flows.conftest import files, free_port, site, start, start_worker, submit, worker
from tests.production.conftest import postgresql
from tests.production.servers import Redis, need

__all__ = ["files", "postgresql", "site", "start", "start_worker", "submit", "worker"]


@dataclass(frozen=True)
class Size:
    """How much of it; the short version's leases are those of tests/flows, the whole one's are the product's."""

    kills: int
    jobs: int
    seed: int
    lease_seconds: float
    sweep_seconds: float

    @property
    def variables(self):
        return {
            "POSEWEB_LEASE_SECONDS": str(self.lease_seconds),
            "POSEWEB_SWEEP_SECONDS": str(self.sweep_seconds),
            "POSEWEB_CRASH_LIMIT": "100",
        }


def pytest_addoption(parser):
    parser.addoption("--chaos-report", help="run all of it, and write what came of it to this file")
    parser.addoption("--chaos-seed", type=int, default=1)


@pytest.fixture
def report(request):
    """The file that waits for the figures; None in the short version."""
    return request.config.getoption("--chaos-report", None)


@pytest.fixture
def size(request, report):
    seed = request.config.getoption("--chaos-seed", 1)
    return Size(50, 150, seed, 20, 15) if report else Size(4, 12, seed, 2, 0.5)


class ForgetfulRedis(Redis):
    """Keeps nothing on disk: whoever kills it has lost every message. Its port is the one in the environment."""

    def __init__(self, folder, port):
        need("redis-server")
        self.folder, self.port = folder, port
        self.start()

    def command(self):
        return [
            "redis-server",
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
            "--save",
            "",
        ]

    def go_away(self):
        self.kill()

    def come_back(self):
        self.start()

    def lose_everything(self):
        self.kill()
        self.start()


class Bell:
    """The embedded broker, a folder."""

    def __init__(self, folder):
        self.folder = folder

    def go_away(self):
        """Nothing can be put into a file."""
        shutil.rmtree(self.folder)
        self.folder.touch()

    def come_back(self):
        self.folder.unlink()

    def lose_everything(self):
        for message in self.folder.glob("*"):
            message.unlink(missing_ok=True)


@pytest.fixture
def broker(site, tmp_path):
    """The bell of this set-up, which can lose everything."""
    if not django_settings.BROKER_URL:
        yield Bell(site / "bell")
        return
    server = ForgetfulRedis(tmp_path, urlsplit(django_settings.BROKER_URL).port)
    yield server
    server.kill()


@pytest.fixture
def watched(site):
    """The database writes down what happens to jobs."""
    observer.watch()
    yield
    observer.look_away()


@pytest.fixture
def session_key(site):
    """Of somebody who is signed in."""
    client = Client()
    client.force_login(User.objects.create_user("charlie"))
    return client.cookies["poseweb"].value


@pytest.fixture
def build(start, broker, session_key):
    """The set-up, not running yet."""

    def build(**variables):
        variables = {"POSEWEB_SECRET_KEY": django_settings.SECRET_KEY, **variables}
        if django_settings.BROKER_URL:
            return stacks.production(start, free_port(), session_key, **variables)
        return stacks.embedded(start, free_port(), **variables)

    return build
