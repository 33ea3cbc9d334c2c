"""The admin: what an operator sees and may do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from poseweb import services
from poseweb.models import Job, Upload
from tests.files import path_of, pictures_of
from tests.web.conftest import fail, finish, submit

LIST = "/admin/poseweb/job/"


def act(client, action, *jobs):
    form = {"action": action, "_selected_action": [job.pk for job in jobs]}
    return client.post(LIST, form, follow=True).content.decode()


def test_a_row_shows_thumbnail_status_network_seconds_and_people(as_bob, alice):
    job = finish(submit(alice, "team.jpg"), people=3)
    page = as_bob.get(LIST).content.decode()
    assert f'src="{reverse("thumbnail", args=[job.pk])}?attempt=1"' in page
    for column, content in {
        "photo": "team.jpg",
        "status": "Succeeded",
        "network_used": "poseweb",
        "people": "3",
        "seconds": f"{job.result.seconds:.2f}",
        "owner": "alice",
    }.items():
        cell = page.split(f'field-{column}">', 1)[1].split("</td>", 1)[0]
        assert content in cell


def test_a_row_without_a_result_shows_none(as_bob, alice):
    submit(alice)
    page = as_bob.get(LIST).content.decode()
    assert "Queued" in page
    assert "/thumbnail" not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"status__exact": "failed"}, {"cut.jpg"}),
        ({"result__network": "better"}, {"one.jpg"}),
        ({"error_code": "truncated"}, {"cut.jpg"}),
        ({"q": "two"}, {"two.jpg"}),
        ({"q": "alice"}, {"one.jpg", "two.jpg", "cut.jpg"}),
    ],
)
def test_filters_and_search(as_bob, alice, query, names):
    finish(submit(alice, "one.jpg", 1), network="better")
    finish(submit(alice, "two.jpg", 2))
    fail(submit(alice, "cut.jpg", 3))
    page = as_bob.get(LIST, query).content.decode()
    assert {name for name in ("one.jpg", "two.jpg", "cut.jpg") if f">{name}<" in page} == names


def test_filters_offer_what_there_is_without_reading_every_row(as_bob, alice, networks):
    fail(submit(alice))
    with CaptureQueriesContext(connection) as queries:
        page = as_bob.get(LIST).content.decode()
    for choice in ("?result__network=better", "?result__device=cuda", "?error_code=truncated"):
        assert choice in page
    distinct = [query["sql"] for query in queries if "DISTINCT" in query["sql"]]
    assert all("\"status\" = 'failed'" in sql for sql in distinct)  # by index, and few


def test_requeue(as_bob, alice):
    failed, done = fail(submit(alice, seed=1)), finish(submit(alice, seed=2))
    page = act(as_bob, "requeue", failed, done)
    assert "1 of 2 queued again." in page
    assert "1 of 2 not queued again. Only failed and cancelled jobs can be." in page
    failed.refresh_from_db()
    done.refresh_from_db()
    assert (failed.status, failed.error, failed.attempt) == ("queued", "", 1)
    assert done.status == "succeeded"


def test_cancel(as_bob, alice):
    queued, running, done = (submit(alice, seed=i) for i in range(3))
    Job.objects.claim(running.pk)
    finish(done)
    page = act(as_bob, "cancel", queued, running, done)
    assert "2 of 3 cancelled." in page
    queued.refresh_from_db()
    running.refresh_from_db()
    assert queued.status == "cancelled"
    assert (running.status, running.cancel_requested) == ("running", True)


def test_deleting_an_upload_takes_its_files(as_bob, alice, django_capture_on_commit_callbacks):
    job = finish(submit(alice))
    files = [path_of(name) for name in (job.upload.file, *pictures_of(job.result))]
    with django_capture_on_commit_callbacks(execute=True):
        as_bob.post(f"/admin/poseweb/upload/{job.upload.pk}/delete/", {"post": "yes"})
    assert not Upload.objects.exists()
    assert not any(file.exists() for file in files)


def test_deleting_several_uploads_takes_their_files(as_bob, alice, django_capture_on_commit_callbacks):
    files = [path_of(finish(submit(alice, seed=i)).upload.file) for i in range(2)]
    chosen = {"action": "delete_selected", "_selected_action": list(Upload.objects.values_list("pk", flat=True))}
    with django_capture_on_commit_callbacks(execute=True):
        as_bob.post("/admin/poseweb/upload/", chosen | {"post": "yes"})
    assert not Upload.objects.exists()
    assert not any(file.exists() for file in files)


def test_rows_change_only_through_actions(as_bob, alice):
    job = submit(alice)
    assert as_bob.get(f"{LIST}add/").status_code == 403
    assert as_bob.post(f"{LIST}{job.pk}/change/", {"status": "succeeded"}).status_code == 403
    assert as_bob.post(f"{LIST}{job.pk}/delete/", {"post": "yes"}).status_code == 403
    job.refresh_from_db()
    assert job.status == "queued"


def test_the_page_of_a_job_links_to_the_site(as_bob, alice):
    job = finish(submit(alice))
    page = as_bob.get(f"{LIST}{job.pk}/change/").content.decode()
    assert f'href="{reverse("job", args=[job.pk])}"' in page


@pytest.mark.parametrize("address", [LIST, "/admin/poseweb/upload/"])
def test_the_number_of_queries_does_not_grow(as_bob, alice, address, django_assert_max_num_queries):
    def queries(count):
        for i in range(count):
            services.run_again(finish(submit(alice, f"{i}.jpg", seed=count + i)))
        with django_assert_max_num_queries(10) as captured:
            as_bob.get(address)
        return len(captured)

    assert queries(2) == queries(12)
