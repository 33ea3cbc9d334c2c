"""The admin's review filter and actions, its owner filter, and the numbers of the day."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from poseweb.models import Job, Result, Upload
from poseweb.operations.admin_filters import LATEST_JOBS
from poseweb.operations.today import today
from poseweb.review import reviews
from tests.files import path_of
from tests.web.clip_cast import finish_clip, submit_clip
from tests.web.conftest import draw, fail, finish, signed_in, submit

LIST = "/admin/poseweb/job/"


def post(client, action, *jobs, **form):
    form |= {"action": action, "_selected_action": [job.pk for job in jobs]}
    return client.post(LIST, form, follow=True).content.decode()


def reviewed(job, by):
    reviews.save(job.result, by, 0, [], accept=True)
    return job


def test_marking_reviewed(as_bob, bob, alice):
    done, old, failed = finish(submit(alice, seed=1)), finish(submit(alice, seed=2)), fail(submit(alice, seed=3))
    before = reviewed(old, alice).result.reviewed_at
    page = post(as_bob, "mark_reviewed", done, old, failed)
    assert "1 of 3 marked." in page
    assert "2 of 3 not marked. Only results that nobody has reviewed can be." in page
    done.result.refresh_from_db()
    old.result.refresh_from_db()
    assert (done.result.reviewed_by, done.result.revision) == (bob, 1)
    assert (old.result.reviewed_by, old.result.reviewed_at) == (alice, before)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"review": "open"}, {"open.jpg"}),
        ({"review": "done"}, {"done.jpg", "moved.jpg"}),
        ({"review": "corrected"}, {"moved.jpg"}),
        ({"upload__owner__username": "charlie"}, {"theirs.jpg"}),
        ({"upload__owner__username": "nobody"}, set()),
    ],
)
def test_filters(as_bob, alice, charlie, query, names):
    finish(submit(alice, "open.jpg", 1))
    reviewed(finish(submit(alice, "done.jpg", 2)), alice)
    moved = finish(submit(alice, "moved.jpg", 3))
    now = timezone.now()
    Result.objects.filter(job=moved).update(corrected_at=now, reviewed_at=now)
    fail(submit(charlie, "theirs.jpg", 4))
    page = as_bob.get(LIST, query).content.decode()
    assert {name for name in ("open.jpg", "done.jpg", "moved.jpg", "theirs.jpg") if f">{name}<" in page} == names


def test_the_owner_filter_offers_who_came_lately_and_not_everybody(as_bob, alice, charlie):
    User.objects.bulk_create(User(username=f"idle{i}") for i in range(300))
    submit(alice)
    page = as_bob.get(LIST).content.decode()
    offered = re.findall(r"upload__owner__username=(\w+)", page)
    assert offered == ["alice"]
    assert LATEST_JOBS < 10_000


def test_deleting_photos_asks_first(as_bob, alice):
    job = finish(submit(alice, "team.jpg"))
    page = post(as_bob, "delete_photos", job)
    assert "1 photo will be removed for good" in page
    assert "team.jpg, of alice" in page
    assert Upload.objects.exists()


def test_deleting_photos_takes_their_files(as_bob, alice, django_capture_on_commit_callbacks):
    job, kept = finish(submit(alice, seed=1)), finish(submit(alice, seed=2))
    files = [path_of(name) for name in (job.upload.file, job.result.annotated, job.result.thumbnail)]
    assert all(file.exists() for file in files)
    with django_capture_on_commit_callbacks(execute=True):
        page = post(as_bob, "delete_photos", job, sure="yes")
    assert "1 photo deleted." in page
    assert list(Upload.objects.all()) == [kept.upload]
    assert not any(file.exists() for file in files)


def test_who_may_only_look_deletes_nothing(alice, charlie):
    charlie.is_staff = True
    charlie.save()
    charlie.user_permissions.add(Permission.objects.get(codename="view_job"))
    job = finish(submit(alice))
    client = signed_in(charlie)
    assert "delete_photos" not in client.get(LIST).content.decode()
    post(client, "delete_photos", job, sure="yes")
    assert Upload.objects.exists()


def test_the_numbers_of_the_day(as_bob, bob, alice):
    jobs = [finish(submit(alice, seed=i), people=i) for i in range(3)]
    for job, seconds in zip(jobs, (0.5, 1.25, 9.0), strict=True):
        Result.objects.filter(job=job).update(seconds=seconds)
    reviewed(jobs[0], bob)
    fail(submit(alice, seed=4))
    fail(submit(alice, seed=5), code="too_small")
    fail(submit(alice, seed=6))
    submit(alice, seed=7)
    numbers = today()
    assert (numbers.jobs, numbers.people, numbers.seconds, numbers.reviewed) == (7, 3, 1.25, 1)
    assert dict(numbers.by_status) == {"Queued": 1, "Running": 0, "Succeeded": 3, "Failed": 3, "Cancelled": 0}
    assert list(numbers.failures.items()) == [("truncated", 2), ("too_small", 1)]
    page = as_bob.get("/admin/").content.decode()
    rows = dict(re.findall(r'<th scope="row">(?:<a[^>]*>)?([^<]*)(?:</a>)?</th><td>([^<]*)</td>', page))
    assert rows == {
        "Jobs that came in": "7",
        "of these, queued": "1",
        "of these, succeeded": "3",
        "of these, failed": "3",
        "People found": "3",
        "Median time for a photo": "1.25 s",
        "Failed: truncated": "2",
        "Failed: too_small": "1",
        "Results reviewed": "1",
    }


def test_the_numbers_lead_to_the_jobs_that_they_count(as_bob, alice):
    fail(submit(alice, seed=8))
    Job.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    draw(finish(submit(alice, seed=1)))
    for seed in (2, 3):
        fail(submit(alice, seed=seed))
    page = as_bob.get("/admin/").content.decode()
    links = re.findall(rf'<a href="({LIST}[^"]*)">([^<]*)</a></th><td>(\d+)', page)
    assert [(title, number) for _, title, number in links] == [("Jobs that came in", "3"), ("Failed: truncated", "2")]
    for address, _, number in links:
        assert as_bob.get(html.unescape(address)).content.decode().count('class="action-select"') == int(number)


def test_yesterday_is_not_today(db, alice):
    finish(submit(alice))
    Job.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    numbers = today()
    assert (numbers.jobs, numbers.people, numbers.seconds, numbers.failures) == (0, 0, None, {})


@pytest.mark.parametrize("address", ["/admin/", LIST, f"{LIST}?review=open"])
def test_the_number_of_queries_does_not_grow(as_bob, alice, address, django_assert_max_num_queries):
    def queries(count):
        for i in range(count):
            finish(submit(alice, f"{i}.jpg", seed=count + i))
            fail(submit(User.objects.create_user(f"owner {count} {i}"), seed=count + i))
        with django_assert_max_num_queries(14) as captured:
            as_bob.get(address)
        return len(captured)

    assert queries(2) == queries(12)


def test_a_clip_has_its_row_too(as_bob, alice, tmp_path):
    job = finish_clip(submit_clip(alice, tmp_path), people=3, network="better")
    finish(submit(alice))
    page = as_bob.get(LIST, {"result__network": "better"}).content.decode()
    assert page.count('class="action-select"') == 1
    assert f"/jobs/{job.pk}/thumbnail" in page
    assert 'field-people">3<' in page
    assert today().people == 4
