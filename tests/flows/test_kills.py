"""kill -9, a frozen worker and a photo that kills: the job ends once, whatever happens to those who work on it."""

import os
import signal
import time

from poseweb.models import Job, Result
from tests.files import pictures_of
from tests.flows.conftest import LEASE_SECONDS, alive, assert_done_once, row, until, wait_for

S = Job.Status


def test_the_pool_process_is_killed_in_mid_photo(worker, submit, files):
    job = submit()
    os.kill(worker.freeze_in_mid_photo(job), signal.SIGKILL)
    until(job, S.SUCCEEDED, S.FAILED)
    done = assert_done_once(job, files)
    assert (done.attempt, done.crashes) == (2, 1)


def test_an_idle_pool_process_is_killed(worker, submit, files):
    for seed in range(3):
        child = worker.child
        os.kill(child, signal.SIGKILL)
        job = submit(seed)
        assert until(job, S.SUCCEEDED, seconds=10).attempt == 1
        wait_for(lambda child=child: worker.child != child)


def test_the_whole_worker_is_killed_in_mid_photo(worker, start_worker, submit, files):
    job = submit()
    child = worker.freeze_in_mid_photo(job)
    worker.send(signal.SIGKILL)
    worker.ends()
    wait_for(lambda: not alive(child))  # a pool process does not outlive its worker
    start_worker()
    until(job, S.SUCCEEDED, S.FAILED)
    done = assert_done_once(job, files)
    assert (done.attempt, done.crashes) == (2, 1)


def test_a_frozen_worker_that_wakes_up_changes_nothing(worker, start_worker, submit, files):
    job = submit()
    frozen = worker.freeze_in_mid_photo(job)
    worker.send(signal.SIGSTOP)
    start_worker()
    until(job, S.SUCCEEDED, S.FAILED)
    done = assert_done_once(job, files)
    assert done.result.attempt == 2
    os.kill(frozen, signal.SIGCONT)
    worker.send(signal.SIGCONT)
    worker.says("run_job", 5)
    time.sleep(3 * LEASE_SECONDS)  # the old attempt comes to its end
    assert vars(assert_done_once(job, files).result).items() >= {"id": done.result.id, "attempt": 2}.items()
    assert Result.objects.count() == 1


def test_many_photos_while_pool_and_worker_are_killed_again_and_again(start_worker, submit, files):
    worker = start_worker(POSEWEB_CRASH_LIMIT="50")
    jobs = [submit(seed) for seed in range(20)]
    for kill in range(6):
        os.kill(worker.child, signal.SIGKILL)
        if kill % 3 == 2:
            worker.kill_group()
            worker = start_worker(POSEWEB_CRASH_LIMIT="50")
        time.sleep(0.7)
    for job in jobs:
        until(job, S.SUCCEEDED, S.FAILED, seconds=60)
    done = [row(job) for job in jobs]
    assert {job.status for job in done} == {S.SUCCEEDED}
    assert Result.objects.count() == 20
    assert files() >= {name for job in done for name in (job.upload.file, *pictures_of(job.result))}


def test_a_photo_that_kills_every_worker_has_failed(worker, submit, files):
    job, kills = submit(), 0
    while row(job).status not in {S.FAILED, S.SUCCEEDED}:
        child = worker.child
        if until(job, S.RUNNING, S.FAILED).status == S.RUNNING:
            os.kill(child, signal.SIGKILL)
            kills += 1
            until(job, S.QUEUED, S.FAILED)
    done = row(job)
    assert (done.status, done.error_code, done.crashes, kills) == (S.FAILED, "worker_crashed", 3, 3)
    assert files() == {job.upload.file}
    other = submit(seed=1)
    until(other, S.SUCCEEDED)  # the others of the batch go on
