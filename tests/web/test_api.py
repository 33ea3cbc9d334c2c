"""The JSON API, as scripts rely on it."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from poseweb.models import Job
from tests.web.conftest import fail, finish, photo, signed_in, submit


def post(client, **fields):
    return client.post("/api/v1/jobs", fields)


def get(client, job, end=""):
    return client.get(f"/api/v1/jobs/{job.pk}{end}")


def refused(response, status, code):
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"error_code", "error"}
    assert body["error_code"] == code
    assert body["error"].endswith(".")
    return True


# ── Submit ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_photo_is_accepted_with_id_status_and_url(as_alice, alice):
    response = post(as_alice, file=photo("cat.jpg"))
    job = Job.objects.get()
    body = response.json()
    assert response.status_code == 202
    assert (body["id"], body["status"], body["duplicate"]) == (str(job.pk), "queued", False)
    assert body["url"] == response.headers["Location"] == f"http://testserver/api/v1/jobs/{job.pk}"
    assert body["page"] == f"http://testserver/jobs/{job.pk}"
    assert job.upload.owner == alice


def test_the_network_may_be_named(as_alice, networks):
    assert post(as_alice, file=photo(), network="poseweb").json()["network"] == "poseweb"
    assert Job.objects.get().network == "poseweb"


def test_the_same_photo_again_answers_with_the_job_it_has(as_alice, alice):
    job = finish(submit(alice))
    body = post(as_alice, file=photo()).json()
    assert (body["id"], body["duplicate"], body["people"]) == (str(job.pk), True, 1)


BAD = {
    "empty": (b"", 422),
    "not_a_picture": (b"only text", 422),
    "unsupported_format": (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00", 422),
}


@pytest.mark.parametrize("code", BAD)
def test_a_bad_file_is_refused_with_code_and_sentence(as_alice, code):
    content, status = BAD[code]
    assert refused(post(as_alice, file=SimpleUploadedFile("x.jpg", content)), status, code)
    assert not Job.objects.exists()


def test_a_file_that_is_too_large_is_413(as_alice, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    assert refused(post(as_alice, file=photo()), 413, "too_large")


def test_too_many_files_are_413(as_alice, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    assert refused(post(as_alice, file=[photo(seed=i) for i in range(3)]), 413, "too_many_files")


def test_no_file_is_said(as_alice):
    assert refused(post(as_alice, picture=photo()), 400, "no_file")


def test_an_unknown_network_is_said(as_alice, networks):
    assert refused(post(as_alice, file=photo(), network="none-such"), 422, "unknown_network")


# ── Ask ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_job_on_its_way(as_alice, alice):
    submit(alice, seed=1)
    body = get(as_alice, submit(alice, seed=2)).json()
    assert (body["status"], body["ahead"], body["attempt"]) == ("queued", 1, 0)
    assert [body[key] for key in ("people", "network", "seconds", "error", "error_code", "poses", "image")] == [
        None
    ] * 7


def test_a_finished_job(as_alice, alice):
    job = finish(submit(alice), people=2)
    response = get(as_alice, job)
    body = response.json()
    assert (body["status"], body["people"], body["network"], body["skeleton"]) == ("succeeded", 2, "poseweb", "COCO-18")
    assert body["seconds"] == job.result.seconds
    assert (body["width"], body["height"]) == (160, 120)
    assert response.headers["Cache-Control"] == "no-store"
    for key in ("poses", "image"):
        answer = as_alice.get(body[key].removeprefix("http://testserver"))
        assert answer.status_code == 200
        assert b"".join(answer)


def test_a_failed_job(as_alice, alice):
    body = get(as_alice, fail(submit(alice))).json()
    assert (body["status"], body["error_code"]) == ("failed", "truncated")
    assert body["error"] == "The picture is cut short. Export it again."


def test_poses_are_openpose_json(as_alice, alice):
    body = get(as_alice, finish(submit(alice), people=2), "/poses.json").json()
    assert body["version"] == 1.3
    assert len(body["people"]) == 2
    for person in body["people"]:
        assert person["person_id"] == [-1]
        assert len(person["pose_keypoints_2d"]) == 3 * 18


def test_the_image_is_the_annotated_jpeg(as_alice, alice):
    response = get(as_alice, finish(submit(alice)), "/image")
    assert response.headers["Content-Type"] == "image/jpeg"
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("end", ["/poses.json", "/image"])
def test_without_a_result_there_is_nothing_to_give(as_alice, alice, end):
    assert refused(get(as_alice, submit(alice, seed=1), end), 409, "no_result")
    assert refused(get(as_alice, fail(submit(alice, seed=2)), end), 409, "no_result")


# ── Every other 4xx ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("end", ["", "/poses.json", "/image"])
def test_what_is_not_yours_does_not_exist(as_charlie, as_alice, alice, end):
    job = finish(submit(alice))
    assert refused(get(as_charlie, job, end), 404, "not_found")
    assert refused(as_alice.get(f"/api/v1/jobs/{uuid.uuid4()}{end}"), 404, "not_found")


@pytest.mark.parametrize("address", ["/api/", "/api/v1", "/api/v1/jobs/7", "/api/v2/jobs", "/api/v1/jobs/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_addresses(as_alice, address, method):
    assert refused(getattr(as_alice, method)(address), 404, "not_found")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods(as_alice, alice, method):
    assert refused(getattr(as_alice, method)("/api/v1/jobs"), 405, "method_not_allowed")
    response = getattr(as_alice, method)(reverse("api-job", args=[submit(alice).pk]))
    assert refused(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET"


def test_head_is_as_good_as_get(as_alice, alice):
    assert as_alice.head(reverse("api-job", args=[submit(alice).pk])).status_code == 200


def test_strangers_are_told_to_sign_in(client, alice):
    assert refused(get(client, submit(alice)), 401, "login_required")
    assert refused(post(client, file=photo()), 401, "login_required")


def test_a_browser_needs_its_token(alice):
    client = signed_in(alice)
    client.handler.enforce_csrf_checks = True
    assert refused(post(client, file=photo()), 403, "csrf_failed")
    assert not Job.objects.exists()


def test_a_foreign_host_is_refused_in_json(settings, db):
    settings.ALLOWED_HOSTS = ["photos.example"]
    assert refused(Client(headers={"Host": "evil.example"}).get("/api/v1/jobs"), 400, "unknown_host")


# ── Many at once ────────────────────────────────────────────────────────────────────────────────────


def statuses(client, *ids):
    return client.get("/api/v1/jobs/status", {"id": ids})


def test_the_status_of_many_jobs_in_one_answer(as_alice, alice, django_assert_num_queries):
    jobs = [submit(alice, seed=seed) for seed in range(5)]
    finish(jobs[1])
    wanted = [jobs[1].pk, jobs[0].pk, jobs[4].pk, jobs[0].pk]
    with django_assert_num_queries(3):  # session, account, jobs
        response = statuses(as_alice, *wanted)
    shown = response.json()["jobs"]
    assert [(job["id"], job["status"]) for job in shown] == [
        (str(wanted[0]), "succeeded"),
        (str(wanted[1]), "queued"),
        (str(wanted[2]), "queued"),
    ]
    assert shown[0] == get(as_alice, jobs[1]).json()
    assert response["Cache-Control"] == "no-store"


def test_of_jobs_that_are_not_ones_own_it_says_nothing(as_charlie, alice):
    assert statuses(as_charlie, submit(alice).pk, uuid.uuid4()).json() == {"jobs": []}


@pytest.mark.parametrize("ids", [[], ["no-uuid"], [uuid.UUID(int=number) for number in range(101)]])
def test_ids_that_cannot_be_asked_for(as_alice, ids):
    assert refused(statuses(as_alice, *ids), 400, "bad_ids")
