"""The pages of reviewing: queue, editor without JavaScript, what its script sends, and the reviewed photos."""

import io
import json
import re
import zipfile

import pytest
from django.urls import reverse
from PIL import Image

from poseweb import media, services
from poseweb.models import Result
from poseweb.review import corrections, reviews
from tests.web.clip_cast import finish_clip, submit_clip
from tests.web.conftest import SIZE, finish, submit


def address(job):
    return reverse("review", args=[job.pk])


def typed(result, index=0, **form):
    """The form of a person's table, as it is sent without JavaScript; `x0=5` changes a field of the first keypoint."""
    rows = corrections.labels(result.poses.get(index=index))
    x, y, v = ([str(row[column]) for row in rows] for column in range(3))
    for name, column in (("x0", x), ("y0", y), ("v0", v)):
        if name in form:
            column[0] = str(form.pop(name))
    return {"revision": result.revision, "person": index, "x": x, "y": y, "v": v, "wish": "save"} | form


@pytest.fixture
def job(alice):
    return finish(submit(alice, "team.jpg"), people=2)


def nose(result, index=0):
    return corrections.labels(result.poses.get(index=index))[0]


def test_without_javascript_a_table_is_a_form(as_alice, job):
    page = as_alice.get(address(job)).content.decode()
    assert 'name="x" step="any" min="-0.5" max="160" value="20.0" aria-label="x of nose"' in page
    answer = as_alice.post(address(job), typed(job.result, x0=33.5, y0=44, v0=1), follow=True)
    assert answer.redirect_chain == [(address(job), 302)]
    assert "team.jpg is saved." in answer.content.decode()
    assert nose(job.result) == [33.5, 44, 1]
    page = as_alice.get(address(job)).content.decode()
    assert 'value="33.5" aria-label="x of nose"' in page
    assert "network: 20.0, 10.0<" in page  # what the network said stays


@pytest.mark.parametrize(("wish", "removed", "corrected"), [("remove", True, True), ("network", False, False)])
def test_the_other_buttons_of_a_table(as_alice, job, wish, removed, corrected):
    as_alice.post(address(job), typed(job.result, x0=5))
    job.result.refresh_from_db()
    as_alice.post(address(job), typed(job.result, wish=wish))
    row = job.result.poses.get(index=0)
    assert (row.removed, row.corrected is not None) == (removed, corrected)


def test_bring_back(as_alice, job):
    as_alice.post(address(job), typed(job.result, wish="remove"))
    job.result.refresh_from_db()
    assert job.result.people == 1
    assert "Bring back" in as_alice.get(address(job)).content.decode()
    as_alice.post(address(job), typed(job.result))
    job.result.refresh_from_db()
    assert job.result.people == 2


def test_adding_a_person(as_alice, job):
    as_alice.post(address(job), typed(job.result, person=""))
    row = job.result.poses.get(index=2)
    assert (row.added, row.corrected[0]) == (True, [20.0, 10.0, 2])


def test_accepting_and_taking_it_back(as_bob, bob, job):
    as_bob.post(address(job), {"revision": 0, "accept": "1"})
    job.result.refresh_from_db()
    assert job.result.reviewed_by == bob
    page = as_bob.get(address(job)).content.decode()
    assert "reviewed now by bob" in page
    as_bob.post(address(job), {"revision": 1, "wish": "reopen"})
    job.result.refresh_from_db()
    assert job.result.reviewed_at is None


