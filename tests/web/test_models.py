"""Every transition of a job: when it happens, when it does not, and who is fenced off."""

import threading
import time
from datetime import timedelta
from math import inf

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from poseweb.models import Claim, Job
from tests.web.conftest import finish, submit

S = Job.Status


@pytest.fixture
def job(alice):
    return submit(alice)


@pytest.fixture
def claim(job):
    return Job.objects.claim(job.pk)


def change(job, **columns):
    """Put a row where only time, or a fault, would have brought it."""
    Job.objects.filter(pk=job.pk).update(**columns)
    job.refresh_from_db()
    return job


def row(job):
    return Job.objects.get(pk=job.pk)


def seconds_from_now(moment):
    """Of a time that the database wrote; its clock here is this machine's."""
    return moment.timestamp() - time.time()


def test_a_claim_starts_an_attempt_under_a_lease(job, settings):
    settings.LEASE_SECONDS = 30
    assert Job.objects.claim(job.pk) == Claim(job.pk, 1)
    job = row(job)
    assert (job.status, job.attempt) == (S.RUNNING, 1)
    assert 28 < seconds_from_now(job.lease_until) <= 30
    assert job.started_at


def test_only_one_claims(job, claim):
    assert Job.objects.claim(job.pk) is None
    assert row(job).attempt == 1


@pytest.mark.django_db(transaction=True)
def test_only_one_of_many_claims(alice):
    job = submit(alice)
    claims, start = [], threading.Barrier(8)

    def worker():
        start.wait()
        claims.append(Job.objects.claim(job.pk))
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claims, key=bool) == [None] * 7 + [Claim(job.pk, 1)]


@pytest.mark.parametrize("status", [S.SUCCEEDED, S.FAILED, S.CANCELLED])
def test_what_is_over_is_not_claimed(job, status):
    change(job, status=status)
    assert Job.objects.claim(job.pk) is None


def test_a_back_off_is_waited_for(job):
    change(job, ready_at=Now() + timedelta(seconds=5))
    assert Job.objects.claim(job.pk) is None
    change(job, ready_at=Now() - timedelta(seconds=5))
    assert Job.objects.claim(job.pk)
    assert row(job).ready_at is None


def test_renewing_moves_the_lease_on(job, claim):
    change(job, lease_until=Now() + timedelta(seconds=1))
    assert Job.objects.renew(claim)
    assert seconds_from_now(row(job).lease_until) > 15


def test_a_cancel_is_noticed(job, claim):
    assert Job.objects.wanted(claim)
    assert Job.objects.cancel(job.pk)
    assert not Job.objects.wanted(claim)


@pytest.mark.parametrize(
    "step",
    [
        Job.objects.renew,
        Job.objects.wanted,
        Job.objects.succeed,
        lambda claim: Job.objects.fail(claim, "code", "Sentence."),
        lambda claim: Job.objects.release(claim, "Reason.", wait_seconds=1),
        Job.objects.confirm_cancel,
    ],
)
def test_an_old_attempt_is_fenced_off(job, claim, step):
    assert Job.objects.release(claim, "", wait_seconds=0)
    newer = Job.objects.claim(job.pk)
    before = row(job)
    assert newer.attempt == 2
    assert not step(claim)
    assert {**vars(row(job)), "_state": None} == {**vars(before), "_state": None}


def test_the_ends(alice):
    ends = {
        S.SUCCEEDED: Job.objects.succeed,
        S.FAILED: lambda claim: Job.objects.fail(claim, "truncated", "It is cut short."),
    }
    for seed, (status, end) in enumerate(ends.items()):
        job = submit(alice, seed=seed)
        assert end(Job.objects.claim(job.pk))
        job = row(job)
        assert (job.status, job.lease_until, job.is_over) == (status, None, True)
        assert job.finished_at


def test_a_cancel_that_was_accepted_wins_over_success(job, claim):
    assert Job.objects.cancel(job.pk)
    assert not Job.objects.succeed(claim)
    assert Job.objects.confirm_cancel(claim)
    assert row(job).status == S.CANCELLED


def test_a_queued_job_is_cancelled_at_once(job):
    assert Job.objects.cancel(job.pk)
    assert row(job).status == S.CANCELLED
    assert not Job.objects.cancel(job.pk)


def test_a_release_counts_nothing_and_tells_why(job, claim):
    assert Job.objects.release(claim, "The disk is full.", wait_seconds=4)
    job = row(job)
    assert (job.status, job.attempt, job.crashes, job.waiting_reason) == (S.QUEUED, 1, 0, "The disk is full.")
    assert 2 < seconds_from_now(job.ready_at) <= 4
    assert job.rung_at is None


