"""A real worker process: photos go through, and what happens to messages does not matter."""

import json
import os
import signal
import statistics

from PIL import Image

from poseweb import services, tasks
from poseweb.models import Job, Network
from tests.files import path_of
from tests.flows.conftest import assert_done_once, row, until, wait_for

S = Job.Status


def test_a_photo_starts_within_half_a_second_and_succeeds(worker, submit, files):
    waits = []
    for seed in range(5):
        done = until(submit(seed), S.SUCCEEDED, S.FAILED)
        waits.append((done.started_at - done.created_at).total_seconds())
        assert (done.status, done.attempt, done.result.network) == (S.SUCCEEDED, 1, "poseweb")
    assert statistics.median(waits) < 0.5
    assert len(files()) == 20
    assert Network.objects.get().name == "poseweb"


def test_a_doubled_message_is_one_result(start_worker, submit, files, site):
    job = submit()
    for _ in range(5):
        assert tasks.ring(job.pk)
    start_worker()
    until(job, S.SUCCEEDED)
    wait_for(lambda: not list((site / "bell").iterdir()))
    assert assert_done_once(job, files).attempt == 1


def test_a_lost_message_is_rung_for_again(worker, submit, files, monkeypatch):
    monkeypatch.setattr(services, "ring_soon", lambda *_: None)
    job = submit()
    until(job, S.SUCCEEDED)
    assert assert_done_once(job, files).rings == 2


def test_garbage_in_the_bell_takes_nobody_down(worker, submit, site):
    info = {"exchange": "", "routing_key": "celery"}
    message = {
        "body": '[["no uuid"], {}, {}]',
        "headers": {"task": "poseweb.run_job", "id": "1"},
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "properties": {"delivery_tag": "1", "delivery_info": info},
    }
    odd = [
        message,
        *({name: value for name, value in message.items() if name != left_out} for left_out in message),
        *({**message, name: value} for name in message for value in (None, 7, "odd", [], {}, {"id": 1, "task": []})),
        {**message, "body": "{"},
        {**message, "headers": {"task": "no.such.task", "id": "1"}},
        {**message, "headers": {"task": "poseweb.run_job"}},
        {**message, "properties": {"delivery_tag": "1", "delivery_info": info, "body_encoding": "base64"}},
    ]
    files = [b"", json.dumps(message).encode()[:40], *(json.dumps(content).encode() for content in odd)]
    child = worker.child
    for number, content in enumerate(files):
        (site / "bell" / f"{number:03}.celery.msg").write_bytes(content)
    wait_for(lambda: not list((site / "bell").iterdir()))
    until(submit(), S.SUCCEEDED)
    assert worker.popen.poll() is None
    assert worker.child == child


def test_a_worker_told_to_stop_ends_its_photo_first(worker, submit, files):
    job = submit(size=(3000, 2000))
    until(job, S.RUNNING)
    worker.send(signal.SIGTERM)
    assert worker.ends() == 0
    assert assert_done_once(job, files).attempt == 1


def test_so_does_one_whose_pool_process_was_replaced(worker, submit, files):
    os.kill(worker.child, signal.SIGKILL)
    first = submit(seed=1)
    until(first, S.SUCCEEDED)
    services.delete(first.upload)
    job = submit(size=(3000, 2000))
    until(job, S.RUNNING)
    worker.send(signal.SIGTERM)
    assert worker.ends() == 0
    assert assert_done_once(job, files).attempt == 1


def test_a_worker_told_to_stop_gives_back_what_takes_too_long(start_worker, submit, files):
    worker = start_worker(POSEWEB_STOP_SECONDS="0")
    job = submit(size=(5000, 4000))
    until(job, S.RUNNING)
    worker.send(signal.SIGTERM)
    worker.ends()
    waiting = row(job)
    assert (waiting.status, waiting.attempt, waiting.crashes) == (S.QUEUED, 1, 0)
    start_worker()
    until(job, S.SUCCEEDED)
    assert assert_done_once(job, files).attempt == 2


def test_a_pool_process_told_to_stop_gives_its_photo_back(worker, submit, files):
    job = submit(size=(4000, 3000))
    child = worker.child
    until(job, S.RUNNING)
    os.kill(child, signal.SIGTERM)
    until(job, S.SUCCEEDED)
    done = assert_done_once(job, files)
    assert (done.attempt, done.crashes) == (2, 0)


def test_a_running_job_is_cancelled_within_seconds(worker, submit, files):
    job = submit(size=(5000, 4000))
    until(job, S.RUNNING)
    assert services.cancel(job)
    done = until(job, S.CANCELLED, S.SUCCEEDED)
    assert done.status == S.CANCELLED
    assert files() == {job.upload.file}


def test_a_map_is_drawn_by_the_worker(worker, submit):
    """A job of its own kind, under the same protocol; the picture is a real one of the real network."""
    job = until(submit(), S.SUCCEEDED)
    drawing = until(services.draw_map(job, "paf:neck-nose", 1, alone=True), S.SUCCEEDED)
    with Image.open(path_of(drawing.map_picture.picture)) as picture:
        assert picture.size == (job.result.width, job.result.height)
    assert drawing.map_picture.attempt == 1


def test_a_worker_steps_back_for_the_pages(worker):
    assert os.getpriority(os.PRIO_PROCESS, worker.child) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
