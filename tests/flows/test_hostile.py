"""A real worker and hostile files: it reads, refuses, goes on; what eats memory or time dies alone, and is counted."""

import io
import os
import signal
import time

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from poseweb import services
from poseweb.errors import UploadRefused
from poseweb.models import Job
from tests.flows.conftest import until, wait_for
from tests.fuzz.hostile import bombs, broken_metadata, mutations, polyglots

S = Job.Status
SEED = 4
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # what Pillow has to say is for the log


def take(owner, data):
    """The job of a file that the check lets through; nothing for the others."""
    try:
        return services.submit(owner, SimpleUploadedFile("x.jpg", data)).job
    except UploadRefused:
        return None


def largest(mode):
    """64 megapixels of one colour: a small file, and as large a picture as is taken at all."""
    buffer = io.BytesIO()
    Image.new(mode, (8000, 8000), "grey").save(buffer, "PNG")
    return buffer.getvalue()


def test_hostile_files_take_no_worker_down(worker, submit):
    submit(seed=99)
    owner = User.objects.get()
    child = worker.child
    files = [*dict(mutations(60, SEED)).values(), *{**polyglots(), **bombs(), **broken_metadata()}.values()]
    jobs = [job for job in (take(owner, data) for data in files) if job]
    assert len(jobs) > 25
    wait_for(lambda: not Job.objects.filter(status__in=[S.QUEUED, S.RUNNING]).exists(), seconds=120)
    ends = set(Job.objects.values_list("status", "error_code"))
    assert ends <= {(S.SUCCEEDED, ""), *((S.FAILED, code) for code in ("truncated", "not_a_picture"))}
    assert (S.FAILED, "truncated") in ends
    assert not Job.objects.filter(crashes__gt=0).exists()
    assert worker.child == child
    until(submit(seed=100), S.SUCCEEDED)


def test_a_photo_that_eats_memory_dies_alone_and_is_counted(start_worker, submit):
    worker = start_worker(POSEWEB_JOB_MAX_MB="420", POSEWEB_CRASH_LIMIT="1", POSEWEB_THREADS="1")
    until(submit(seed=1), S.SUCCEEDED)
    job = take(User.objects.get(), largest("RGBA"))
    ended = until(job, S.SUCCEEDED, S.FAILED, seconds=60)
    assert (ended.status, ended.error_code, ended.crashes) == (S.FAILED, "worker_crashed", 1)
    assert "more than POSEWEB_JOB_MAX_MB" in worker.log
    until(submit(seed=2), S.SUCCEEDED)


def test_a_photo_that_takes_too_long_dies_alone_and_is_counted(start_worker, submit):
    """Frozen for longer than it may take, and then awake again: it has no time left, though its lease still stands."""
    worker = start_worker(POSEWEB_JOB_SECONDS="3", POSEWEB_CRASH_LIMIT="1", POSEWEB_LEASE_SECONDS="8")
    until(submit(seed=2), S.SUCCEEDED)
    job = take(User.objects.get(), largest("RGB"))
    child = worker.freeze_in_mid_photo(job)
    time.sleep(3.2)
    os.kill(child, signal.SIGCONT)
    ended = until(job, S.SUCCEEDED, S.FAILED, seconds=30)
    assert (ended.status, ended.error_code, ended.crashes) == (S.FAILED, "worker_crashed", 1)
    assert "takes longer than POSEWEB_JOB_SECONDS" in worker.log
    until(submit(seed=3), S.SUCCEEDED)
