"""The quick start: nobody is asked for a password, and nothing foreign gets in."""

import pytest
from django.test import Client
from django.urls import reverse

from poseweb.accounts.quickstart import local_user
from poseweb.models import Job, Upload
from tests.web.conftest import photo

pytestmark = pytest.mark.django_db
HERE = "http://localhost:8000"
OTHER = "https://evil.example"


@pytest.fixture
def local(settings):
    settings.QUICKSTART = True
    settings.ALLOWED_HOSTS = settings.LOOPBACK_HOSTS
    return Client(headers={"Host": "localhost:8000"}, enforce_csrf_checks=True)


@pytest.mark.parametrize("address", ["/", "/photos", "/admin/", "/admin/poseweb/job/"])
def test_pages_and_admin_open_without_a_password(local, address):
    assert local.get(address).status_code == 200


def test_the_local_user_is_staff_and_no_password_opens_it(local):
    local.get("/")
    user = local_user()
    assert (user.username, user.is_staff) == ("local", True)
    assert not user.has_usable_password()
    assert "Sign out" not in local.get("/").content.decode()


def test_curl_needs_no_token_for_the_api(local):
    response = local.post("/api/v1/jobs", {"file": photo()})
    assert response.status_code == 202
    assert Upload.objects.get().owner == local_user()
    assert local.get(response.json()["url"].removeprefix(HERE)).json()["status"] == "queued"


def test_forms_still_need_their_token(local):
    assert local.post("/", {"file": photo()}).status_code == 403
    assert not Upload.objects.exists()


def test_forms_with_their_token_work(local):
    token = local.get("/").context["csrf_token"]
    assert local.post("/", {"file": photo(), "csrfmiddlewaretoken": str(token)}).status_code == 302


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"])
def test_every_name_of_this_machine_is_known(local, host):
    assert local.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "10.0.0.5:8000", "127.0.0.1.nip.io", "", "[::"]
)
@pytest.mark.parametrize("address", ["/", "/admin/", "/api/v1/jobs"])
def test_a_foreign_host_is_refused(local, settings, host, address):
    settings.ALLOWED_HOSTS = ["*"]  # not only Django's own check stands in the way
    response = local.get(address, headers={"Host": host})
    assert response.status_code in (400, 403)
    assert "answer" in response.content.decode()


def test_another_machine_is_refused_whatever_it_calls_us(local):
    assert local.get("/", REMOTE_ADDR="192.168.1.7").status_code == 403


FOREIGN = {
    "origin": {"Origin": OTHER},
    "no origin to tell": {"Origin": "null"},
    "another port": {"Origin": "http://localhost:3000"},
    "another scheme": {"Origin": "https://localhost:8000"},
    "fetch metadata": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    "same site, another origin": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    "a frame": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("address", ["/", "/photos", "/admin/"])
def test_a_foreign_page_reads_nothing(local, headers, address):
    response = local.get(address, headers=headers)
    assert response.status_code == 403
    assert "came from another site" in response.content.decode()


@pytest.mark.parametrize("headers", [*FOREIGN.values(), {"Referer": f"{OTHER}/page"}], ids=[*FOREIGN, "referer"])
def test_a_foreign_page_sends_nothing(local, headers):
    response = local.post("/api/v1/jobs", {"file": photo()}, headers=headers)
    assert response.status_code == 403
    assert response.json()["error_code"] == "foreign_origin"
    assert not Job.objects.exists()


def test_a_foreign_page_deletes_nothing(local):
    photo_of_ours = local.post("/api/v1/jobs", {"file": photo()}).json()["photo"].removeprefix(HERE)
    for headers in FOREIGN.values():
        assert local.delete(photo_of_ours, headers=headers).status_code == 403
    assert Upload.objects.exists()
    assert local.delete(photo_of_ours).status_code == 204


def test_a_foreign_form_that_opens_a_page_sends_nothing(local):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert local.post("/api/v1/jobs", {"file": photo()}, headers=headers).status_code == 403


def test_a_link_on_another_page_may_be_followed(local):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert local.get("/", headers=headers | {"Referer": OTHER}).status_code == 200


def test_our_own_pages_may_do_everything(local):
    headers = {"Origin": HERE, "Referer": f"{HERE}/", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    assert local.post("/api/v1/jobs", {"file": photo()}, headers=headers).status_code == 202


def test_elsewhere_nobody_is_signed_in_by_being_local(client):
    assert client.get("/", headers={"Host": "localhost:8000"}, REMOTE_ADDR="127.0.0.1").status_code in (302, 400)
    assert client.get("/").headers["Location"].startswith(reverse("login"))
    assert client.get("/api/v1/jobs/8d8ac610-566d-4ef0-9c22-186b2a5ed793").status_code == 401
