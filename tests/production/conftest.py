"""The production set-up's servers, one of each for all tests here."""

import pytest

from tests.production.servers import PostgreSql, Redis


@pytest.fixture(scope="session")
def postgresql():
    server = PostgreSql()
    yield server
    server.remove()


@pytest.fixture
def redis(tmp_path):
    folder = tmp_path / "redis"
    folder.mkdir()
    server = Redis(folder)
    yield server
    server.stop()
