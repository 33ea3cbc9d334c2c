"""Tokens: made on the account page, shown once, kept as a digest, good for the API and nothing else."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from poseweb import tasks
from poseweb.api import tokens
from poseweb.models import ApiToken, Job, Upload
from tests.web.conftest import finish, photo, submit
from tests.web.test_api import refused

FORM = {"name": "The camera", "scope": "write", "days": "90"}


def make(client, **form):
    """A token as somebody makes it on the account page; its text."""
    page = client.post(reverse("make-token"), {**FORM, **form}).content.decode()
    return re.search(r">(poseweb_[^<]+)</textarea>", page)[1]


def program(secret, **headers):
    """A program that knows a token; browsers' protections hold for it as for anybody."""
    return Client(headers={"Authorization": f"Bearer {secret}", **headers}, enforce_csrf_checks=True)


def test_a_program_with_a_token_sends_a_photo_and_fetches_the_result(as_alice, alice):
    client = program(make(as_alice))
    answer = client.post("/api/v1/jobs", {"file": photo()})
    assert answer.status_code == 202
    job = finish(Job.objects.get(upload__owner=alice))
    assert client.get(reverse("api-poses", args=[job.pk])).json()["version"] == 1.3
    assert client.delete(reverse("api-photo", args=[job.upload_id])).status_code == 204
    assert not Upload.objects.exists()


def test_a_large_photo_comes_in_by_a_token_too(as_alice):
    """What is larger than a form is taken from those only who are signed in, before anything is read."""
    large = photo(size=(2400, 1800))
    assert large.size > 2 * 2**20
    assert program(make(as_alice)).post("/api/v1/jobs", {"file": large}).status_code == 202
    large.seek(0)
    assert refused(program("poseweb_guess").post("/api/v1/jobs", {"file": large}), 401, "bad_token")


def test_it_is_shown_once_and_not_kept(as_alice):
    secret = make(as_alice)
    page = as_alice.get(reverse("account")).content.decode()
    assert "The camera" in page
    assert secret[:14] in page
    assert secret not in page
    assert secret not in str(list(ApiToken.objects.values()))


def test_a_form_that_makes_no_sense_makes_none(as_alice):
    for wrong in ({"name": ""}, {"scope": "everything"}, {"days": "-1"}, {"name": "x" * 101}):
        assert as_alice.post(reverse("make-token"), {**FORM, **wrong}).status_code == 422
    assert not ApiToken.objects.exists()


def test_one_that_only_reads_changes_nothing(as_alice, alice):
    job = finish(submit(alice))
    client = program(make(as_alice, scope="read"))
    assert client.get(reverse("api-job", args=[job.pk])).status_code == 200
    assert client.head(reverse("api-job", args=[job.pk])).status_code == 200
    for ask in (
        lambda: client.post("/api/v1/jobs", {"file": photo(seed=1)}),
        lambda: client.post(reverse("api-again", args=[job.pk])),
        lambda: client.post(reverse("api-cancel", args=[job.pk])),
        lambda: client.delete(reverse("api-photo", args=[job.upload_id])),
    ):
        assert refused(ask(), 403, "read_only_token")
    assert Job.objects.count() == 1


def test_it_is_good_for_its_account_and_no_other(as_charlie, alice):
    job = finish(submit(alice))
    client = program(make(as_charlie))
    assert refused(client.get(reverse("api-job", args=[job.pk])), 404, "not_found")
    assert refused(client.delete(reverse("api-photo", args=[job.upload_id])), 404, "not_found")


def test_pages_do_not_know_it(as_alice):
    client = program(make(as_alice))
    for address in ("/", "/account", "/photos", "/admin/"):
        assert client.get(address).status_code == 302


def test_a_token_makes_no_tokens(as_alice):
    client = program(make(as_alice))
    assert client.post(reverse("make-token"), FORM).status_code in (302, 403)
    assert ApiToken.objects.count() == 1


def test_one_that_is_taken_back_is_worth_nothing(as_alice, as_charlie):
    client, token = program(make(as_alice)), ApiToken.objects.get()
    assert as_charlie.post(reverse("revoke-token", args=[token.pk])).status_code == 404
    assert client.get("/api/v1/jobs").status_code == 200
    as_alice.post(reverse("revoke-token", args=[token.pk]))
    answer = client.get("/api/v1/jobs")
    assert refused(answer, 401, "bad_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_one_that_is_too_old_is_worth_nothing_and_goes(as_alice):
    client = program(make(as_alice, days="30"))
    assert timedelta(days=29) < ApiToken.objects.get().expires_at - timezone.now() < timedelta(days=31)
    assert client.get("/api/v1/jobs").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refused(client.get("/api/v1/jobs"), 401, "bad_token")
    tasks.sweep()
    assert not ApiToken.objects.exists()


def test_one_without_an_end_stays(as_alice):
    client = program(make(as_alice, days=""))
    tasks.sweep()
    assert client.get("/api/v1/jobs").status_code == 200


def test_an_account_that_is_closed_has_no_tokens(as_alice, alice):
    client = program(make(as_alice))
    alice.is_active = False
    alice.save()
    assert refused(client.get("/api/v1/jobs"), 401, "bad_token")


@pytest.mark.parametrize("sent", ["Bearer", "Bearer ", "Bearer poseweb_guess", "bearer \xff", "Bearer a b", "BEARER x"])
def test_what_is_no_token_is_refused_even_beside_a_session(as_alice, sent):
    assert refused(as_alice.get("/api/v1/jobs", headers={"Authorization": sent}), 401, "bad_token")


def test_another_scheme_is_none_of_ours(as_alice, client):
    basic = {"Authorization": "Basic YWxpY2U6eA=="}
    assert as_alice.get("/api/v1/jobs", headers=basic).status_code == 200, "the session counts"
    assert refused(client.get("/api/v1/jobs", headers=basic), 401, "login_required")


def test_when_it_was_used_is_written_once_a_minute(as_alice, django_assert_num_queries):
    client = program(make(as_alice))
    assert ApiToken.objects.get().last_used_at is None
    client.get("/api/v1/networks")
    first = ApiToken.objects.get().last_used_at
    assert timezone.now() - first < timedelta(seconds=30)
    with django_assert_num_queries(2):  # token with its account, networks
        client.get("/api/v1/networks")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    client.get("/api/v1/networks")
    assert ApiToken.objects.get().last_used_at >= first


def test_limits_hold_for_programs(as_alice, settings):
    settings.JOBS_PER_HOUR = 1
    client = program(make(as_alice))
    answers = [client.post("/api/v1/jobs", {"file": photo(seed=seed)}) for seed in range(2)]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert int(answers[1].headers["Retry-After"]) > 0


def test_it_is_not_logged(as_alice, caplog, capfd):
    secret = make(as_alice)
    program(secret).get("/api/v1/nowhere")
    program(secret[:-1]).get("/api/v1/jobs")
    assert secret[:-1] not in caplog.text + "".join(capfd.readouterr())


def test_tokens_are_256_bits_of_chance(alice):
    secrets = {tokens.make(alice, "x", "read").secret for _ in range(3)}
    assert len(secrets) == 3
    assert all(len(secret) == len("poseweb_") + 43 for secret in secrets)
