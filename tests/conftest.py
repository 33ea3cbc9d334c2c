"""One data folder for the whole run: database, files and bell lie where a worker process with that folder finds them."""

import pytest
from django.conf import settings as django_settings


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    """POSEWEB_DATA of the processes that tests start."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(data_dir):
    """A file, not memory: other locks, and other processes can open it."""
    django_settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(data_dir / "db.sqlite3")


@pytest.fixture(autouse=True)
def own_bell_and_networks(settings, tmp_path):
    """No test rings the bell of another, or finds a network that this machine happens to have."""
    settings.BELL_DIR = tmp_path / "bell"
    settings.NETWORKS_DIR = tmp_path / "networks"
    settings.NETWORK = ""
