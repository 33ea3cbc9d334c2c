"""The gallery: newest first, "load more" with honest addresses, cards that follow their jobs."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from poseweb import selectors, services
from poseweb.models import Job, Upload
from poseweb.pages.progress import Progress
from tests.web.conftest import fail, finish, submit

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)


def shelve(owner, count, *, start=NOON, apart=timedelta(minutes=1)):
    """Photos with one failed job each, the newest first."""
    uploads = [
        Upload(
            owner=owner, name=f"{i}.jpg", file=f"{owner}{i}", sha256=f"{owner}{start}{i}", bytes=1, width=4, height=3
        )
        for i in range(count)
    ]
    for i, upload in enumerate(uploads):
        if start:
            upload.created_at = start - i * apart
    Upload.objects.bulk_create(uploads)
    jobs = Job.objects.bulk_create(Job(upload=upload, status="failed", error="No.") for upload in uploads)
    for upload, job in zip(uploads, jobs, strict=True):
        upload.newest_job, upload.status = job, job.status
    Upload.objects.bulk_update(uploads, ["newest_job", "status"])
    return uploads


def names(page):
    return re.findall(r'<span class="name">([^<]+)</span>', page)


def link(page):
    return re.search(r'href="(/photos\?before=[^"]+)"', page)


def test_an_empty_gallery_says_what_to_do(as_alice):
    page = as_alice.get("/photos").content.decode()
    assert "Nobody here yet" in page
    assert "Add photos" in page


def test_every_photo_once_page_by_page_without_scripts(as_alice, alice):
    uploads = shelve(alice, 2 * selectors.PAGE + 5, apart=timedelta(0))  # all of one moment: the id decides
    seen, address = [], "/photos"
    while address:
        page = as_alice.get(address).content.decode()
        assert "<html" in page
        seen += names(page)
        address = link(page).group(1) if link(page) else None
    assert len(seen) == len(uploads)
    assert set(seen) == {upload.name for upload in uploads}


def test_no_photo_is_lost_or_doubled_between_the_pages(as_alice, alice):
    shelve(alice, selectors.PAGE + 5, start=None)  # the moments are those that the database really keeps
    first = as_alice.get("/photos").content.decode()
    more = as_alice.get(link(first).group(1)).content.decode()
    assert sorted(names(first) + names(more)) == sorted(f"{i}.jpg" for i in range(selectors.PAGE + 5))


def test_newest_first(as_alice, alice):
    shelve(alice, 5)
    assert names(as_alice.get("/photos").content.decode()) == [f"{i}.jpg" for i in range(5)]


def test_load_more_brings_only_the_next_tiles(as_alice, alice):
    shelve(alice, selectors.PAGE + 3)
    first = as_alice.get("/photos").content.decode()
    more = as_alice.get(link(first).group(1), headers={"HX-Request": "true"})
    assert "<html" not in more.content.decode()
    assert "HX-Request" in more.headers["Vary"]
    assert names(more.content.decode()) == [f"{selectors.PAGE + i}.jpg" for i in range(3)]
    assert not link(more.content.decode())


def test_the_address_after_load_more_shows_the_same_photos_again(as_alice, alice):
    shelve(alice, 2 * selectors.PAGE + 3)
    first = as_alice.get("/photos").content.decode()
    response = as_alice.get(link(first).group(1), headers={"HX-Request": "true"})
    more = response.content.decode()
    again = as_alice.get(response.headers["HX-Replace-Url"]).content.decode()
    assert names(again) == names(first) + names(more)
    assert link(again).group(1) == link(more).group(1)


def test_a_photo_that_is_deleted_leaves_no_gap_in_the_pages(as_alice, alice):
    uploads = shelve(alice, selectors.PAGE + 3)
    address = link(as_alice.get("/photos").content.decode()).group(1)
    uploads[selectors.PAGE - 1].delete()  # the very photo that the cursor names
    assert names(as_alice.get(address).content.decode()) == [f"{selectors.PAGE + i}.jpg" for i in range(3)]


def test_days_stand_above_their_photos_once(as_alice, alice):
    shelve(alice, selectors.PAGE + 3, apart=timedelta(seconds=1))
    shelve(alice, 2, start=NOON - timedelta(days=1))
    shelve(alice, 1, start=now())
    first = as_alice.get("/photos").content.decode()
    more = as_alice.get(link(first).group(1), headers={"HX-Request": "true"}).content.decode()
    assert re.findall("<h2>(.*?)</h2>", first) == ["Today", "Sunday 17 May 2026"]
    assert re.findall("<h2>(.*?)</h2>", more) == ["Saturday 16 May 2026"]


@pytest.mark.parametrize("cursor", ["x", "20260517T120000.000000_", "99990101T000000.000000_zz", "_"])
def test_a_made_up_place_is_refused(as_alice, cursor):
    assert as_alice.get("/photos", {"before": cursor}).status_code == 400


def test_a_photo_stands_once_with_its_newest_job(as_alice, alice):
    job = finish(submit(alice), people=3)
    page = as_alice.get("/photos").content.decode()
    assert reverse("thumbnail", args=[job.pk]) in page
    again = services.run_again(job)
    page = as_alice.get("/photos").content.decode()
    assert reverse("thumbnail", args=[job.pk]) not in page
    assert f'id="tile-{again.pk}"' in page
    assert page.count('<li class="tile') == 1


def test_the_number_of_queries_does_not_grow(as_alice, alice, django_assert_max_num_queries):
    for i in range(3):
        finish(submit(alice, f"{i}.jpg", seed=i))
    shelve(alice, 500)
    with django_assert_max_num_queries(5):
        assert len(names(as_alice.get("/photos").content.decode())) == selectors.PAGE - 3


def test_everyone_sees_their_own_and_staff_all(as_alice, as_bob, as_charlie, alice, charlie):
    shelve(alice, 2)
    shelve(charlie, 3)
    found = [len(names(client.get("/photos").content.decode())) for client in (as_alice, as_charlie, as_bob)]
    assert found == [2, 3, 5]


# ── Cards that follow their jobs ────────────────────────────────────────────────────────────────────


def watched(page):
    return re.findall('data-watch="([^"]+)"', page)


def test_only_unfinished_cards_are_watched(as_alice, alice):
    finish(submit(alice, seed=1))
    fail(submit(alice, seed=2))
    queued = submit(alice, seed=3)
    assert [card.split(":")[1] for card in watched(as_alice.get("/photos").content.decode())] == [str(queued.pk)]


def test_a_poll_brings_what_changed_and_nothing_else(as_alice, alice):
    first, second = submit(alice, seed=1), submit(alice, seed=2)
    cards = watched(as_alice.get("/photos").content.decode())
    assert as_alice.get("/jobs/cards", {"watch": cards}).status_code == 204
    finish(first)
    page = as_alice.get("/jobs/cards", {"watch": cards}).content.decode()
    assert f'id="tile-{first.pk}" hx-swap-oob="true"' in page
    assert reverse("thumbnail", args=[first.pk]) in page
    assert "Next in line" in page[page.index(f"tile-{second.pk}") :]  # it moved up
    finish(second)
    page = as_alice.get("/jobs/cards", {"watch": [f"row:{second.pk}:"]}).content.decode()
    assert f'id="row-{second.pk}"' in page
    assert not watched(page)


def test_a_card_whose_photo_is_gone_is_taken_away(as_alice, as_charlie, alice):
    job = submit(alice)
    card = f"tile:{job.pk}:{Progress(selectors.jobs(alice).get()).seen}"
    assert f'id="tile-{job.pk}" hx-swap-oob="delete"' in as_charlie.get("/jobs/cards", {"watch": card}).content.decode()
    job.upload.delete()
    assert f'id="tile-{job.pk}" hx-swap-oob="delete"' in as_alice.get("/jobs/cards", {"watch": card}).content.decode()


@pytest.mark.parametrize("card", ["", "row", "row:1:2", "face:8d8ac610-566d-4ef0-9c22-186b2a5ed793:", "::::"])
def test_what_is_no_card_is_refused(as_alice, card):
    assert as_alice.get("/jobs/cards", {"watch": card}).status_code == 400


def test_many_cards_cost_few_queries(as_alice, alice, django_assert_max_num_queries):
    jobs = [submit(alice, seed=i) for i in range(20)]
    with django_assert_max_num_queries(4):
        as_alice.get("/jobs/cards", {"watch": [f"tile:{job.pk}:" for job in jobs]})
