"""The page of one job: it follows the job to its end and shows what came of it."""

import json
import re

import pytest
from django.urls import reverse

from poseweb import services
from poseweb.models import Job, Network, Upload
from tests.files import path_of, pictures_of
from tests.web.conftest import fail, finish, submit


def page_of(client, job):
    response = client.get(reverse("job", args=[job.pk]))
    assert response.status_code == 200
    return response.content.decode()


def poll_of(page):
    match = re.search(r'hx-get="([^"]+)"', page)
    return match and match.group(1)


# ── On the way ──────────────────────────────────────────────────────────────────────────────────────


def test_a_queued_job_says_how_many_wait_before_it_and_polls(as_alice, alice, charlie):
    submit(charlie, seed=1)
    submit(alice, seed=2)
    page = page_of(as_alice, submit(alice, seed=3))
    assert "2 jobs ahead in the queue" in page
    assert 'hx-trigger="every 1s"' in page
    assert 'http-equiv="refresh"' in page  # without scripts


def test_a_poll_answers_nothing_until_something_changed(as_alice, alice):
    first, job = submit(alice, seed=1), submit(alice, seed=2)
    poll = poll_of(page_of(as_alice, job))
    assert as_alice.get(poll).status_code == 204
    finish(first)
    moved_up = as_alice.get(poll).content.decode()
    assert "Next in line" in moved_up
    Job.objects.claim(job.pk)
    running = as_alice.get(poll_of(moved_up)).content.decode()
    assert "Looking for people" in running
    assert as_alice.get(poll_of(running)).status_code == 204


def test_the_last_poll_brings_the_result_and_no_further_poll(as_alice, alice):
    job = submit(alice)
    poll = poll_of(page_of(as_alice, job))
    finish(job)
    fragment = as_alice.get(poll).content.decode()
    assert "<html" not in fragment
    assert reverse("image", args=[job.pk]) in fragment
    assert poll_of(fragment) is None


def test_the_reason_for_waiting_is_shown(as_alice, alice):
    job = submit(alice)
    Job.objects.release(
        Job.objects.claim(job.pk), "The network 'x' is missing; this command brings it.", wait_seconds=60
    )
    page = page_of(as_alice, job)
    assert "The network &#x27;x&#x27; is missing; this command brings it." in page
    assert "Attempt 1 did not end; another one follows." in page


def test_a_failed_job_says_why_and_stops_polling(as_alice, alice):
    page = page_of(as_alice, fail(submit(alice), sentence="The picture is cut short. Export it again."))
    assert "The picture is cut short. Export it again." in page
    assert poll_of(page) is None
    assert reverse("run-again", args=[Job.objects.get().pk]) in page


# ── The result ──────────────────────────────────────────────────────────────────────────────────────


def test_the_result_shows_picture_people_seconds_and_network(as_alice, alice):
    job = finish(submit(alice, "team.jpg"), people=3, network="better")
    page = page_of(as_alice, job)
    assert f'src="{reverse("photo", args=[job.pk])}?attempt=1"' in page
    assert f'<source media="(scripting: none)" srcset="{reverse("image", args=[job.pk])}?attempt=1">' in page
    assert re.search(r"<b class=\"number\">3</b>\s+people found", page)
    assert "<dd>better</dd>" in page  # its name, as no worker has it any more
    assert f"{job.result.seconds:.2f} s" in page
    assert "80 ms" in page
    assert "6.5 ms" in page


def test_the_table_gives_every_keypoint_of_every_person(as_alice, alice):
    page = page_of(as_alice, finish(submit(alice), people=2))
    assert page.count("17 of 18 keypoints") == 2
    nose, missing = re.findall(r"<tr.*?</tr>", page, re.DOTALL)[1], re.findall(r"<tr.*?</tr>", page, re.DOTALL)[18]
    assert re.findall(r"<td>([\d.]+)", nose) == ["20.0", "10.0", "0.75"]
    assert "nose" in nose
    assert "left ear" in missing
    assert "not seen" in missing
    assert "right shoulder" in page


def test_nobody_found_comes_with_advice(as_alice, alice):
    page = page_of(as_alice, finish(submit(alice), people=0))
    assert "Nobody found. What helps:" in page
    assert "<table" not in page


def test_the_built_in_network_says_which_command_brings_a_better_one(as_alice, alice):
    page = page_of(as_alice, finish(submit(alice)))
    assert "python -m estimator models install human-pose-estimation-0001" in page


def test_where_a_better_network_is_installed_the_page_suggests_it(as_alice, alice, networks):
    page = page_of(as_alice, finish(submit(alice)))
    assert "models install" not in page
    assert "The better one is installed and sees more" in page
    assert '<option value="better" selected>' in page


def test_after_the_best_network_no_other_is_suggested(as_alice, alice, networks):
    page = page_of(as_alice, finish(submit(alice), network="better"))
    assert '<option value="better">' in page  # the first, so it is chosen
    assert '<option value="poseweb" selected>' not in page


