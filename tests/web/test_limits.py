"""Rates and quotas: what is refused, with which words and codes, and that counting is exact."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from poseweb import services
from poseweb.accounts import limits
from poseweb.errors import RateLimited, UploadRefused
from poseweb.models import Job, Tally, Upload
from tests.web.conftest import finish, photo, submit


@pytest.fixture
def two_an_hour(settings):
    settings.JOBS_PER_HOUR = 2


def test_a_third_photo_waits_and_the_answer_says_how_long(two_an_hour, as_alice):
    answers = [as_alice.post("/api/v1/jobs", {"file": photo(seed=i)}) for i in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2].json()["error_code"] == "rate_limited"
    assert 0 < int(answers[2].headers["Retry-After"]) <= limits.HOUR
    assert Upload.objects.count() == 2


def test_a_form_says_it_file_by_file(two_an_hour, as_alice):
    answer = as_alice.post("/", {"file": [photo(f"{i}.jpg", seed=i) for i in range(4)]})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= limits.HOUR
    page = answer.content.decode()
    assert page.count("You asked for 2 photos within an hour") == 2
    assert set(Upload.objects.values_list("name", flat=True)) == {"0.jpg", "1.jpg"}


def test_running_again_counts(two_an_hour, as_alice, alice):
    job = finish(submit(alice))
    addresses = [reverse("run-again", args=[job.pk])] * 2
    assert [as_alice.post(address).status_code for address in addresses] == [302, 429]
    assert Job.objects.count() == 2


def test_drawing_maps_counts_and_a_drawn_one_does_not(two_an_hour, as_alice, alice):
    job = finish(submit(alice))
    address = reverse("draw-map", args=[job.pk])
    form = {"view": "confidence:r_elbow", "stage": "1"}
    codes = [as_alice.post(address, {**form, "stage": stage}).status_code for stage in "1112"]
    assert codes == [302, 302, 302, 429]


def test_what_is_refused_counts_too(two_an_hour, as_alice):
    codes = [as_alice.post("/api/v1/jobs", {"file": photo(size=(1, 1))}).status_code for _ in range(3)]
    assert codes == [422, 422, 429]


def test_everybody_has_their_own_hour(two_an_hour, as_alice, as_charlie):
    for client in (as_alice, as_charlie):
        assert [client.post("/api/v1/jobs", {"file": photo(seed=i)}).status_code for i in range(2)] == [202, 202]


def test_staff_are_not_limited(two_an_hour, as_bob, settings):
    settings.QUOTA_PHOTOS = settings.QUOTA_MB = 1
    assert [as_bob.post("/api/v1/jobs", {"file": photo(seed=i)}).status_code for i in range(4)] == [202] * 4


def test_no_limit_is_no_limit(alice, settings):
    settings.JOBS_PER_HOUR = settings.QUOTA_MB = settings.QUOTA_PHOTOS = 0
    submit(alice)
    assert not Tally.objects.exists()


def test_the_next_window_starts_at_nothing(alice, monkeypatch):
    now = 1_800_000_000.0
    monkeypatch.setattr(limits.time, "time", lambda: now)
    spend = lambda: limits._spend("key", 1, 60, "%(limit)s within %(minutes)s")  # noqa: E731
    spend()
    with pytest.raises(RateLimited) as refused:
        spend()
    assert refused.value.retry_after_seconds == 60
    assert str(refused.value) == "1 within 1"
    now += 60
    spend()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_counted_exactly():
    taken = []

    def ask():
        try:
            limits._spend("key", 5, 3600, "no")
            taken.append(1)
        except RateLimited:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Tally.objects.get().count == 12
    assert len(taken) <= 5


def test_a_full_quota_of_photos(as_alice, settings):
    settings.QUOTA_PHOTOS = 1
    codes = [as_alice.post("/api/v1/jobs", {"file": photo(seed=i)}).status_code for i in (0, 1, 0)]
    assert codes == [202, 413, 202], "the photo that is here already takes no more room"
    refused = as_alice.post("/api/v1/jobs", {"file": photo(seed=1)}).json()
    assert refused["error_code"] == "quota_exceeded"
    assert "Delete some" in refused["error"]


def test_a_full_quota_of_megabytes_leaves_no_file(as_alice, alice, settings):
    settings.QUOTA_MB = 1
    size = photo(seed=0, size=(1100, 900)).size
    assert 2**19 < size < 2**20
    codes = [as_alice.post("/", {"file": photo(seed=i, size=(1100, 900))}).status_code for i in (0, 1)]
    assert codes == [302, 422]
    files = [file for file in settings.MEDIA_ROOT.rglob("*") if file.is_file()]
    assert [file.stat().st_size for file in files] == [size]
    services.delete(Upload.objects.get())
    assert limits.usage(alice) == {"photos": 0, "bytes": 0}


@pytest.mark.django_db(transaction=True)
def test_of_two_photos_at_once_a_quota_takes_one(alice, settings):
    settings.QUOTA_PHOTOS = 1
    refused = []

    def send(seed):
        try:
            services.submit(alice, photo(seed=seed))
        except UploadRefused as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["quota_exceeded"] * 3
    assert Upload.objects.count() == 1
