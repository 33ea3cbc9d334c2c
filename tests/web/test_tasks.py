"""How a job ends: in one of three ways, each without taking anything else down. The network is the built-in one."""

import errno
import io
import json
import os
import time
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.db.models.functions import Now
from PIL import Image

from poseweb import media, pipeline, services, tasks
from poseweb.models import Claim, Job, Network, Result
from tests.files import path_of, pictures_of
from tests.web.conftest import finish, photo, submit

S = Job.Status
pytestmark = pytest.mark.django_db(transaction=True)  # the lease's thread must see the rows


@pytest.fixture(autouse=True)
def only_the_sweep_rings(monkeypatch):
    monkeypatch.setattr(services, "ring_soon", lambda *_: None)


@pytest.fixture
def job(alice):
    return submit(alice)


def run(job):
    tasks.run_job(str(job.pk))
    return Job.objects.get(pk=job.pk)


def raising(error):
    def fault(*_args, **_kwargs):
        raise error

    return fault


def test_a_photo_succeeds(job):
    done = run(job)
    assert (done.status, done.attempt, done.error) == (S.SUCCEEDED, 1, "")
    assert (done.result.network, done.result.engine) == ("poseweb", "onnxruntime")
    assert path_of(done.result.annotated).exists()


def test_a_message_that_comes_twice_or_late_does_nothing(job):
    done = run(job)
    again = run(job)
    assert (again.status, again.attempt, again.finished_at) == (S.SUCCEEDED, 1, done.finished_at)
    done.delete()
    tasks.run_job(str(job.pk))