def test_who_comes_second_keeps_what_they_typed(as_alice, as_bob, job):
    mine = typed(job.result, x0=77.5)
    as_bob.post(address(job), typed(job.result, x0=5))
    answer = as_alice.post(address(job), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else saved this photo" in page
    assert "stored now by bob" in page
    assert 'value="77.5" aria-label="x of nose"' in page
    assert nose(job.result)[0] == 5
    assert set(re.findall(r'name="revision" value="(\d+)"', page)) == {"1"}
    assert as_alice.post(address(job), mine | {"revision": 1}).status_code == 302
    assert nose(job.result)[0] == 77.5


@pytest.mark.parametrize("form", [{"x0": 500}, {"x0": "nan"}, {"y0": -3}])
def test_what_is_refused_stands_there_again(as_alice, job, form):
    answer = as_alice.post(address(job), typed(job.result, **form))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Result.objects.get().revision == 0


@pytest.mark.parametrize(
    "form",
    [
        {"x": ["a"] * 18},
        {"x": ["1"] * 17},
        {"v": ["two"] * 18},
        {"person": "one"},
        {"revision": ""},
        {"people": "{"},
    ],
)
def test_what_no_browser_sends_is_a_bad_request(as_alice, job, form):
    assert as_alice.post(address(job), typed(job.result) | form).status_code == 400
    assert Result.objects.get().revision == 0


def post_json(client, job, people, **form):
    form |= {"people": json.dumps(people), "revision": form.get("revision", 0)}
    return client.post(address(job), form, headers={"Accept": "application/json"})


def test_the_script_sends_all_that_changed(as_alice, alice, job):
    first = corrections.labels(job.result.poses.get(index=0))
    people = [
        {"index": 0, "keypoints": [[9, 9, 2], *first[1:]], "removed": False},
        {"index": 1, "keypoints": None, "removed": True},
        {"index": None, "keypoints": first, "removed": False},
    ]
    answer = post_json(as_alice, job, people, accept="1")
    assert answer.json() == {"revision": 1, "next": reverse("job", args=[job.pk])}
    job.result.refresh_from_db()
    assert [(row.removed, row.added) for row in job.result.poses.all()] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert nose(job.result) == [9, 9, 2]
    assert (job.result.people, job.result.reviewed_by) == (2, alice)


def test_the_script_is_told_of_who_was_first(as_alice, as_bob, job):
    post_json(as_bob, job, [{"index": 1, "keypoints": None, "removed": True}])
    answer = post_json(as_alice, job, [{"index": 0, "keypoints": None, "removed": True}])
    assert answer.status_code == 409
    assert (answer.json()["error_code"], answer.json()["revision"]) == ("stale", 1)
    assert [row.removed for row in job.result.poses.all()] == [False, True]


@pytest.mark.parametrize("people", ["all", [{"index": 0, "keypoints": [[1, 2]]}], [{"index": 9}]])
def test_the_script_is_told_what_is_wrong(as_alice, job, people):
    answer = post_json(as_alice, job, people)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


def test_the_page_gives_the_script_what_the_network_said(as_alice, job):
    post_json(as_alice, job, [{"index": 1, "keypoints": None, "removed": True}])
    page = as_alice.get(address(job)).content.decode()
    given = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])
    assert [(person["index"], person["removed"]) for person in given["people"]] == [(0, False), (1, True)]
    assert given["people"][1]["said"][0] == [50.0, 10.0, 0.75]
    assert given["people"][1]["keypoints"][0] == [50.0, 10.0, 2]
    assert (given["width"], given["height"]) == SIZE


def test_an_unfinished_job_has_nothing_to_review(as_alice, alice):
    assert as_alice.get(address(submit(alice))).status_code == 404


def test_public_photos_are_nobody_elses_to_correct(as_charlie, job):
    services.set_public(job.upload, public=True)
    assert as_charlie.get(address(job)).status_code == 404
    assert as_charlie.post(address(job), typed(job.result)).status_code == 404


# ── Queue ──


def test_the_queue_has_the_newest_result_of_each_photo_that_nobody_vouched_for(as_alice, as_bob, alice, charlie):
    jobs = [finish(submit(alice, f"{i}.jpg", i)) for i in range(3)]
    theirs = finish(submit(charlie, "theirs.jpg", 4))
    submit(alice, "waiting.jpg", 5)
    again = finish(services.run_again(jobs[0]))
    reviews.save(jobs[1].result, alice, 0, [], accept=True)
    finish(services.run_again(jobs[1]))  # its photo is reviewed all the same

    def queued(client):
        page = client.get(reverse("review-queue")).content.decode()
        return re.findall(r"/jobs/([0-9a-f-]{36})/review\?queue\"><span", page), page

    mine, page = queued(as_alice)
    assert mine == [str(again.pk), str(jobs[2].pk)]
    assert "2 to review, 1 reviewed" in page
    assert queued(as_bob)[0] == [str(again.pk), str(theirs.pk), str(jobs[2].pk)]


