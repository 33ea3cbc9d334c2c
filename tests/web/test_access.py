"""Who may go where: every route, walked by everyone. A route that is not listed here fails the test."""

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from tests.web.conftest import draw, finish, signed_in, submit

LOGIN, OK, GONE, MOVED, NO = "login", 200, 404, 302, 401
# route: (method, argument, what anonymous, Charlie (somebody else), Alice (the owner) and Bob (staff) get)
MATRIX = {
    "home": ("get", None, LOGIN, OK, OK, OK),
    "gallery": ("get", None, LOGIN, OK, OK, OK),
    "original": ("get", "upload", LOGIN, GONE, OK, OK),
    "delete": ("post", "upload", LOGIN, GONE, MOVED, MOVED),
    "cards": ("get", None, LOGIN, 204, 204, 204),
    "job": ("get", "job", LOGIN, GONE, OK, OK),
    "job-status": ("get", "job", LOGIN, GONE, OK, OK),
    "run-again": ("post", "job", LOGIN, GONE, MOVED, MOVED),
    "cancel": ("post", "job", LOGIN, GONE, MOVED, MOVED),
    "draw-map": ("post", "job", LOGIN, GONE, 400, 400),
    "map-status": ("get", "map", LOGIN, GONE, OK, OK),
    "map-image": ("get", "map", LOGIN, GONE, OK, OK),
    "image": ("get", "job", LOGIN, GONE, OK, OK),
    "thumbnail": ("get", "job", LOGIN, GONE, OK, OK),
    "poses": ("get", "job", LOGIN, GONE, OK, OK),
    "api-jobs": ("post", None, NO, 400, 400, 400),
    "api-job": ("get", "job", NO, GONE, OK, OK),
    "api-poses": ("get", "job", NO, GONE, OK, OK),
    "api-image": ("get", "job", NO, GONE, OK, OK),
    "login": ("get", None, OK, MOVED, MOVED, MOVED),
    "logout": ("post", None, LOGIN, MOVED, MOVED, MOVED),
}
UNNAMED = {"^api/", "favicon.ico"}  # say nothing of anybody
ADMIN = ["admin:index", "admin:poseweb_job_changelist", "admin:poseweb_upload_changelist"]


def test_every_route_is_in_the_matrix():
    routes = [route for route in get_resolver().url_patterns if not isinstance(route, URLResolver)]
    assert {route.name or str(route.pattern) for route in routes} == set(MATRIX) | UNNAMED


@pytest.mark.parametrize("route", MATRIX)
def test_who_may_go_there(route, alice, bob, charlie):
    method, argument, *expected = MATRIX[route]
    got = []
    for visitor in (None, charlie, alice, bob):
        job = finish(submit(alice))
        target = {"job": [job.pk], "upload": [job.upload.pk], "map": [draw(job).pk], None: []}[argument]
        response = getattr(signed_in(visitor) if visitor else Client(), method)(reverse(route, args=target))
        at_the_door = response.status_code == 302 and response.headers["Location"].startswith(reverse("login"))
        got.append(LOGIN if at_the_door else response.status_code)
        b"".join(response)  # a file is closed once it was read
        job.upload.delete()
    assert got == expected


@pytest.mark.parametrize("route", ADMIN)
def test_the_admin_is_for_staff(route, as_alice, as_bob, client):
    assert as_bob.get(reverse(route)).status_code == 200
    assert as_alice.get(reverse(route)).headers["Location"].startswith(reverse("admin:login"))
    assert client.get(reverse(route)).status_code == 302


def test_signing_in_and_out(client, django_user_model):
    django_user_model.objects.create_user("dora", password="a long enough phrase")
    page = client.get("/photos", follow=True)
    assert page.redirect_chain == [("/login?next=/photos", 302)]
    wrong = client.post("/login?next=/photos", {"username": "dora", "password": "no", "next": "/photos"})
    assert "do not match" in wrong.content.decode()
    right = client.post("/login", {"username": "dora", "password": "a long enough phrase", "next": "/photos"})
    assert right.headers["Location"] == "/photos"
    assert "Sign out" in client.get("/photos").content.decode()
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
