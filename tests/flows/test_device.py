"""A worker that uses a device other than the CPU: it proves the device first, and does the work in its own process."""

import shutil
import signal

import onnxruntime
import pytest

from poseweb.models import Job, Worker
from tests.flows.conftest import Process, assert_done_once, children, row, until
from tests.flows.conftest import Worker as WorkerProcess

S = Job.Status
SOLO = """
import django
from django.conf import settings
django.setup()
settings.CELERY_WORKER_POOL = "solo"  # as with a GPU, which is not at hand
from django.core.management import call_command
call_command("worker")
"""


@pytest.fixture
def solo(start):
    return lambda **variables: start(WorkerProcess, "-c", SOLO, **variables).says("ready.")


def test_a_gpu_that_is_not_there_is_refused_with_a_sentence(start):
    if shutil.which("nvidia-smi") and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("an NVIDIA GPU is at hand")
    worker = start(Process, "manage.py", "worker", POSEWEB_DEVICE="cuda")
    assert worker.ends() == 1
    assert "The GPU was asked for" in worker.log
    assert "Traceback" not in worker.log


def test_an_engine_that_cannot_use_the_device_is_refused(start):
    worker = start(Process, "manage.py", "worker", POSEWEB_DEVICE="cuda", POSEWEB_ENGINE="opencv")
    assert worker.ends() == 1
    assert "CommandError" in worker.log
    assert "Traceback" not in worker.log


def test_the_other_engine_does_the_work_and_says_so(start, submit, files):
    start(WorkerProcess, "manage.py", "worker", POSEWEB_ENGINE="opencv").says("ready.")
    job = submit()
    until(job, S.SUCCEEDED)
    assert assert_done_once(job, files).result.engine == "opencv"
    assert Worker.objects.get().engine == "opencv"


def test_one_process_does_it_all(solo, submit, files):
    worker = solo()
    job = submit()
    until(job, S.SUCCEEDED)
    assert children(worker.pid) == []
    assert_done_once(job, files)
    worker.send(signal.SIGTERM)
    assert worker.ends() == 0


def test_told_to_stop_it_ends_its_photo_first(solo, submit, files):
    worker = solo()
    job = submit(size=(3000, 2000))
    until(job, S.RUNNING)
    worker.send(signal.SIGTERM)
    assert worker.ends() == 0
    assert assert_done_once(job, files).attempt == 1


def test_told_to_stop_it_gives_back_what_takes_too_long(solo, submit, files):
    worker = solo(POSEWEB_STOP_SECONDS="0")
    job = submit(size=(5000, 4000))
    until(job, S.RUNNING)
    worker.send(signal.SIGTERM)
    worker.ends()
    waiting = row(job)
    assert (waiting.status, waiting.attempt, waiting.crashes) == (S.QUEUED, 1, 0)
    solo()
    until(job, S.SUCCEEDED)
    assert assert_done_once(job, files).attempt == 2
