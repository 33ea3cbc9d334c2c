"""One fault at a time, on the set-up that the environment names; tests/flows has the kills and the stops."""

import os
import random
import signal
import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from poseweb.models import Job, Upload
from tests.flows.conftest import alive, assert_done_once, children, photo, row, until, wait_for

S = Job.Status
BETTER = "human-pose-estimation-0001"


def test_nobody_outlives_a_killed_parent_by_five_seconds(build):
    stack = build()
    rng = random.Random(1)
    for what in ("worker", "parents"):
        stack.keep_up()
        before = stack.family()
        if what == "worker":
            victim = stack.workers()[0]
            below = children(victim)
            os.kill(victim, signal.SIGKILL)
        else:
            below = before
            for process in stack.processes.values():
                process.send(signal.SIGKILL)
        wait_for(lambda below=below: not any(map(alive, below)), 5)
    stack.kill("tree", rng)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_web_server_stops_in_mid_upload_and_the_photo_comes_again(build, number, files):
    stack = build()
    stack.keep_up()
    data = photo(size=(1500, 1500)).read()
    with half_an_upload(stack, data):
        time.sleep(0.5)  # it has begun to arrive
        for process in stack.processes.values():
            process.send(number)
        for process in stack.processes.values():
            process.ends(60)
    stack.keep_up()
    job = Job(stack.upload_until_taken(data))
    assert Upload.objects.count() == 1
    until(job, S.SUCCEEDED, seconds=60)
    assert_done_once(job, files)


@contextmanager
def half_an_upload(stack, data):
    """A connection on which half of a photo has been sent."""
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n'
    body = head.encode() + data + b"\r\n--b--\r\n"
    lines = ["POST /api/v1/jobs HTTP/1.1", "Host: localhost", "Content-Type: multipart/form-data; boundary=b"]
    lines += [f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in stack.headers.items())]
    with socket.create_connection(("localhost", stack.port)) as sender:
        sender.sendall("\r\n".join([*lines, "", ""]).encode() + body[: len(body) // 2])
        yield


@pytest.mark.parametrize("damage", ["missing", "corrupt", "empty"])
def test_a_network_that_cannot_be_loaded_gives_the_photo_back(broker, start_worker, submit, site, files, damage):
    if damage != "missing":
        (site / "networks").mkdir()
        (site / "networks" / f"{BETTER}.onnx").write_bytes(b"" if damage == "empty" else b"no network" * 1000)
    worker = start_worker(POSEWEB_NETWORK=BETTER)
    job = submit()
    waiting = wait_for(lambda: (now := row(job)).waiting_reason and now)
    assert f"models install {BETTER}" in waiting.waiting_reason
    assert (waiting.status, waiting.crashes) == (S.QUEUED, 0)
    worker.send(signal.SIGTERM)
    worker.ends()
    (site / "networks" / f"{BETTER}.onnx").unlink(missing_ok=True)
    start_worker()  # the operator has mended it
    done = until(job, S.SUCCEEDED, S.FAILED, seconds=60)
    assert (done.status, done.crashes) == (S.SUCCEEDED, 0)
    assert_done_once(job, files)


def test_a_locked_database_delays_and_loses_nothing(build, submit):
    stack = build(POSEWEB_LEASE_SECONDS="2", POSEWEB_SWEEP_SECONDS="0.5", POSEWEB_CRASH_LIMIT="100")
    stack.keep_up()
    jobs = [submit(seed) for seed in range(5)]
    until(jobs[0], S.RUNNING, S.SUCCEEDED)
    answers = []
    with locked():
        sender = threading.Thread(target=lambda: answers.append(stack.upload(photo(99).read())))
        sender.start()
        time.sleep(4)  # longer than a lease
    sender.join()
    assert answers[0].status == 202
    for job in [*jobs, Job(answers[0].body["id"])]:
        assert until(job, S.SUCCEEDED, S.FAILED, seconds=60).status == S.SUCCEEDED


@contextmanager
def locked():
    """Nobody else writes."""
    with transaction.atomic():  # on SQLite, that is all it takes
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE poseweb_job, poseweb_upload IN EXCLUSIVE MODE")
        yield


def test_a_clock_that_jumped_leaves_no_job_behind(broker, start_worker, submit):
    """As rows look after the clock went back a day: a lease, a back-off and a ring of tomorrow."""
    tomorrow = Now() + timedelta(days=1)
    leased, backing_off, rung = (submit(seed) for seed in range(3))
    broker.lose_everything()
    Job.objects.filter(pk=leased.pk).update(status=S.RUNNING, attempt=1, lease_until=tomorrow)
    Job.objects.filter(pk=backing_off.pk).update(ready_at=tomorrow, rung_at=None)
    Job.objects.filter(pk=rung.pk).update(rung_at=tomorrow)
    start_worker()
    for job in (leased, backing_off, rung):
        until(job, S.SUCCEEDED)
