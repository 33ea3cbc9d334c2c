"""Real processes on the data folder of this run: the tests look at the same rows, files and bell."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from poseweb import services
from poseweb.models import Job
from tests.files import pictures_of

ROOT = Path(__file__).parents[2]
LEASE_SECONDS, SWEEP_SECONDS = 1, 0.5


def wait_for(happened, seconds=20, *, every=0.05):
    """What `happened` answers, as soon as it is true; the test fails where it never is."""
    deadline = time.monotonic() + seconds
    while not (answer := happened()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(every)
    return answer


def children(pid):
    """Process ids of a process's children, whichever of its threads made them."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # gone meanwhile
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return sorted(found)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def photo(seed=0, size=(320, 240)):
    """A picture of noise; another seed is another file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95)
    return SimpleUploadedFile("photo.jpg", buffer.getvalue())


def row(job):
    return Job.objects.select_related("result").get(pk=job.pk)


def until(job, *statuses, seconds=30):
    """The job's row, once it has one of these states."""
    return wait_for(lambda: (now := row(job)) and now.status in statuses and now, seconds, every=0.003)


@dataclass
class Process:
    """A process group that a test started; its output goes to a file."""

    popen: subprocess.Popen
    output: Path

    @property
    def pid(self):
        return self.popen.pid

    @property
    def log(self):
        return self.output.read_text(errors="replace")

    def says(self, words, seconds=30):
        wait_for(lambda: words in self.log, seconds)
        return self

    def send(self, number):
        self.popen.send_signal(number)

    def ends(self, seconds=60):
        return self.popen.wait(seconds)

    def kill_group(self):
        """Whatever is left of it, frozen or not."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.stdin.close()
        self.popen.wait()


class Worker(Process):
    @property
    def child(self):
        """The pool's process that does the work."""
        return wait_for(lambda: children(self.pid))[0]

    def freeze_in_mid_photo(self, job):
        """Stop the pool's process while it works on this job; its id."""
        child = self.child
        until(job, Job.Status.RUNNING)
        os.kill(child, signal.SIGSTOP)
        assert row(job).status == Job.Status.RUNNING, "the photo was too quick to be caught"
        return child


@pytest.fixture
def site(transactional_db, settings, data_dir):
    """The data folder that the test shares with the processes it starts; clean again afterwards."""
    settings.MEDIA_ROOT = data_dir / "media"
    settings.BELL_DIR = data_dir / "bell"
    settings.NETWORKS_DIR = data_dir / "networks"
    settings.LEASE_SECONDS, settings.SWEEP_SECONDS = LEASE_SECONDS, SWEEP_SECONDS
    settings.BELL_DIR.mkdir()
    yield data_dir
    for folder in ("media", "bell", "networks"):
        shutil.rmtree(data_dir / folder, ignore_errors=True)


@pytest.fixture
def start(site, tmp_path):
    """Start `python …` on the shared data folder; killed with all it started when the test is over."""
    started = []

    def start(kind, *command, **variables):
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "poseweb.settings",
            "POSEWEB_DATA": str(site),
            "POSEWEB_LEASE_SECONDS": str(LEASE_SECONDS),
            "POSEWEB_SWEEP_SECONDS": str(SWEEP_SECONDS),
            **variables,
        }
        output = tmp_path / f"process{len(started)}.log"
        with output.open("wb") as stream:
            popen = subprocess.Popen(
                [sys.executable, *command],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(kind(popen, output))
        return started[-1]

    yield start
    for process in started:
        process.kill_group()


@pytest.fixture
def start_worker(start):
    def start_worker(**variables):
        return start(Worker, "manage.py", "worker", **variables).says("ready.")

    return start_worker


@pytest.fixture
def worker(start_worker):
    return start_worker()


@pytest.fixture
def submit(site):
    """Submit a new photo; its job."""
    owner = User.objects.create_user("alice")
    return lambda seed=0, size=(320, 240): services.submit(owner, photo(seed, size)).job


@pytest.fixture
def files(site):
    """Names of all files under media."""
    return lambda: {str(file.relative_to(site / "media")) for file in (site / "media").rglob("*") if file.is_file()}


def assert_done_once(job, files):
    """One result, its files, the upload's file, and nothing else."""
    done = row(job)
    assert done.status == Job.Status.SUCCEEDED, done.error
    assert files() == {done.upload.file, *pictures_of(done.result)}
    assert done.result.attempt == done.attempt
    return done
