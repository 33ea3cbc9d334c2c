"""The job protocol's own tests once more, on PostgreSQL: the same statements have to mean the same there."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [f"tests/web/test_{name}.py" for name in ("models", "services", "tasks", "results", "maps")]


def test_the_protocol_holds_on_postgresql(postgresql):
    environment = {**os.environ, "POSEWEB_DATABASE_URL": postgresql.url("test_protocol")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FILES]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert " skipped" not in done.stdout
