"""One data folder for the whole run: the processes that tests start find database, files and bell there."""

import os

import pytest
from django.conf import settings as django_settings


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    """POSEWEB_DATA of the processes that tests start."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(data_dir):
    """A file, not memory: other locks, and other processes can open it.

    On PostgreSQL, processes find it under the name in their environment. The tests drop what they find there, so that
    has to be a name that only tests use; with another one, Django adds the word to it.
    """
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(data_dir / "db.sqlite3")
    elif database["NAME"].startswith("test_"):
        database.setdefault("TEST", {})["NAME"] = database["NAME"]


@pytest.fixture(autouse=True)
def own_bell_and_networks(settings, tmp_path):
    """No test rings the bell of another, or finds a network that this machine happens to have."""
    settings.BELL_DIR = tmp_path / "bell"
    settings.NETWORKS_DIR = tmp_path / "networks"
    settings.NETWORK = ""


def pytest_sessionfinish(session):
    """CI installs everything and allows no skip: what was not run was not tested. Only a GPU cannot be installed."""
    if not os.environ.get("POSEWEB_NO_SKIP"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = [report for report in reporter.stats.get("skipped", []) if not report.nodeid.startswith("tests/gpu")]
    if skipped:
        reporter.write_line(f"POSEWEB_NO_SKIP is set, and {len(skipped)} tests were skipped: that is a failure.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
