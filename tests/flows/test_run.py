"""The quick start under its supervisor: killed again and again, stopped, started twice."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

from poseweb.management.commands.run import LOCK_DESCRIPTOR
from tests.flows.conftest import ROOT, Process, alive, children, free_port, photo, wait_for

KILLS = 10
BACK_SECONDS = 10


class Run(Process):
    """`manage.py run`, which becomes supervisord."""

    port = 0

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def programs(self):
        """Process ids of web server and workers with a process below each; nothing while one is on its way."""
        found = {}
        for pid in children(self.pid):
            command = Path(f"/proc/{pid}/cmdline").read_text() if alive(pid) else ""
            for name, words in (("web", "gunicorn"), ("worker", "django\0worker\0"), ("clips", "worker\0clips\0")):
                if words in command if name == "web" else command.endswith(words):
                    found[name] = pid
        return found if len(found) == 3 and all(map(children, found.values())) else None

    def answers(self):
        try:
            with urllib.request.urlopen(self.url, timeout=2) as response:
                return response.status == 200
        except OSError:
            return False

    def analyses(self, seed):
        """A photo sent as the README says, and its end."""
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n'
        body = head.encode() + photo(seed).read() + f"\r\n--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        sent = urllib.request.urlopen(urllib.request.Request(f"{self.url}/api/v1/jobs", body, kind), timeout=10)
        with sent:
            address = f"{self.url}/api/v1/jobs/{json.load(sent)['id']}"
        return wait_for(lambda: self._ended(address), seconds=20)

    def _ended(self, address):
        with urllib.request.urlopen(address, timeout=5) as response:
            job = json.load(response)
        return job["status"] if job["status"] in {"succeeded", "failed", "cancelled"} else None


@pytest.fixture
def run(start):
    return start_run(start, free_port())


def start_run(start, port, **variables):
    run = start(Run, "manage.py", "run", POSEWEB_QUICKSTART="1", PORT=str(port), POSEWEB_MODEL_SOURCE="", **variables)
    run.port = port
    return run


def all_of(run):
    """Every process under the supervisor."""
    found, fresh = [], [run.pid]
    while fresh:
        fresh = [child for pid in fresh for child in children(pid)]
        found += fresh
    return found


def test_web_and_worker_killed_in_turn_ten_times_come_back_within_ten_seconds_and_leave_nobody(run):
    run.says("poseweb is ready: open", 60)
    assert run.analyses(0) == "succeeded"
    for number in range(KILLS):
        programs = wait_for(run.programs)
        victim = programs[("web", "worker", "clips")[number % 3]]
        gone = [victim, *children(victim)]
        killed = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda gone=gone: not any(map(alive, gone)), BACK_SECONDS)
        wait_for(lambda: run.programs() and run.answers(), BACK_SECONDS)
        assert time.monotonic() - killed < BACK_SECONDS, f"kill {number}"
    assert run.analyses(1) == "succeeded"
    family = all_of(run)
    assert len(family) == 6  # web server and both workers, the one process of each, and nobody else
    run.send(signal.SIGINT)
    assert run.ends() == 0
    wait_for(lambda: not any(map(alive, family)))


def test_one_start_a_data_folder_and_nobody_outlives_a_killed_supervisor(run, start):
    run.says("poseweb is ready: open", 60)
    assert "built-in" in run.log
    assert "python -m estimator models install human-pose-estimation-0001" in run.log
    second = start_run(start, free_port())
    assert second.ends() == 1
    assert "already runs on" in second.log
    assert "Traceback" not in second.log
    family = all_of(run)
    run.send(signal.SIGKILL)
    run.ends()
    wait_for(lambda: not any(map(alive, family)), BACK_SECONDS)
    again = start_run(start, run.port).says("poseweb is ready: open", 60)
    assert again.analyses(2) == "succeeded"


@pytest.mark.parametrize("number", [LOCK_DESCRIPTOR, LOCK_DESCRIPTOR + 7])
def test_the_lock_outlives_the_start_of_the_supervisor_whatever_its_number(tmp_path, number):
    hand_over = f"""
import os, sys
from poseweb.management.commands.run import _hand_over
lock = os.open({str(tmp_path / "lock")!r}, os.O_RDWR | os.O_CREAT)
if lock != {number}:
    os.dup2(lock, {number}, inheritable=False)
_hand_over({number})
os.execv(sys.executable, [sys.executable, "-c", "import os; print(os.readlink('/proc/self/fd/{LOCK_DESCRIPTOR}'))"])
"""
    done = subprocess.run([sys.executable, "-c", hand_over], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "lock")


def test_a_port_that_is_taken_is_named(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = start_run(start, port := taken.getsockname()[1])
        assert run.ends() == 1
    assert f"Port {port} cannot be used" in run.log
    assert f"PORT={port + 1} make run" in run.log


def test_with_a_source_folder_the_better_network_is_installed(start, site):
    source = os.environ.get("POSEWEB_MODEL_SOURCE")
    if not source:
        pytest.skip("needs POSEWEB_MODEL_SOURCE, a folder with the published network files")
    run = start(Run, "manage.py", "prepare", POSEWEB_MODEL_SOURCE=source)
    assert run.ends(60) == 0
    assert (site / "networks" / "human-pose-estimation-0001.onnx").exists()


def test_only_make_run_may_run(start):
    run = start(Run, "manage.py", "run", POSEWEB_QUICKSTART="0")
    assert run.ends() == 1
    assert "make run" in run.log
