"""`Idempotency-Key`: sending a photo again because no answer came is not another photo."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from poseweb import services, tasks
from poseweb.api import idempotency
from poseweb.models import IdempotencyKey, Job, Tally, Upload
from poseweb.wishes import Wishes
from tests.web.conftest import finish, photo
from tests.web.test_api import refused


def send(client, key="first", seed=0, **fields):
    return client.post("/api/v1/jobs", {"file": photo(seed=seed), **fields}, headers={"Idempotency-Key": key})


def test_the_same_again_is_the_same_answer_and_counts_once(as_alice, settings):
    settings.JOBS_PER_HOUR = 1
    answers = [send(as_alice) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert answers[0].json()["duplicate"] is False
    assert Job.objects.count() == 1
    assert Tally.objects.get().count == 1


def test_the_job_of_the_answer_goes_on(as_alice):
    send(as_alice)
    finish(Job.objects.get())
    again = send(as_alice).json()
    assert (again["status"], again["duplicate"]) == ("succeeded", False)


@pytest.mark.parametrize("other", [{"seed": 1}, {"single": "true"}, {"resolution": "-1x256"}])
def test_something_else_under_the_same_key_is_a_mistake(as_alice, other):
    send(as_alice)
    assert refused(send(as_alice, **other), 409, "key_reused")
    assert Job.objects.count() == Upload.objects.count() == 1


def test_everybody_has_keys_of_their_own(as_alice, as_charlie):
    ids = {send(client, seed=seed).json()["id"] for seed, client in enumerate((as_alice, as_charlie))}
    assert len(ids) == 2


def test_another_key_for_the_same_photo_says_duplicate(as_alice):
    first, second = send(as_alice, "one").json(), send(as_alice, "two").json()
    assert first["id"] == second["id"]
    assert (first["duplicate"], second["duplicate"]) == (False, True)
    assert send(as_alice, "two").json()["duplicate"] is True


def test_a_refusal_keeps_no_key(as_alice, networks):
    assert refused(send(as_alice, network="none-such"), 422, "unknown_network")
    assert not IdempotencyKey.objects.exists()
    assert send(as_alice).status_code == 202


def test_a_first_time_that_was_cut_off_ends_the_second_time(as_alice, monkeypatch):
    """The key was written down, and then the web process died."""
    submit = services.submit
    monkeypatch.setattr(services, "submit", lambda *_: (_ for _ in ()).throw(SystemError("killed")))
    with pytest.raises(SystemError):
        send(as_alice)
    monkeypatch.setattr(services, "submit", submit)
    assert send(as_alice).status_code == 202
    assert IdempotencyKey.objects.get().job == Job.objects.get()


def test_a_photo_that_was_deleted_is_sent_anew(as_alice):
    send(as_alice)
    services.delete(Upload.objects.get())
    assert send(as_alice).json()["duplicate"] is False
    assert Job.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none(as_alice, key):
    assert refused(send(as_alice, key), 400, "bad_key")


def test_a_key_is_forgotten_after_a_day(as_alice):
    send(as_alice)
    tasks.sweep()
    assert IdempotencyKey.objects.exists()
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    tasks.sweep()
    assert not IdempotencyKey.objects.exists()
    assert send(as_alice, seed=1).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_all_get_one_answer(alice):
    answers = []

    def ask():
        try:
            answers.append(idempotency.submit_once(alice, "key", photo(), Wishes()))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert len({(answer.job.pk, answer.duplicate) for answer in answers}) == 1
    assert Job.objects.count() == 1


def test_who_succeeds_while_the_other_one_is_refused_has_the_answer(alice, monkeypatch):
    submit = services.submit

    def meanwhile(*args):
        submission = submit(*args)
        IdempotencyKey.objects.all().delete()  # as the one that was refused does
        return submission

    monkeypatch.setattr(services, "submit", meanwhile)
    assert idempotency.submit_once(alice, "key", photo(), Wishes()).job == Job.objects.get()
