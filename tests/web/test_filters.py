"""What narrows the gallery: every filter alone and together, without JavaScript, and in few queries."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from poseweb import selectors, services
from poseweb.models import Job, Upload
from poseweb.review import corrections, reviews
from poseweb.review.corrections import Correction
from tests.web.conftest import fail, finish, photo, submit
from tests.web.test_views_gallery import shelve


def found(client, **filters):
    """Names on the page, whatever became of the photos."""
    page = client.get(filters.pop("page", "/photos"), filters).content.decode()
    return set(re.findall(r"for-readers.>Select ([^<]+)<", page))


@pytest.fixture
def photos(alice, networks):
    """One of each kind, by name."""
    nobody = finish(submit(alice, "nobody.jpg", 1), people=0)
    pair = finish(submit(alice, "pair.jpg", 2, network="better"), people=2, network="better")
    crowd = finish(submit(alice, "Crowd at the fair.jpg", 3), people=7)
    broken = fail(submit(alice, "broken.jpg", 4))
    waiting = submit(alice, "waiting.jpg", 5)
    return {"nobody": nobody, "pair": pair, "crowd": crowd, "broken": broken, "waiting": waiting}


def test_by_people(as_alice, photos):
    assert found(as_alice, people="0") == {"nobody.jpg"}
    assert found(as_alice, people="2") == {"pair.jpg"}
    assert found(as_alice, people="many") == {"Crowd at the fair.jpg"}
    assert found(as_alice, people="3") == set()


def test_by_status_through_the_life_of_a_job(as_alice, photos):
    assert found(as_alice, status="waiting") == {"waiting.jpg"}
    assert found(as_alice, status="failed") == {"broken.jpg"}
    assert len(found(as_alice, status="succeeded")) == 3
    claim = Job.objects.claim(photos["waiting"].pk)
    assert found(as_alice, status="waiting") == {"waiting.jpg"}  # it runs
    services.cancel(photos["waiting"])
    Job.objects.confirm_cancel(claim)
    assert found(as_alice, status="cancelled") == {"waiting.jpg"}
    services.retry(photos["broken"])
    assert found(as_alice, status="waiting") == {"broken.jpg"}
    services.cancel(photos["broken"])
    assert found(as_alice, status="cancelled") == {"waiting.jpg", "broken.jpg"}


def test_of_several_runs_the_newest_counts(as_alice, photos):
    again = services.run_again(photos["crowd"])
    assert found(as_alice, people="many") == set()
    assert found(as_alice, status="waiting") == {"waiting.jpg", "Crowd at the fair.jpg"}
    finish(again, people=1)
    assert found(as_alice, people="1") == {"Crowd at the fair.jpg"}
    row = Upload.objects.get(pk=again.upload_id)
    assert (row.newest_job_id, row.status, row.people, row.network) == (again.pk, "succeeded", 1, "poseweb")


def test_a_run_that_is_not_the_newest_any_more_changes_nothing(as_alice, alice):
    old = submit(alice, "twice.jpg")
    new = services.run_again(old)
    finish(old, people=3)
    assert found(as_alice, people="3") == set()
    assert found(as_alice, status="waiting") == {"twice.jpg"}
    finish(new, people=1)
    assert found(as_alice, people="1") == {"twice.jpg"}


def test_by_network(as_alice, photos):
    assert found(as_alice, network="better") == {"pair.jpg"}
    assert found(as_alice, network="poseweb") == {"nobody.jpg", "Crowd at the fair.jpg"}


def test_by_day(as_alice, photos):
    for day, name in ((1, "nobody"), (2, "pair"), (3, "crowd")):
        moment = datetime(2026, 5, day, 23, 59, 59, tzinfo=UTC)
        Upload.objects.filter(pk=photos[name].upload_id).update(created_at=moment)
    assert found(as_alice, since="2026-05-02", until="2026-05-02") == {"pair.jpg"}
    assert found(as_alice, until="2026-05-02") == {"nobody.jpg", "pair.jpg"}
    assert "nobody.jpg" not in found(as_alice, since="2026-05-02")


def test_by_who_sees_it(as_alice, photos):
    services.set_public(photos["pair"].upload, public=True)
    services.share(photos["crowd"].upload)
    assert found(as_alice, seen="everybody") == {"pair.jpg"}
    assert found(as_alice, seen="link") == {"Crowd at the fair.jpg"}
    assert found(as_alice, seen="me") == {"nobody.jpg", "broken.jpg", "waiting.jpg"}


def test_staff_tell_their_own_from_the_others(as_bob, as_alice, bob, photos):
    finish(services.submit(bob, photo("of bob.jpg", 9)).job)
    assert found(as_bob, whose="mine") == {"of bob.jpg"}
    assert len(found(as_bob)) == 6
    assert 'name="whose"' not in as_alice.get("/photos").content.decode()
    assert len(found(as_alice, whose="mine")) == 5  # no filter of hers, so it narrows nothing


@pytest.mark.parametrize(("words", "names"), [
    ("crowd", {"Crowd at the fair.jpg"}),
    ("FAIR crowd", {"Crowd at the fair.jpg"}),
    ("fair pair", set()),
    ("finals", {"pair.jpg"}),
    ("pair finals", {"pair.jpg"}),
    ("%", set()),
    ("_", set()),
    (" ", {"nobody.jpg", "pair.jpg", "Crowd at the fair.jpg", "broken.jpg", "waiting.jpg"}),
])  # fmt: skip
def test_search_looks_into_names_and_notes(as_alice, photos, words, names):
    services.write_note(photos["pair"].upload, "The finals of 2026")
    assert found(as_alice, q=words) == names


def test_filters_go_together(as_alice, photos):
    assert found(as_alice, network="poseweb", people="many", q="fair", status="succeeded") == {"Crowd at the fair.jpg"}
    assert found(as_alice, network="better", people="many") == set()


def test_public_photos_are_found_by_name_and_never_by_note(photos, alice):
    for job in photos.values():
        services.set_public(job.upload, public=True)
        services.write_note(job.upload, "secret words")
    names = len(found(Client(), page="/public", q="jpg"))
    assert names == 5
    assert found(Client(), page="/public", q="secret") == set()
    assert found(Client(), page="/public", people="many") == {"Crowd at the fair.jpg"}
    page = Client().get("/public").content.decode()
    assert 'name="seen"' not in page
    assert "secret words" not in page


def test_nothing_like_that_says_so_and_the_way_back(as_alice, photos):
    page = as_alice.get("/photos", {"people": "3", "q": "x"}).content.decode()
    assert "No photo is like that" in page
    assert '<a class="button quiet" href="/photos">Clear filters</a>' in page
    assert "<li>People: 3 people</li>" in page
    assert "<li>Search: x</li>" in page
    assert '<option value="3" selected>' in page
    assert 'value="x"' in page


@pytest.mark.parametrize(
    "filters",
    [
        {"people": "-1"},
        {"status": "best"},
        {"network": "none-such"},
        {"since": "yesterday"},
        {"until": "0001-01-01"},
        {"since": "9999-12-31", "until": "9999-12-31"},
        {"q": "x\0"},
        {"q": "x" * 101},
    ],
)
def test_what_makes_no_sense_is_said_and_narrows_nothing(as_alice, photos, filters):
    response = as_alice.get("/photos", filters)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert len(found(as_alice, **filters)) == 5


def test_filters_stay_through_load_more_and_the_way_back(as_alice, alice):
    shelve(alice, selectors.PAGE + 3)
    finish(submit(alice, "done.jpg"))
    page = as_alice.get("/photos", {"status": "failed", "q": ""}).content.decode()
    address = re.search(r'hx-get="(/photos\?[^"]+)"', page).group(1).replace("&amp;", "&")
    assert "status=failed" in address
    response = as_alice.get(address, headers={"HX-Request": "true"})
    assert len(re.findall(">Select ", response.content.decode())) == 3
    back = response.headers["HX-Replace-Url"]
    assert "status=failed" in back
    again = as_alice.get(back).content.decode()
    assert len(re.findall(">Select ", again)) == selectors.PAGE + 3
    assert "done.jpg" not in again


def test_few_queries_whatever_the_filters(as_alice, alice, photos, django_assert_max_num_queries):
    shelve(alice, 100)
    with django_assert_max_num_queries(6):
        as_alice.get("/photos", {"q": "jpg", "since": "2020-01-01", "seen": "me", "network": ""})


def test_a_note_is_kept_and_only_its_owner_writes_it(as_alice, as_charlie, photos):
    upload = photos["pair"].upload
    services.set_public(upload, public=True)
    address = f"/photos/{upload.pk}/note"
    assert as_charlie.post(address, {"note": "mine now"}).status_code == 404
    assert as_alice.post(address, {"note": "  Left foot first "}).headers["Location"] == f"/jobs/{photos['pair'].pk}"
    assert Upload.objects.get(pk=upload.pk).note == "Left foot first"
    as_alice.post(address, {"note": "Left \0foot first"})  # PostgreSQL takes no NUL
    assert Upload.objects.get(pk=upload.pk).note == "Left foot first"
    assert "Left foot first" in as_alice.get(f"/jobs/{photos['pair'].pk}").content.decode()
    assert "Left foot first" not in as_charlie.get(f"/jobs/{photos['pair'].pk}").content.decode()
    as_alice.post(address, {"note": "x" * 600})
    assert len(Upload.objects.get(pk=upload.pk).note) == 500


def test_by_review_and_by_the_people_that_stand_after_a_correction(as_alice, alice, photos):
    result = photos["pair"].result
    result = reviews.save(result, alice, result.revision, [], accept=True)
    assert found(as_alice, review="done") == {"pair.jpg"}
    assert found(as_alice, review="open") == {"nobody.jpg", "Crowd at the fair.jpg"}
    keypoints = corrections.visibilities(result.poses.get(index=0).keypoints)
    reviews.save(result, alice, result.revision, [Correction(0, keypoints, removed=True)])
    assert found(as_alice, people="1") == {"pair.jpg"}
    assert found(as_alice, review="done") == set()
    assert found(as_alice, review="corrected") == {"pair.jpg"}
