"""Who may go where: every route, walked by everyone. A route that is not listed here fails the test."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from poseweb import services
from tests.web import clips
from tests.web.clip_cast import finish_clip, submit_clip
from tests.web.conftest import signed_in, submit
from tests.web.routes import LOGIN, MATRIX, MOVED, NO, OF_A_PHOTO, OF_GAIT, OK, address_of, job_for

# What changes where the photo is public: anybody may look, and nobody else may change it or have the original.
PUBLIC = {
    **dict.fromkeys(
        "job job-status map-status map-image photo image thumbnail poses download".split(), (OK, OK, OK, OK)
    ),
    **dict.fromkeys("clip-video clip-plain clip-keypoints clip-openpose clip-csv clip-coco".split(), (OK, OK, OK, OK)),
    **dict.fromkeys("gait gait-status gait-json gait-csv protractor".split(), (OK, OK, OK, OK)),
    "gait-of-clip": (MOVED, MOVED, MOVED, MOVED),
    **dict.fromkeys("api-job api-poses api-coco api-csv api-image".split(), (NO, OK, OK, OK)),
    **dict.fromkeys(("api-poses-zip", "api-video"), (NO, 409, 409, 409)),
}
UNNAMED = {"^api/", "favicon.ico"}  # say nothing of anybody
ADMIN = ["admin:index", "admin:poseweb_job_changelist", "admin:poseweb_upload_changelist", "admin:auth_user_changelist"]


def test_every_route_is_in_the_matrix():
    routes = [route for route in get_resolver().url_patterns if not isinstance(route, URLResolver)]
    assert {route.name or str(route.pattern) for route in routes} == {row.split()[0] for row in MATRIX} | UNNAMED


def walk(route, alice, visitor, *, public=False, shared_link_opened=False):
    """What somebody gets there; a visitor is None for who has no account."""
    job = job_for(route, alice)
    services.set_public(job.upload, public=public)
    client = signed_in(visitor) if visitor else Client()
    address = address_of(route, job)
    if shared_link_opened:
        assert client.get(reverse("shared", args=[job.upload.share_key])).status_code == 200
    response = getattr(client, MATRIX[route][0])(address)
    b"".join(response)  # a file is closed once it was read
    job.upload.delete()
    at_the_door = response.status_code == 302 and response.headers["Location"].startswith(reverse("login"))
    return LOGIN if at_the_door else response.status_code


@pytest.mark.parametrize("route", MATRIX)
def test_who_may_go_there(route, alice, bob, charlie):
    assert tuple(walk(route, alice, visitor) for visitor in (None, charlie, alice, bob)) == MATRIX[route][2:]


@pytest.mark.parametrize("route", [route for route, row in MATRIX.items() if row[1] in OF_A_PHOTO + OF_GAIT])
def test_who_may_go_there_where_the_photo_is_public(route, alice, bob, charlie):
    expected = PUBLIC.get(route, MATRIX[route][2:])
    assert tuple(walk(route, alice, visitor, public=True) for visitor in (None, charlie, alice, bob)) == expected


@pytest.mark.parametrize("route", [route for route, row in MATRIX.items() if row[1] in OF_A_PHOTO + OF_GAIT])
def test_who_has_the_link_of_a_photo_has_no_more_than_that(route, alice):
    assert walk(route, alice, None, shared_link_opened=True) == MATRIX[route][2]


def test_two_clips_side_by_side_are_for_who_may_see_both(alice, charlie, as_alice, as_charlie):
    mine, theirs = (clips.report(clips.clip(owner, clips.run())) for owner in (alice, charlie))
    query = {"a": mine.pk, "b": theirs.pk}
    assert as_alice.get(reverse("gait-compare"), query).status_code == 404
    services.set_public(theirs.upload, public=True)
    assert as_alice.get(reverse("gait-compare"), query).status_code == 200
    assert as_charlie.get(reverse("gait-compare"), query).status_code == 404


@pytest.mark.parametrize("route", ADMIN)
def test_the_admin_is_for_staff(route, as_alice, as_bob, client):
    assert as_bob.get(reverse(route)).status_code == 200
    assert as_alice.get(reverse(route)).headers["Location"].startswith(reverse("admin:login"))
    assert client.get(reverse(route)).status_code == 302


@pytest.mark.parametrize("route", [route for route, row in MATRIX.items() if row[1] in ("job", "upload")])
def test_a_route_of_photos_answers_for_a_clip_too_or_turns_it_down(route, alice, as_alice):
    job = finish_clip(submit_clip(alice, settings.MEDIA_ROOT.parent))
    response = getattr(as_alice, MATRIX[route][0])(address_of(route, job))
    b"".join(response)
    assert response.status_code < 500


def test_signing_in_and_out(client, django_user_model):
    django_user_model.objects.create_user("dora", password="a long enough phrase")
    page = client.get("/photos", follow=True)
    assert page.redirect_chain == [("/login?next=/photos", 302)]
    wrong = client.post("/login?next=/photos", {"username": "dora", "password": "no", "next": "/photos"})
    assert "do not match" in wrong.content.decode()
    right = client.post("/login", {"username": "dora", "password": "a long enough phrase", "next": "/photos"})
    assert right.headers["Location"] == "/photos"
    assert "Sign out" in client.get("/account").content.decode()
    client.post("/logout")
    assert client.get("/photos").status_code == 302


def test_a_poll_after_the_session_ended_reloads_its_page(client, alice):
    response = client.get(reverse("job-status", args=[submit(alice).pk]), headers={"HX-Request": "true"}, follow=True)
    assert response.headers["HX-Refresh"] == "true"
    assert response.content == b""


def test_an_open_redirect_is_not_followed(client, django_user_model):
    django_user_model.objects.create_user("dora", password="a long enough phrase")
    form = {"username": "dora", "password": "a long enough phrase", "next": "https://evil.example/"}
    assert client.post("/login", form).headers["Location"] == "/"
