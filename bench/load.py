"""What a busy worker costs those who wait and upload, and what the queue and the broker cost an upload.

    python -m bench.load [--rounds 6] [--seconds 8]

Starts web server and worker of `manage.py run` on a throwaway data folder and asks them over loopback. Idle and busy
take turns in one run: there is no worker for a few seconds, then one that works flat out on a queue, while one person
polls a job's status and another one uploads. Then 50 uploads of 5 MB at once, uploads behind an empty and a long queue,
and uploads with a broker that is gone. Prints a table; the last line is one JSON object.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import django
import numpy as np

FOLDER = tempfile.TemporaryDirectory()
ROOT = Path(__file__).parents[1]
os.environ |= {"DJANGO_SETTINGS_MODULE": "poseweb.settings", "POSEWEB_DATA": FOLDER.name}
os.environ |= {"POSEWEB_DATABASE_URL": "", "POSEWEB_BROKER_URL": "", "POSEWEB_MODEL_SOURCE": ""}
os.environ |= {"POSEWEB_JOBS_PER_HOUR": "0", "POSEWEB_QUICKSTART": "1"}
django.setup()

from tests.chaos.stacks import Stack  # noqa: E402
from tests.flows.conftest import Process, free_port, photo, wait_for  # noqa: E402

POLLS_EACH = 0.1  # seconds between two looks at a job's status, as eager as ten pages
UPLOADS_EACH = 0.4
HUGE = (2300, 1830)  # noise of that size is a JPEG of about 5 MB


def main() -> None:
    """All of it, in one run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=8, help="of each half of a round")
    asked = parser.parse_args()
    with running() as stack:
        figures = beside_a_worker(stack, asked.rounds, asked.seconds) | many_large_ones(stack) | long_queue(stack)
    with running(POSEWEB_BROKER_URL=f"redis://127.0.0.1:{free_port()}/0", start=("web",)) as stack:
        figures |= {"upload_ms_dead_broker": middle(uploads(stack, 30, first=50_000))}
    print(json.dumps(figures))


@contextmanager
def running(start: tuple[str, ...] = ("web", "worker"), **variables: str) -> Iterator[Stack]:
    """Web server and worker as the quick start has them, without its supervisor."""
    port = free_port()
    commands = {"web": ["-m", "gunicorn", "--config", "python:poseweb.gunicorn_conf", "poseweb.wsgi"]}
    commands["worker"] = ["manage.py", "worker"]
    with ExitStack() as processes:

        def begin(kind: type[Process], *command: str, **environment: str) -> Process:
            output = processes.enter_context((Path(FOLDER.name) / f"{time.monotonic_ns()}.log").open("wb"))
            popen = subprocess.Popen(
                [sys.executable, *command],
                env={**os.environ, **environment},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
            process = kind(popen, Path(output.name))
            processes.callback(process.kill_group)
            return process

        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, check=True)
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--verbosity=0", "--no-input"], cwd=ROOT, check=True
        )
        chosen = {name: commands[name] for name in start}
        stack = Stack(begin, chosen, {"PORT": str(port), **variables}, port)
        stack.start_missing()
        wait_for(lambda: stack.answers() and ("worker" not in start or stack.pool()), 60)
        yield stack


def beside_a_worker(stack: Stack, rounds: int, seconds: float) -> dict[str, float]:
    """Polling and uploading while there is no worker, and while it has more than enough to do."""
    waits: dict[tuple[str, bool], list[float]] = {
        (kind, busy): [] for kind in ("poll", "upload") for busy in (False, True)
    }
    job_id = stack.upload_until_taken(jpeg(0))
    uploads(stack, 20, first=1)
    number = 100
    for _ in range(rounds):
        for busy in (False, True):
            if busy:
                uploads(stack, 20, first=number + 1000)  # enough to do
                stack.start_missing()
                wait_for(stack.pool, 60)
            else:
                stop_worker(stack)
            polls, sent = both(stack, job_id, seconds, number)
            waits["poll", busy] += polls
            waits["upload", busy] += sent
            number += 10_000
    figures = {}
    for kind in ("poll", "upload"):
        idle, busy_ms = (p99(waits[kind, busy]) for busy in (False, True))
        count = len(waits[kind, True])
        print(f"{kind:8} p99 idle {idle:7.1f} ms, busy {busy_ms:7.1f} ms, × {busy_ms / idle:.2f} ({count} each)")
        figures |= {
            f"{kind}_p99_idle_ms": idle,
            f"{kind}_p99_busy_ms": busy_ms,
            f"{kind}_ratio": round(busy_ms / idle, 2),
        }
    return figures


def both(stack: Stack, job_id: str, seconds: float, first: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each poll and of each upload within so many seconds."""
    polls: list[float] = []
    over = threading.Event()

    def poll() -> None:
        while not over.wait(POLLS_EACH):
            polls.append(1000 * stack.status(job_id).seconds)

    poller = threading.Thread(target=poll)
    poller.start()
    sent, until, number = [], time.monotonic() + seconds, first
    while time.monotonic() < until:
        sent.append(1000 * stack.upload(jpeg(number)).seconds)
        number += 1
        time.sleep(UPLOADS_EACH)
    over.set()
    poller.join()
    return polls, sent


def stop_worker(stack: Stack) -> None:
    """Not by SIGSTOP: a process that is frozen in mid-write keeps SQLite locked for everybody."""
    stack.processes["worker"].send(signal.SIGTERM)
    stack.processes["worker"].ends(60)


def many_large_ones(stack: Stack) -> dict[str, float]:
    """50 × 5 MB at once; how many were not taken, and how long the last one took."""
    pictures = [jpeg(700_000 + number, HUGE) for number in range(50)]
    with ThreadPoolExecutor(50) as people:
        answers = list(people.map(lambda data: stack.upload(data, timeout=300), pictures))
    errors = sum(answer.status != 202 for answer in answers)
    megabytes, longest = len(pictures[0]) / 1e6, max(answer.seconds for answer in answers)
    print(f"50 uploads of {megabytes:.1f} MB at once: {errors} errors, the last one after {longest:.1f} s")
    return {"concurrent_errors": errors, "concurrent_longest_s": round(longest, 1)}


def long_queue(stack: Stack) -> dict[str, float]:
    """Uploads while there is no worker: behind few photos, and behind 2,000 more."""
    stop_worker(stack)
    short = middle(uploads(stack, 30, first=800_000))
    uploads(stack, 2000, first=810_000)
    long = middle(uploads(stack, 30, first=820_000))
    print(f"upload behind few {short:.1f} ms, behind 2,000 more {long:.1f} ms, × {long / short:.2f}")
    return {"upload_ms_short_queue": short, "upload_ms_long_queue": long, "queue_ratio": round(long / short, 2)}


def uploads(stack: Stack, count: int, *, first: int) -> list[float]:
    """Milliseconds of so many uploads, one after the other."""
    return [1000 * stack.upload(jpeg(first + number)).seconds for number in range(count)]


def jpeg(seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
    return photo(seed, size).read()


def p99(values: list[float]) -> float:
    return round(float(np.percentile(values, 99)), 1)


def middle(values: list[float]) -> float:
    return round(statistics.median(values), 1)


if __name__ == "__main__":
    main()