def test_accepting_goes_on_to_the_next(as_bob, alice):
    old, middle, new = (finish(submit(alice, f"{i}.jpg", i)) for i in range(3))
    page = as_bob.get(f"{address(middle)}?queue").content.decode()
    assert f'href="{address(new)}?queue" data-key="k"' in page
    assert f'href="{address(old)}?queue" data-key="j"' in page
    accept = {"revision": 0, "accept": "1", "queue": "1"}
    assert as_bob.post(address(new), accept).headers["Location"] == f"{address(middle)}?queue"
    assert as_bob.post(address(old), accept).headers["Location"] == reverse("review-queue")
    assert as_bob.post(address(middle), accept | {"queue": ""}).headers["Location"] == reverse("review-queue")
    assert "Nothing to review" in as_bob.get(reverse("review-queue")).content.decode()


def test_accepting_outside_the_queue_goes_back_to_the_photo(as_alice, job):
    answer = as_alice.post(address(job), {"revision": 0, "accept": "1"})
    assert answer.headers["Location"] == reverse("job", args=[job.pk])


def test_the_number_of_queries_does_not_grow(as_bob, alice, django_assert_max_num_queries):
    def queries(count):
        for i in range(count):
            finish(submit(alice, f"{i}.jpg", seed=count + i))
        with django_assert_max_num_queries(6) as captured:
            as_bob.get(reverse("review-queue"))
        return len(captured)

    assert queries(2) == queries(12)


# ── Reviewed photos ──


