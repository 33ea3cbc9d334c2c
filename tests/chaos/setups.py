"""The two set-ups that chaos runs on, each as runs of pytest with that set-up in their environment."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.flows.conftest import free_port
from tests.production.servers import Redis

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 1800  # of one test; the rain takes a few minutes
# The kills, stops and doubled messages of tests/flows belong to the faults too; one is about the bell's folder.
FLOWS = ("tests/flows/test_kills.py", "tests/flows/test_worker.py", "tests/flows/test_clips.py")
OF_THE_BELL = "--deselect=tests/flows/test_worker.py::test_garbage_in_the_bell_takes_nobody_down"
EMBEDDED = {"POSEWEB_DATABASE_URL": "", "POSEWEB_BROKER_URL": ""}


def run_embedded(*options):
    return _pytest(options, EMBEDDED)


def run_on_production(postgresql, *options):
    """Tests of this folder: they start Redis themselves, on the port that is named here, to kill it."""
    return _pytest(options, _production(postgresql, f"redis://127.0.0.1:{free_port()}/0"))


def run_flows_on_production(postgresql):
    """They know nothing of Redis: one runs for all of them."""
    with tempfile.TemporaryDirectory() as folder:
        redis = Redis(Path(folder))
        try:
            return _pytest([*FLOWS, OF_THE_BELL], _production(postgresql, redis.url))
        finally:
            redis.stop()


def _production(postgresql, broker):
    return {"POSEWEB_DATABASE_URL": postgresql.url("test_chaos"), "POSEWEB_BROKER_URL": broker}


def _pytest(options, variables):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--timeout={LONGEST_SECONDS}", *options]
    environment = {**os.environ, **variables}
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
