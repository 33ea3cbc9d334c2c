"""Being turned down politely: the same house, the same tone, and no secrets."""

import errno

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from poseweb import selectors, services
from tests.web.conftest import photo, signed_in


def test_404(as_alice):
    response = as_alice.get("/nowhere")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_form_without_its_token(alice):
    client = signed_in(alice)
    client.handler.enforce_csrf_checks = True
    response = client.post("/", {"file": photo()})
    assert response.status_code == 403
    assert "reload the page and try again" in response.content.decode()


def test_too_many_files_in_one_form(as_alice, settings):
    settings.MAX_BATCH_FILES = settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    response = as_alice.post("/", {"file": [photo(seed=i) for i in range(3)]})
    assert response.status_code == 413
    assert "At most 2 photos fit into one upload." in response.content.decode()


def test_too_large_a_form(as_alice, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = as_alice.post(reverse("login"), {"username": "x" * 1000})
    assert response.status_code == 413


def test_an_unknown_host(settings, db):
    settings.ALLOWED_HOSTS = ["photos.example"]
    response = Client(headers={"Host": "evil.example"}).get("/")
    assert response.status_code == 400
    assert "does not answer to this address" in response.content.decode()


@pytest.mark.parametrize("address", ["/photos", "/api/v1/jobs/8d8ac610-566d-4ef0-9c22-186b2a5ed793"])
def test_our_own_fault_says_nothing_of_its_cause(alice, monkeypatch, address):
    def broken(*_, **__):
        raise RuntimeError("the secret path /srv/keys")

    monkeypatch.setattr(selectors, "gallery", broken)
    monkeypatch.setattr(selectors, "jobs", broken)
    client = signed_in(alice)
    client.raise_request_exception = False
    response = client.get(address)
    assert response.status_code == 500
    assert "Your photos are safe." in response.content.decode()
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize(
    "fault", [OSError(errno.ENOSPC, "No space left on device"), OperationalError("database is locked: /srv/db.sqlite3")]
)
@pytest.mark.parametrize("address", ["/", "/api/v1/jobs"])
def test_what_will_pass_is_no_fault_of_ours_and_says_so(as_alice, monkeypatch, address, fault):
    def full(*_, **__):
        raise fault

    monkeypatch.setattr(services, "submit", full)
    as_alice.raise_request_exception = False
    response = as_alice.post(address, {"file": photo()})
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "try the rest again in a minute" in response.content.decode()
    assert "srv" not in response.content.decode()