def test_a_better_network_needs_no_excuse(as_alice, alice, networks):
    page = page_of(as_alice, finish(submit(alice), network="better"))
    assert "models install" not in page
    assert "quick and rough" not in page
    assert "<dd>The better one</dd>" in page


# ── What can be done ────────────────────────────────────────────────────────────────────────────────


def test_run_again_makes_another_job_on_the_same_photo(as_alice, alice, networks):
    job = finish(submit(alice))
    response = as_alice.post(reverse("run-again", args=[job.pk]), {"network": "better"})
    again = Job.objects.exclude(pk=job.pk).get()
    assert response.headers["Location"] == reverse("job", args=[again.pk])
    assert (again.upload, again.network, again.status) == (job.upload, "better", "queued")
    page = page_of(as_alice, again)
    assert "Runs of this photo" in page
    assert reverse("job", args=[job.pk]) in page


def test_run_again_with_a_network_that_is_gone_says_so(as_alice, alice, networks):
    job = finish(submit(alice))
    Network.objects.filter(pk="better").delete()
    response = as_alice.post(reverse("run-again", args=[job.pk]), {"network": "better"}, follow=True)
    assert "No worker has the network" in response.content.decode()
    assert Job.objects.count() == 1


def test_cancel_stops_a_queued_job(as_alice, alice):
    job = submit(alice)
    page = as_alice.post(reverse("cancel", args=[job.pk]), follow=True).content.decode()
    assert Job.objects.get().status == "cancelled"
    assert "Cancelled" in page
    assert poll_of(page) is None


def test_cancel_asks_a_running_job_to_stop(as_alice, alice):
    job = submit(alice)
    Job.objects.claim(job.pk)
    page = as_alice.post(reverse("cancel", args=[job.pk]), follow=True).content.decode()
    assert "Stopping" in page
    assert poll_of(page)


def test_cancel_comes_too_late_for_a_finished_job(as_alice, alice):
    job = finish(submit(alice))
    page = as_alice.post(reverse("cancel", args=[job.pk]), follow=True).content.decode()
    assert "It had ended already." in page
    assert Job.objects.get().status == "succeeded"


def test_delete_takes_rows_and_files(as_alice, alice, django_capture_on_commit_callbacks):
    job = finish(submit(alice))
    files = [path_of(name) for name in (job.upload.file, *pictures_of(job.result))]
    assert all(file.exists() for file in files)
    with django_capture_on_commit_callbacks(execute=True):
        response = as_alice.post(reverse("delete", args=[job.upload.pk]), follow=True)
    assert "photo.jpg and everything found in it are deleted." in response.content.decode()
    assert not Upload.objects.exists()
    assert not any(file.exists() for file in files)


@pytest.mark.parametrize("action", ["run-again", "cancel"])
def test_a_link_changes_nothing(as_alice, alice, action):
    job = submit(alice)
    assert as_alice.get(reverse(action, args=[job.pk])).status_code == 405
    assert as_alice.get(reverse("delete", args=[job.upload.pk])).status_code == 405
    assert Job.objects.get().status == "queued"


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["photo", "image", "thumbnail"])
def test_pictures_are_shown_and_never_run(as_alice, alice, name):
    job = finish(submit(alice, "cat.jpg"))
    response = as_alice.get(reverse(name, args=[job.pk]))
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8\xff")
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Disposition"].startswith('inline; filename="cat')
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"].startswith("private,")


def test_the_original_is_only_a_download(as_alice, alice):
    job = submit(alice, "cat.jpg")
    response = as_alice.get(reverse("original", args=[job.upload.pk]))
    assert b"".join(response.streaming_content) == path_of(job.upload.file).read_bytes()
    assert response.headers["Content-Disposition"] == 'attachment; filename="cat.jpg"'
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_the_keypoints_are_openpose_json(as_alice, alice):
    job = finish(submit(alice), people=2)
    content = json.loads(as_alice.get(reverse("poses", args=[job.pk])).content)
    assert content["version"] == 1.3
    assert [person["person_id"] for person in content["people"]] == [[-1], [-1]]
    assert content["people"][0]["pose_keypoints_2d"][:3] == [20.0, 10.0, 0.75]
    assert content["people"][0]["pose_keypoints_2d"][-3:] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ["photo", "image", "thumbnail", "poses"])
def test_no_result_no_file(as_alice, alice, name):
    assert as_alice.get(reverse(name, args=[submit(alice).pk])).status_code == 404


def test_a_lost_file_is_logged_and_404(as_alice, alice, caplog):
    job = finish(submit(alice))
    path_of(job.result.annotated).unlink()
    assert as_alice.get(reverse("image", args=[job.pk])).status_code == 404
    assert job.result.annotated in caplog.text


def test_the_number_of_queries_does_not_grow(as_alice, alice, networks, django_assert_max_num_queries):
    job = finish(submit(alice), people=4)
    for _ in range(8):
        finish(services.run_again(job))
    with django_assert_max_num_queries(7):
        page_of(as_alice, job)