def test_a_photo_that_was_cut_short_has_failed_for_good(alice):
    data = photo(size=(600, 400)).read()
    job = services.submit(alice, SimpleUploadedFile("cut.jpg", data[: len(data) // 2])).job
    done = run(job)
    assert (done.status, done.error_code) == (S.FAILED, "truncated")
    assert "cut short" in done.error


def test_a_photo_whose_file_is_gone_has_failed(job):
    media.remove([job.upload.file])
    done = run(job)
    assert (done.status, done.error_code) == (S.FAILED, "file_missing")
    assert "Upload it again" in done.error


def test_an_upright_result_for_a_rotated_photo(alice):
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save(buffer, "JPEG", exif=exif)
    result = run(services.submit(alice, SimpleUploadedFile("turned.jpg", buffer.getvalue())).job).result
    assert (result.width, result.height) == (60, 80)


@pytest.mark.parametrize("damaged", [False, True])
def test_without_its_network_a_photo_waits_and_says_what_helps(job, settings, damaged):
    settings.NETWORK = "human-pose-estimation-0001"
    if damaged:
        settings.NETWORKS_DIR.mkdir()
        (settings.NETWORKS_DIR / "human-pose-estimation-0001.onnx").write_bytes(b"no network")
    waiting = run(job)
    assert (waiting.status, waiting.crashes) == (S.QUEUED, 0)
    assert "python -m estimator models install human-pose-estimation-0001" in waiting.waiting_reason
    assert waiting.ready_at > waiting.started_at
    settings.NETWORK = "poseweb"
    Job.objects.update(ready_at=None)
    assert run(job).status == S.SUCCEEDED


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"),
        (OperationalError("database is locked"), "database"),
    ],
)
def test_a_passing_fault_gives_the_photo_back_without_counting(job, monkeypatch, error, reason):
    with monkeypatch.context() as patched:
        patched.setattr(media, "write", raising(error))
        waiting = run(job)
    assert (waiting.status, waiting.attempt, waiting.crashes) == (S.QUEUED, 1, 0)
    assert reason in waiting.waiting_reason
    Job.objects.update(ready_at=None)
    assert run(job).status == S.SUCCEEDED


def test_the_back_off_grows_up_to_a_limit(job):
    waits = []
    for attempt in (1, 3, 50):
        Job.objects.update(status=S.RUNNING, attempt=attempt, lease_until=Now() + timedelta(seconds=9))
        tasks._release(Claim(job.pk, attempt), "Reason.")
        waits.append(Job.objects.get().ready_at.timestamp() - time.time())
    assert [round(wait) for wait in waits] == [2, 8, 30]


@pytest.mark.parametrize("error", [ZeroDivisionError("ours"), OSError(errno.EACCES, "Permission denied")])
def test_our_bug_is_logged_and_told_in_general_terms(job, monkeypatch, error):
    monkeypatch.setattr(pipeline, "run", raising(error))
    with pytest.raises(type(error)):
        run(job)
    done = Job.objects.get()
    assert (done.status, done.error_code) == (S.FAILED, "internal_error")
    assert str(error) not in done.error


@pytest.mark.parametrize(("where", "name"), [(pipeline, "run"), (tasks.logger, "info"), (tasks, "Lease")])
def test_a_stop_gives_the_photo_back_without_counting(job, monkeypatch, where, name):
    monkeypatch.setattr(where, name, raising(SystemExit(0)))
    with pytest.raises(SystemExit):
        run(job)
    waiting = Job.objects.get()
    assert (waiting.status, waiting.crashes) == (S.QUEUED, 0)
    assert "stopped" in waiting.waiting_reason


def slowly(step, meanwhile):
    """The same step, during which something happens and the lease has time to notice."""

    def slow(*args):
        meanwhile()
        time.sleep(0.8)
        return step(*args)

    return slow


def test_a_cancel_while_running_is_kept(job, monkeypatch, settings):
    settings.LEASE_SECONDS = 1
    monkeypatch.setattr(pipeline, "read_image", slowly(pipeline.read_image, lambda: services.cancel(job)))
    monkeypatch.setattr(pipeline.results, "save", raising(AssertionError("went on after the cancel")))
    assert run(job).status == S.CANCELLED
    assert not Result.objects.exists()


def test_a_photo_deleted_while_running_leaves_nothing(job, monkeypatch, settings):
    settings.LEASE_SECONDS = 1
    monkeypatch.setattr(pipeline, "read_image", slowly(pipeline.read_image, lambda: services.delete(job.upload)))
    tasks.run_job(str(job.pk))
    assert not Job.objects.exists()
    assert [file for file in path_of("").rglob("*") if file.is_file()] == []


def test_the_lease_is_renewed_while_the_work_goes_on(job, monkeypatch, settings):
    settings.LEASE_SECONDS = 1
    monkeypatch.setattr(pipeline, "read_image", slowly(slowly(pipeline.read_image, lambda: None), lambda: None))
    assert run(job).status == S.SUCCEEDED


def bell_of(settings):
    """The ids that were rung for, one a message."""
    files = sorted(settings.BELL_DIR.glob("[!.]*.msg"))
    headers = [json.loads(file.read_text())["headers"] for file in files]
    return [header["argsrepr"].strip("(',)") for header in headers]


def test_the_sweep_takes_jobs_from_dead_workers_and_rings_for_the_silent(alice, settings):
    dead, silent, busy, done = (submit(alice, seed=seed) for seed in range(4))
    for job in (dead, busy):
        Job.objects.claim(job.pk)
    finish(done)
    Job.objects.filter(pk=dead.pk).update(lease_until=Now() - timedelta(seconds=1))
    Job.objects.filter(pk=silent.pk).update(rung_at=Now() - timedelta(minutes=5))
    tasks.sweep()
    tasks.sweep()
    rows = {job.pk: job for job in Job.objects.all()}
    assert (rows[dead.pk].status, rows[dead.pk].crashes) == (S.QUEUED, 1)
    assert (rows[busy.pk].status, rows[busy.pk].crashes) == (S.RUNNING, 0)
    assert bell_of(settings) == [str(silent.pk)]
    Job.objects.filter(pk=dead.pk).update(ready_at=Now())
    tasks.sweep()
    assert bell_of(settings) == [str(silent.pk), str(dead.pk)]


def test_the_next_sweep_comes_when_something_is_due(job, settings):
    settings.SWEEP_SECONDS = 15
    assert tasks.sweep() == 15
    Job.objects.filter(pk=job.pk).update(ready_at=Now() + timedelta(seconds=5))
    assert 2 < tasks.sweep() <= 5
    Job.objects.filter(pk=job.pk).update(ready_at=Now() + timedelta(seconds=0.5))
    assert tasks.sweep() == 1


def test_the_sweep_is_bounded(alice, settings, monkeypatch):
    monkeypatch.setattr(tasks, "SWEEP_ROWS", 2)
    for seed in range(3):
        submit(alice, seed=seed)
    Job.objects.update(rung_at=None)
    tasks.sweep()
    assert len(bell_of(settings)) == 2
    tasks.sweep()
    assert len(bell_of(settings)) == 3


def test_a_dead_broker_is_asked_once_a_sweep(alice, settings, monkeypatch):
    for seed in range(3):
        submit(alice, seed=seed)
    Job.objects.update(rung_at=None)
    settings.BELL_DIR.write_text("a file where the bell's folder should be")
    asked = []
    ring = tasks.ring
    monkeypatch.setattr(tasks, "ring", lambda job_id, queue: asked.append(job_id) or ring(job_id, queue))
    tasks.sweep()
    assert len(asked) == 1
    assert Job.objects.filter(rung_at=None).count() == 3


def test_the_sweep_removes_what_nobody_knows(alice, monkeypatch):
    done = finish(submit(alice))
    names = {done.upload.file, *pictures_of(done.result)}
    orphan = media.result_name(done.pk, 7, "annotated")
    media.write(orphan, b"of an attempt that was killed")
    draft = media.receive([b"of an upload that broke off"])
    long_ago = time.time() - media.DRAFT_SECONDS - 1
    for path in (*map(path_of, names), path_of(orphan), draft.path):
        os.utime(path, (long_ago, long_ago))
    for shard in {orphan.split("/")[1], done.upload.file.split("/")[1]}:
        monkeypatch.setattr(media, "SHARDS", (shard,))
        tasks.sweep()
    assert {str(f.relative_to(path_of(""))) for f in path_of("").rglob("*") if f.is_file()} == names


def test_every_shard_has_its_turn(monkeypatch, settings):
    looked_after = set()
    monkeypatch.setattr(media, "remove_orphans", lambda shard, _known: looked_after.add(shard) or 0)
    for turn in range(256):
        monkeypatch.setattr(tasks.time, "time", lambda turn=turn: 1e9 + turn * settings.SWEEP_SECONDS)
        tasks._remove_leftovers()
    assert looked_after == set(media.SHARDS)


def test_the_sweep_announces_the_networks():
    tasks.sweep()
    assert Network.objects.get().name == "poseweb"
