"""`python -m tests.chaos`: every fault, on both set-ups. The last line is one JSON object with what came of it.

Needs what `.ci/run` installs: Debian's postgresql and redis-server. Disk faults need root, for a small tmpfs.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poseweb.settings")
django.setup()  # the tests' fixtures know rows

from tests.chaos.setups import FLOWS, run_embedded, run_flows_on_production, run_on_production  # noqa: E402
from tests.production.servers import PostgreSql  # noqa: E402

WHOLE = ("tests/chaos", "--ignore=tests/chaos/test_production.py")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="of what is killed, and when")
    seed = parser.parse_args().seed
    print(f"{os.cpu_count()} cores, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        reports = {name: Path(folder) / name for name in ("embedded", "production")}
        failed = [shown(done).returncode for done in runs(reports, seed)]
        figures = {name: json.loads(file.read_text()) if file.exists() else {} for name, file in reports.items()}
    print(json.dumps(figures))
    sys.exit(any(failed))


def runs(reports, seed):
    """One finished run of pytest after the other; those that rain kills write their figures to the reports."""
    options = {name: (*WHOLE, f"--chaos-report={file}", f"--chaos-seed={seed}") for name, file in reports.items()}
    yield run_embedded(*options["embedded"], *FLOWS)
    postgresql = PostgreSql()
    try:
        yield run_on_production(postgresql, *options["production"])
        yield run_flows_on_production(postgresql)
    finally:
        postgresql.remove()


def shown(done):
    print(done.stdout + done.stderr, flush=True)
    return done


if __name__ == "__main__":
    main()
