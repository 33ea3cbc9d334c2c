"""The API beyond one upload and its job: lists, photos, networks, cancel, run again, and every format of a result."""

import uuid

import pytest
from django.urls import reverse

from estimator import from_coco, from_csv
from poseweb import services
from poseweb.models import Job, Result, Upload
from poseweb.review import reviews
from tests.web.conftest import draw, finish, signed_in, submit
from tests.web.test_api import get, refused

HERE = "http://testserver"


def fetch(client, address):
    return client.get(address.removeprefix(HERE))


# ── Lists ───────────────────────────────────────────────────────────────────────────────────────────


def pages(client, address):
    """Every page of a list, following `next` to its end."""
    while address:
        page = fetch(client, address).json()
        yield [job["id"] for job in page["jobs"]]
        address = page["next"]


def test_pages_of_jobs_newest_first_and_none_twice(as_alice, alice):
    jobs = [str(submit(alice, seed=seed).pk) for seed in range(5)]
    assert list(pages(as_alice, "/api/v1/jobs?limit=2")) == [jobs[:2:-1], jobs[2:0:-1], jobs[:1]]


def test_pages_stay_right_while_photos_come_and_go(as_alice, alice):
    jobs = [submit(alice, seed=seed) for seed in range(4)]
    first = fetch(as_alice, "/api/v1/jobs?limit=2").json()
    submit(alice, seed=9)
    services.delete(jobs[2].upload)  # where the page ended
    assert [job["id"] for job in fetch(as_alice, first["next"]).json()["jobs"]] == [str(jobs[1].pk), str(jobs[0].pk)]


def test_a_photo_is_listed_once_with_its_newest_job(as_alice, alice):
    job = finish(submit(alice))
    draw(job)
    again = services.run_again(job)
    assert list(pages(as_alice, "/api/v1/jobs")) == [[str(again.pk)]]


def test_the_list_shows_ones_own_and_staff_everything(as_alice, as_bob, as_charlie, alice):
    job = submit(alice)
    services.set_public(job.upload, public=True)
    assert [len(fetch(client, "/api/v1/jobs").json()["jobs"]) for client in (as_alice, as_bob, as_charlie)] == [1, 1, 0]


def test_a_page_costs_the_same_however_long_it_is(as_alice, alice, django_assert_num_queries):
    for seed in range(6):
        submit(alice, seed=seed)
    for limit in (1, 6):
        with django_assert_num_queries(4):  # session, account, photos, jobs
            assert len(fetch(as_alice, f"/api/v1/jobs?limit={limit}").json()["jobs"]) == limit


@pytest.mark.parametrize(
    "before", ["yesterday", "20260101T000000.000000_", "_", "\0", "20269901T000000.000000_" + "0" * 32]
)
def test_a_place_that_is_none(as_alice, before):
    assert refused(as_alice.get("/api/v1/jobs", {"before": before}), 400, "bad_cursor")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", ""])
def test_a_limit_that_is_none(as_alice, limit):
    assert refused(as_alice.get("/api/v1/jobs", {"limit": limit}), 400, "bad_request")


def test_networks_the_default_first(as_alice, networks, settings):
    names = lambda: [network["name"] for network in as_alice.get("/api/v1/networks").json()["networks"]]  # noqa: E731
    assert names() == ["better", "poseweb"]
    settings.NETWORK = "poseweb"
    assert names() == ["poseweb", "better"]
    first = as_alice.get("/api/v1/networks").json()["networks"][0]
    assert first == {"name": "poseweb", "title": "The built-in one", "licence": "MIT", "summary": "A line.", "ap": None}


# ── Photos ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_photo_and_its_jobs(as_alice, alice):
    job = finish(submit(alice, "cat.jpg"))
    draw(job)
    again = services.run_again(job)
    photo = fetch(as_alice, get(as_alice, job).json()["photo"]).json()
    assert (photo["id"], photo["name"], photo["public"]) == (str(job.upload.pk), "cat.jpg", False)
    assert (photo["width"], photo["height"], photo["bytes"]) == (160, 120, job.upload.bytes)
    assert [run["id"] for run in photo["jobs"]] == [str(again.pk), str(job.pk)]


def test_deleting_takes_rows_and_files(as_alice, alice, settings, django_capture_on_commit_callbacks):
    job = finish(submit(alice))
    address = reverse("api-photo", args=[job.upload.pk])
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_alice.delete(address)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not Upload.objects.exists()
    assert not [file for file in settings.MEDIA_ROOT.rglob("*") if file.is_file()]
    assert refused(as_alice.delete(address), 404, "not_found")
    assert refused(as_alice.get(address), 404, "not_found")


def test_a_photo_is_its_owners_also_where_it_is_public(as_alice, as_charlie, alice):
    job = submit(alice)
    services.set_public(job.upload, public=True)
    address = reverse("api-photo", args=[job.upload.pk])
    assert refused(as_charlie.delete(address), 404, "not_found")
    assert refused(as_charlie.get(address), 404, "not_found")
    assert refused(as_charlie.post(reverse("api-cancel", args=[job.pk])), 404, "not_found")
    assert refused(as_charlie.post(reverse("api-again", args=[job.pk])), 404, "not_found")
    assert Job.objects.get().status == "queued"


@pytest.mark.parametrize("method", ["post", "put", "patch", "options"])
def test_other_methods_of_a_photo(as_alice, method):
    answer = getattr(as_alice, method)(reverse("api-photo", args=[uuid.uuid4()]))
    assert refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "DELETE, GET"