def test_requeue_starts_with_a_clean_slate_but_a_growing_attempt(job, claim):
    Job.objects.fail(claim, "internal_error", "Sorry.")
    change(job, crashes=3, cancel_requested=True)
    assert Job.objects.requeue(job.pk)
    assert not Job.objects.requeue(job.pk)
    job = row(job)
    assert (job.status, job.crashes, job.error_code, job.error, job.cancel_requested) == (S.QUEUED, 0, "", "", False)
    assert Job.objects.claim(job.pk) == Claim(job.pk, 2)


def test_a_success_is_not_requeued(alice):
    job = finish(submit(alice))
    assert not Job.objects.requeue(job.pk)


@pytest.mark.parametrize("offset", [-1, 3600])
def test_a_lease_that_ran_out_or_lies_absurdly_far_ahead_has_expired(job, claim, offset):
    assert not Job.objects.expired().exists()
    change(job, lease_until=Now() + timedelta(seconds=offset))
    assert Job.objects.expired().get() == job


def test_crashes_are_counted_up_to_the_limit(job, settings):
    settings.CRASH_LIMIT = 3
    for crashes in (1, 2, 3):
        change(job, ready_at=None)
        claim = Job.objects.claim(job.pk)
        assert not Job.objects.crashed(claim, crashes, "Too much.")  # the lease still holds
        change(job, lease_until=Now() - timedelta(seconds=1))
        assert Job.objects.crashed(claim, crashes, "Too much.")
        assert not Job.objects.crashed(claim, crashes, "Too much.")
        job = row(job)
        assert job.crashes == crashes
        assert job.status == (S.FAILED if crashes == 3 else S.QUEUED)
        assert job.status == S.FAILED or 2**crashes - 2 < seconds_from_now(job.ready_at) <= 2**crashes
    assert (job.error_code, job.error) == ("worker_crashed", "Too much.")


def test_a_back_off_is_bounded_however_often_a_job_crashed(job, claim, settings):
    settings.CRASH_LIMIT = 100
    change(job, lease_until=Now() - timedelta(seconds=1))
    assert Job.objects.crashed(claim, 50, "Too much.")
    assert 10 < seconds_from_now(row(job).ready_at) <= 16


def test_a_clock_that_went_back_silences_no_job(alice):
    waiting, rung = (submit(alice, seed=seed) for seed in range(2))
    change(waiting, rung_at=None, ready_at=Now() + timedelta(days=1))
    change(rung, rung_at=Now() + timedelta(days=1))
    assert list(Job.objects.unrung(30)) == [waiting, rung]
    assert Job.objects.claim(waiting.pk)


def test_what_is_due_next(alice):
    running, backing_off, waiting = (submit(alice, seed=seed) for seed in range(3))
    assert Job.objects.next_due() == inf
    change(waiting, ready_at=Now() - timedelta(seconds=5))  # in a long queue
    assert Job.objects.next_due() == inf
    change(running, status=S.RUNNING, lease_until=Now() + timedelta(seconds=9))
    assert 5 < Job.objects.next_due() <= 9
    change(backing_off, ready_at=Now() + timedelta(seconds=4))
    assert 1 < Job.objects.next_due() <= 4


def test_a_crash_of_a_job_that_should_stop_is_its_cancel(job, claim):
    Job.objects.cancel(job.pk)
    change(job, lease_until=Now() - timedelta(seconds=1))
    assert Job.objects.crashed(claim, 3, "Too much.")
    assert row(job).status == S.CANCELLED


def test_the_bell_is_rung_again_for_the_silent_and_the_forgotten(alice):
    never, long_ago, just_now, waiting, running = (submit(alice, seed=seed) for seed in range(5))
    change(never, rung_at=None)
    change(long_ago, rung_at=Now() - timedelta(seconds=31))
    change(just_now, rung_at=Now())
    change(waiting, rung_at=None, ready_at=Now() + timedelta(seconds=9))
    change(running, rung_at=None)
    Job.objects.claim(running.pk)
    assert list(Job.objects.unrung(30)) == [never, long_ago]
    Job.objects.rung([never.pk, long_ago.pk])
    assert not Job.objects.unrung(30).exists()


@pytest.mark.parametrize("columns", [{"status": S.RUNNING}, {"lease_until": Now()}])
def test_the_database_itself_refuses_a_lease_without_work_and_work_without_a_lease(job, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        change(job, **columns)
