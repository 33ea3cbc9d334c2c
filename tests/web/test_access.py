"""Who may go where: every route, walked by everyone. A route that is not listed here fails the test."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from poseweb import services
from poseweb.accounts import access
from poseweb.api import tokens
from tests.web import clips
from tests.web.clip_cast import finish_clip, submit_clip
from tests.web.conftest import draw, finish, signed_in, submit

LOGIN, OK, GONE, MOVED, NO, FORBIDDEN, USED_UP = "login", 200, 404, 302, 401, 403, 410
# route, and a word behind it where it has several methods:
# (method, argument, what anonymous, Charlie (somebody else), Alice (the owner) and Bob (staff) get
MATRIX = {
    "home": ("get", None, LOGIN, OK, OK, OK),
    "gallery": ("get", None, LOGIN, OK, OK, OK),
    "public": ("get", None, OK, OK, OK, OK),
    "selection": ("post", None, LOGIN, GONE, GONE, GONE),  # no such wish; who may do what: tests/web/test_selection.py
    "original": ("get", "upload", LOGIN, GONE, OK, OK),
    "delete": ("post", "upload", LOGIN, GONE, MOVED, MOVED),
    "note": ("post", "upload", LOGIN, GONE, MOVED, MOVED),
    "sharing": ("post", "upload", LOGIN, GONE, GONE, GONE),  # no such wish
    "shared": ("get", "key", OK, OK, OK, OK),
    "shared-photo": ("get", "key", OK, OK, OK, OK),
    "shared-image": ("get", "key", OK, OK, OK, OK),
    "shared-download": ("get", "file by key", OK, OK, OK, OK),
    "shared-poses": ("get", "key", OK, OK, OK, OK),
    "cards": ("get", None, LOGIN, 204, 204, 204),
    "queue": ("get", None, LOGIN, OK, OK, OK),
    "cancel-waiting": ("post", None, LOGIN, MOVED, MOVED, MOVED),
    "review": ("get", "job", LOGIN, GONE, OK, OK),
    "review-queue": ("get", None, LOGIN, OK, OK, OK),  # whose photos: tests/web/test_views_review.py
    "reviewed": ("get", None, LOGIN, OK, OK, OK),
    "job": ("get", "job", LOGIN, GONE, OK, OK),
    "job-status": ("get", "job", LOGIN, GONE, OK, OK),
    "compare": ("get", "job", LOGIN, GONE, GONE, GONE),  # with nothing: tests/web/test_comparison.py
    "run-again": ("post", "job", LOGIN, GONE, MOVED, MOVED),
    "cancel": ("post", "job", LOGIN, GONE, MOVED, MOVED),
    "retry": ("post", "job", LOGIN, GONE, MOVED, MOVED),
    "draw-map": ("post", "job", LOGIN, GONE, 400, 400),
    "map-status": ("get", "map", LOGIN, GONE, OK, OK),
    "map-image": ("get", "map", LOGIN, GONE, OK, OK),
    "photo": ("get", "job", LOGIN, GONE, OK, OK),
    "image": ("get", "job", LOGIN, GONE, OK, OK),
    "thumbnail": ("get", "job", LOGIN, GONE, OK, OK),
    "download": ("get", "file of job", LOGIN, GONE, OK, OK),
    "poses": ("get", "job", LOGIN, GONE, OK, OK),
    "gait-of-clip": ("get", "run", LOGIN, GONE, MOVED, MOVED),
    "gait": ("get", "gait", LOGIN, GONE, OK, OK),
    "gait-status": ("get", "gait", LOGIN, GONE, OK, OK),
    "gait-json": ("get", "gait", LOGIN, GONE, OK, OK),
    "gait-csv": ("get", "gait", LOGIN, GONE, OK, OK),
    "protractor": ("get", "gait", LOGIN, GONE, OK, OK),
    "forget-reading": ("post", "reading", LOGIN, GONE, MOVED, MOVED),
    "gait-compare": ("get", None, LOGIN, GONE, GONE, GONE),  # whom it shows what: below
    "shoe-studies": ("get", None, OK, OK, OK, OK),
    "api-jobs": ("post", None, NO, 400, 400, 400),
    "api-jobs get": ("get", None, NO, OK, OK, OK),  # whom it shows what: tests/web/test_api_lists.py
    "api-statuses": ("get", None, NO, 400, 400, 400),  # whom it shows what: tests/web/test_api.py
    "api-job": ("get", "job", NO, GONE, OK, OK),
    "api-poses": ("get", "job", NO, GONE, OK, OK),
    "api-poses-zip": ("get", "job", NO, GONE, 409, 409),  # of clips: tests/flows/test_clips_api.py
    "api-video": ("get", "job", NO, GONE, 409, 409),
    "api-coco": ("get", "job", NO, GONE, OK, OK),
    "api-csv": ("get", "job", NO, GONE, OK, OK),
    "api-image": ("get", "job", NO, GONE, OK, OK),
    "clip-video": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-plain": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-keypoints": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-openpose": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-csv": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-coco": ("get", "clip", LOGIN, GONE, OK, OK),
    "shared-video": ("get", "key of a clip", OK, OK, OK, OK),
    "shared-plain": ("get", "key of a clip", OK, OK, OK, OK),
    "shared-keypoints": ("get", "key of a clip", OK, OK, OK, OK),
    "api-cancel": ("post", "job", NO, GONE, 409, 409),  # it is over
    "api-again": ("post", "job", NO, GONE, 202, 202),
    "api-photo": ("get", "upload", NO, GONE, OK, OK),
    "api-photo delete": ("delete", "upload", NO, GONE, 204, 204),
    "api-networks": ("get", None, NO, OK, OK, OK),
    "api-openapi": ("get", None, OK, OK, OK, OK),
    "api-docs": ("get", None, OK, OK, OK, OK),
    "login": ("get", None, OK, MOVED, MOVED, MOVED),
    "logout": ("post", None, LOGIN, MOVED, MOVED, MOVED),
    "account": ("get", None, LOGIN, OK, OK, OK),
    "make-token": ("post", None, LOGIN, 422, 422, 422),
    "revoke-token": ("post", "token of alice", LOGIN, GONE, MOVED, GONE),  # also staff take back only their own
    "password_change": ("get", None, LOGIN, OK, OK, OK),
    "password_reset": ("get", None, OK, OK, OK, OK),
    "password_reset_done": ("get", None, OK, OK, OK, OK),
    "password_reset_confirm": ("get", "token", OK, OK, OK, OK),  # says that this link is used up
    "invitations": ("get", None, LOGIN, FORBIDDEN, FORBIDDEN, OK),
    "withdraw": ("post", "invitation", LOGIN, FORBIDDEN, FORBIDDEN, MOVED),
    "join": ("get", "no key", USED_UP, USED_UP, USED_UP, USED_UP),
    "texts": ("get", None, OK, OK, OK, OK),
}
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
OF_A_PHOTO = ("job", "clip", "file of job", "upload", "map")
OF_GAIT = ("run", "gait", "reading")
UNNAMED = {"^api/", "favicon.ico"}  # say nothing of anybody
ADMIN = ["admin:index", "admin:poseweb_job_changelist", "admin:poseweb_upload_changelist", "admin:auth_user_changelist"]


def test_every_route_is_in_the_matrix():
    routes = [route for route in get_resolver().url_patterns if not isinstance(route, URLResolver)]
    assert {route.name or str(route.pattern) for route in routes} == {row.split()[0] for row in MATRIX} | UNNAMED


def target(argument, job):
    """What stands in the address of a route, made for Alice's finished job."""
    services.share(job.upload)
    job.upload.refresh_from_db()
    make = {
        "job": lambda: [job.pk],
        "clip": lambda: [job.pk],
        "file of job": lambda: [job.pk, "skeleton.png"],
        "file by key": lambda: [job.upload.share_key, "skeleton.png"],
        "upload": lambda: [job.upload.pk],
        "map": lambda: [draw(job).pk],
        "key": lambda: [job.upload.share_key],
        "key of a clip": lambda: [job.upload.share_key],
        "no key": lambda: ["no-such-key"],
        "token": lambda: ["MQ", "no-token"],
        "token of alice": lambda: [tokens.make(job.upload.owner, "Mine", "read").token.pk],
        "invitation": lambda: [access.invite(None).invitation.pk],
        "run": lambda: [clips.report(job).options["clip"]],
        "gait": lambda: [clips.report(job).pk],
        "reading": lambda: [clips.report(job).pk, 1],
        None: list,
    }
    return make[argument]()


def _clip(owner):
    return finish_clip(submit_clip(owner, settings.MEDIA_ROOT.parent))


def walk(route, alice, visitor, *, public=False, shared_link_opened=False):
    """What somebody gets there; a visitor is None for who has no account."""
    method, argument, *_ = MATRIX[route]
    if argument in OF_GAIT:
        job = clips.clip(alice, clips.run(rear=True))
    else:
        job = _clip(alice) if argument and "clip" in argument else finish(submit(alice))
    services.set_public(job.upload, public=public)
    client = signed_in(visitor) if visitor else Client()
    address = reverse(route.split()[0], args=target(argument, job))
    if shared_link_opened:
        assert client.get(reverse("shared", args=[job.upload.share_key])).status_code == 200
    response = getattr(client, method)(address)
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
    job = _clip(alice)
    address = reverse(route.split()[0], args=target(MATRIX[route][1], job))
    response = getattr(as_alice, MATRIX[route][0])(address)
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