# ── Cancel and run again ────────────────────────────────────────────────────────────────────────────


def test_a_waiting_job_is_cancelled_at_once(as_alice, alice):
    job = submit(alice)
    assert as_alice.post(reverse("api-cancel", args=[job.pk])).json()["status"] == "cancelled"
    assert Job.objects.get().status == "cancelled"
    assert refused(as_alice.post(reverse("api-cancel", args=[job.pk])), 409, "already_over")


def test_a_running_job_is_asked_to_stop(as_alice, alice):
    job = submit(alice)
    Job.objects.claim(job.pk)
    assert as_alice.post(reverse("api-cancel", args=[job.pk])).json()["status"] == "running"
    assert Job.objects.get().cancel_requested


def test_run_again_with_other_wishes(as_alice, alice, networks):
    job = finish(submit(alice))
    form = {"network": "better", "resolution": "-1x256", "single": "true"}
    answer = as_alice.post(reverse("api-again", args=[job.pk]), form)
    fresh = Job.objects.exclude(pk=job.pk).get()
    body = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"{HERE}/api/v1/jobs/{fresh.pk}")
    assert (body["id"], body["network"], body["resolution"], body["single"]) == (
        str(fresh.pk), "better", "-1x256", True)  # fmt: skip
    assert (fresh.network, fresh.options) == ("better", {"resolution": "-1x256", "single": True})


def test_run_again_without_a_word_is_as_usual(as_alice, alice):
    job = finish(submit(alice))
    assert as_alice.post(reverse("api-again", args=[job.pk])).json()["resolution"] == "-1x368"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"network": "none-such"}, "unknown_network"),
        ({"network": "a\0"}, "unknown_network"),
        ({"resolution": "huge"}, "unknown_resolution"),
        ({"single": "perhaps"}, "unknown_choice"),
    ],
)
def test_wishes_that_cannot_be(as_alice, alice, form, code):
    job = submit(alice)
    assert refused(as_alice.post(reverse("api-again", args=[job.pk]), form), 422, code)
    assert Job.objects.count() == 1


def test_json_is_not_overlooked(as_alice, alice):
    address = reverse("api-again", args=[submit(alice).pk])
    answer = as_alice.post(address, {"network": "better"}, content_type="application/json")
    assert refused(answer, 415, "not_a_form")


@pytest.mark.parametrize("way", ["cancel", "again", "delete"])
def test_a_browser_changes_nothing_without_its_csrf_token(alice, way):
    job = submit(alice)
    client = signed_in(alice)
    client.handler.enforce_csrf_checks = True
    ask = {
        "cancel": lambda: client.post(reverse("api-cancel", args=[job.pk])),
        "again": lambda: client.post(reverse("api-again", args=[job.pk])),
        "delete": lambda: client.delete(reverse("api-photo", args=[job.upload_id])),
    }
    assert refused(ask[way](), 403, "csrf_failed")
    assert [row.status for row in Job.objects.all()] == ["queued"]


# ── Formats of a result ─────────────────────────────────────────────────────────────────────────────


def test_every_format_is_linked_and_reads_back(as_alice, alice):
    job = finish(submit(alice, "cat.jpg"), people=2)
    body = get(as_alice, job).json()
    assert len(from_coco(fetch(as_alice, body["coco"]).json())["cat.jpg"].poses) == 2
    table = fetch(as_alice, body["csv"])
    assert table.headers["Content-Type"].startswith("text/csv")
    assert len(from_csv(table.content.decode())["cat.jpg"].poses) == 2


@pytest.mark.parametrize("end", ["/poses.coco.json", "/poses.csv"])
def test_without_a_result_there_is_no_format(as_alice, alice, end):
    assert refused(get(as_alice, submit(alice), end), 409, "no_result")


def test_a_result_that_somebody_vouched_for_says_so(as_alice, alice):
    job = finish(submit(alice))
    assert get(as_alice, job).json()["reviewed_at"] is None
    reviews.accept_all(Result.objects.all(), alice)
    assert get(as_alice, job).json()["reviewed_at"]


# ── ETag ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("end", ["", "/poses.json", "/poses.coco.json", "/poses.csv", "/image"])
def test_what_is_known_is_not_sent_again(as_alice, alice, end):
    job = finish(submit(alice))
    address = f"/api/v1/jobs/{job.pk}{end}"
    answer = as_alice.get(address)
    b"".join(answer)
    tag = answer.headers["ETag"]
    again = as_alice.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    other = as_alice.get(address, headers={"If-None-Match": '"another"'})
    assert b"".join(other)
    assert (other.status_code, other.headers["ETag"]) == (200, tag)
    assert refused(as_alice.get(address, headers={"If-Match": '"another"'}), 412, "changed")


def test_a_job_that_moved_on_has_another_etag(as_alice, alice):
    job = submit(alice)
    known = {"If-None-Match": get(as_alice, job).headers["ETag"]}
    assert as_alice.get(reverse("api-job", args=[job.pk]), headers=known).status_code == 304
    finish(job)
    assert as_alice.get(reverse("api-job", args=[job.pk]), headers=known).json()["status"] == "succeeded"


def test_a_strangers_guess_is_no_304(client, as_charlie, alice):
    """What somebody may not see is not even confirmed."""
    address = reverse("api-job", args=[finish(submit(alice)).pk])
    for visitor, status in ((client, 401), (as_charlie, 404)):
        assert visitor.get(address, headers={"If-None-Match": "*"}).status_code == status