def unpacked(client):
    answer = client.get(reverse("reviewed"))
    assert answer.headers["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def test_the_reviewed_photos_are_coco_data(as_bob, as_charlie, alice, charlie):
    one, two = (finish(submit(alice, name, seed), people=2) for seed, name in enumerate(("A.jpg", "a.png")))
    said = corrections.visibilities(one.result.poses.get(index=0).keypoints)
    said[0] = [33.5, 44, 1]
    both = [corrections.Correction(0, said), corrections.Correction(1, removed=True)]
    reviews.save(one.result, alice, 0, both, accept=True)
    reviews.save(two.result, alice, 0, [], accept=True)
    finish(submit(alice, "open.jpg", 3))
    theirs = finish(submit(charlie, "theirs.jpg", 4))
    reviews.save(theirs.result, charlie, 0, [], accept=True)

    archive = unpacked(as_bob)
    data = json.loads(archive.read("annotations/person_keypoints.json"))
    pictures = [image["file_name"] for image in data["images"]]
    assert pictures == ["A.jpg", "a-2.jpg", "theirs.jpg"]  # also where upper and lower case are the same
    assert set(archive.namelist()) == {f"images/{name}" for name in pictures} | {
        "annotations/person_keypoints.json",
        "README.txt",
    }
    assert Image.open(io.BytesIO(archive.read("images/A.jpg"))).size == SIZE
    assert [image["width"] for image in data["images"]] == [SIZE[0]] * 3
    assert [row["image_id"] for row in data["annotations"]] == [1, 2, 2, 3]
    assert data["annotations"][0]["keypoints"][:3] == [33.5, 44, 1]  # the nose, hidden
    assert data["annotations"][0]["num_keypoints"] == 16  # without the left ear
    assert data["categories"][0]["name"] == "person"
    assert unpacked(as_charlie).namelist()[0] == "images/theirs.jpg"


def test_a_photo_that_is_gone_is_left_out_and_said(as_alice, alice):
    jobs = [finish(submit(alice, f"{i}.jpg", i)) for i in range(2)]
    for job in jobs:
        reviews.save(job.result, alice, 0, [], accept=True)
    media.remove([jobs[0].result.photo])
    archive = unpacked(as_alice)
    assert "images/0.jpg" not in archive.namelist()
    assert archive.read("README.txt").decode().endswith("gone from the server:\n\n0.jpg\n")
    assert len(json.loads(archive.read("annotations/person_keypoints.json"))["images"]) == 1


def test_too_much_at_once_is_said(as_alice, alice, monkeypatch):
    monkeypatch.setattr("poseweb.review.reviewed_set.MOST_BYTES", 100)
    reviews.save(finish(submit(alice)).result, alice, 0, [], accept=True)
    page = as_alice.get(reverse("reviewed"), follow=True).content.decode()
    assert "more than 1 GB together" in page


def test_what_is_downloaded_of_one_photo_is_corrected(as_alice, job):
    before = as_alice.get(reverse("poses", args=[job.pk])).json()["people"]
    as_alice.post(address(job), typed(job.result, x0=33.5, y0=44))
    after = as_alice.get(reverse("poses", args=[job.pk])).json()["people"]
    assert after[0]["pose_keypoints_2d"][:3] == [33.5, 44, 1]
    assert before[0]["pose_keypoints_2d"][:3] == [20, 10, 0.75]
    assert after[1] == before[1]


# ── Gallery ──


@pytest.mark.parametrize(
    ("choice", "names"),
    [("open", {"open.jpg"}), ("done", {"done.jpg", "moved.jpg"}), ("corrected", {"moved.jpg"})],
)
def test_the_gallery_is_narrowed_by_review(as_alice, alice, choice, names):
    finish(submit(alice, "open.jpg", 1))
    reviews.save(finish(submit(alice, "done.jpg", 2)).result, alice, 0, [], accept=True)
    moved = finish(submit(alice, "moved.jpg", 3)).result
    reviews.save(moved, alice, 0, [corrections.Correction(0, removed=True)], accept=True)
    submit(alice, "waiting.jpg", 4)
    page = as_alice.get(reverse("gallery"), {"review": choice}).content.decode()
    assert {name for name in ("open.jpg", "done.jpg", "moved.jpg", "waiting.jpg") if name in page} == names


def test_the_gallery_counts_people_as_corrected(as_alice, alice, job):
    reviews.save(job.result, alice, 0, [corrections.Correction(0, removed=True)])
    job.upload.refresh_from_db()
    assert job.upload.people == 1
    assert "team.jpg" in as_alice.get(reverse("gallery"), {"people": "1"}).content.decode()


def test_an_older_run_that_is_corrected_leaves_the_gallery_as_it_is(alice, job):
    again = finish(services.run_again(job), people=2)
    reviews.save(Result.objects.get(job=job), alice, 0, [corrections.Correction(0, removed=True)])
    again.upload.refresh_from_db()
    assert again.upload.people == 2


def test_a_clip_is_not_corrected_by_hand(as_alice, alice, tmp_path):
    job = finish_clip(submit_clip(alice, tmp_path))
    assert as_alice.get(address(job)).status_code == 404
    assert "Correct keypoints" not in as_alice.get(reverse("job", args=[job.pk])).content.decode()
    assert "Nothing to review" in as_alice.get(reverse("review-queue")).content.decode()


def test_the_page_of_a_photo_leads_its_owner_here(as_alice, as_charlie, job):
    services.set_public(job.upload, public=True)
    page = reverse("job", args=[job.pk])
    assert f'href="{address(job)}"' in as_alice.get(page).content.decode()
    assert f'href="{address(job)}"' not in as_charlie.get(page).content.decode()


def test_who_corrected_is_nobody_elses_business(as_charlie, as_alice, alice, job):
    reviews.save(job.result, alice, 0, [corrections.Correction(0, removed=True)], accept=True)
    services.set_public(job.upload, public=True)
    page = reverse("job", args=[job.pk])
    assert re.search(r"Corrected[^<]*by alice", as_alice.get(page).content.decode())
    seen = as_charlie.get(page).content.decode()
    assert "Corrected" in seen
    assert not re.search(r"(Corrected|Reviewed)[^<]*by alice", seen)
