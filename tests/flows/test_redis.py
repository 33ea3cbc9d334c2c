"""A real Redis as the bell: dead, frozen or forgetful, it neither fails nor slows an upload, nor loses a photo."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from poseweb.models import Job
from tests.flows.conftest import Process, Worker, free_port, photo, row, until, wait_for

S = Job.Status
pytestmark = pytest.mark.skipif(
    not shutil.which("redis-server"), reason="needs redis-server (Debian package redis-server)"
)

SUBMIT = """
import sys, time
import django
django.setup()
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from poseweb import services
owner = User.objects.get(username="alice")
data = sys.stdin.buffer.read()
for number in range(3):
    started = time.perf_counter()
    job = services.submit(owner, SimpleUploadedFile("photo.jpg", data + bytes([number]))).job
    print(job.pk, time.perf_counter() - started)
time.sleep(float(sys.argv[1]))  # a web server lives on, and its ringing thread with it
"""


class Redis:
    """A server on a port of its own that keeps nothing on disk."""

    def __init__(self, folder):
        self.port = free_port()
        self.folder = folder
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(lambda: self.ask("PING") == "PONG")

    def ask(self, *words):
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def send(self, number):
        os.kill(self.process.pid, number)

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis(tmp_path):
    redis = Redis(tmp_path)
    yield redis
    redis.stop()


@pytest.fixture
def upload(start, redis, submit):
    """Three photos from a web process that knows this Redis; their jobs, and how long each upload took."""

    def upload(*, linger=1.0, seed=0):
        process = start(Process, "-c", SUBMIT, str(linger), POSEWEB_BROKER_URL=redis.url)
        process.popen.communicate(photo(seed).read())
        lines = [line.split() for line in process.log.splitlines() if len(line.split()) == 2 and line.count("-") == 4]
        return [Job.objects.get(pk=pk) for pk, _ in lines], [float(seconds) for _, seconds in lines]

    return upload


@pytest.fixture
def worker(start, redis):
    return start(Worker, "manage.py", "worker", POSEWEB_BROKER_URL=redis.url).says("ready.")


def test_photos_go_through(worker, upload):
    jobs, _ = upload()
    assert len(jobs) == 3
    for job in jobs:
        assert until(job, S.SUCCEEDED).attempt == 1


def test_a_frozen_redis_slows_no_upload_and_loses_none(worker, upload, redis):
    until(upload()[0][0], S.SUCCEEDED)
    redis.send(signal.SIGSTOP)
    jobs, seconds = upload(linger=3.0, seed=1)
    assert len(jobs) == 3
    assert max(seconds) < 0.5
    redis.send(signal.SIGCONT)
    for job in jobs:
        until(job, S.SUCCEEDED)


def test_a_dead_redis_slows_no_upload_and_what_it_forgot_is_rung_for_again(worker, upload, redis):
    redis.stop()
    jobs, seconds = upload(linger=0.2)
    assert max(seconds) < 0.5
    time.sleep(1)
    assert {row(job).status for job in jobs} == {S.QUEUED}
    redis.start()
    for job in jobs:
        until(job, S.SUCCEEDED, seconds=40)


def test_a_flushed_redis_loses_nothing(start, upload, redis, files):
    jobs, _ = upload()
    assert redis.ask("LLEN", "celery") == "3"
    assert redis.ask("FLUSHALL") == "OK"
    start(Worker, "manage.py", "worker", POSEWEB_BROKER_URL=redis.url)
    for job in jobs:
        assert until(job, S.SUCCEEDED).attempt == 1
    assert len(files()) == 12
