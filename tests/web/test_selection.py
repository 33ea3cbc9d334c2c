"""What is done with photos that were ticked: without JavaScript, one form."""

import csv
import io
import json
import re
import zipfile

import pytest

from poseweb import media, services
from poseweb.downloads import archive
from poseweb.models import Job, Upload
from poseweb.pages import gallery
from tests.files import path_of
from tests.web.conftest import fail, finish, photo, submit


def do(client, wish, jobs, **more):
    return client.post("/photos/selected", {"wish": wish, "photo": [str(job.upload_id) for job in jobs], **more})


def unpacked(response):
    return zipfile.ZipFile(io.BytesIO(b"".join(response)))


@pytest.fixture
def jobs(alice):
    return [finish(submit(alice, f"{seed}.jpg", seed), people=seed) for seed in range(3)]


def test_the_page_holds_one_form_that_its_boxes_belong_to(as_alice, jobs):
    page = as_alice.get("/photos?status=succeeded").content.decode()
    assert page.count('id="selection"') == 1
    boxes = re.findall(r'<input type="checkbox" name="photo" value="([^"]+)" form="selection">', page)
    assert set(boxes) == {str(job.upload_id) for job in jobs}
    assert '<input type="hidden" name="back" value="status=succeeded">' in page


def test_the_zip_has_pictures_keypoints_and_tables(as_alice, alice, jobs):
    broken = fail(submit(alice, "broken.jpg", 9))
    response = do(as_alice, "download", [*jobs, broken])
    assert response.headers["Content-Disposition"] == 'attachment; filename="poseweb.zip"'
    with unpacked(response) as file:
        assert file.testzip() is None
        annotated = {f"annotated/{i}.jpg" for i in range(3)}
        openpose = {f"openpose/{i}_keypoints.json" for i in range(3)}
        assert set(file.namelist()) == {*annotated, *openpose, "keypoints.csv", "coco.json", "left-out.txt"}
        assert file.read("annotated/2.jpg") == path_of(jobs[2].result.annotated).read_bytes()
        assert [len(json.loads(file.read(f"openpose/{i}_keypoints.json"))["people"]) for i in range(3)] == [0, 1, 2]
        rows = list(csv.DictReader(io.StringIO(file.read("keypoints.csv").decode())))
        assert {(row["picture"], row["person"]) for row in rows} == {("1.jpg", "1"), ("2.jpg", "1"), ("2.jpg", "2")}
        coco = json.loads(file.read("coco.json"))
        assert {image["file_name"] for image in coco["images"]} == {"0.jpg", "1.jpg", "2.jpg"}
        assert len(coco["annotations"]) == 3
        assert file.read("left-out.txt").decode() == f"broken.jpg: {broken.error}\n"


def test_names_in_the_zip_are_one_each_and_lead_nowhere(as_alice, alice):
    names = ["a.jpg", "A.png", "../../etc/passwd", 'x<>:"|?*.jpg', "...", "=1+1.jpg"]
    jobs = [finish(submit(alice, name, seed)) for seed, name in enumerate(names)]
    Upload.objects.filter(pk=jobs[2].upload_id).update(name="../../etc/passwd")  # past all cleaning
    with unpacked(do(as_alice, "download", jobs)) as file:
        found = [name.removeprefix("annotated/") for name in file.namelist() if name.startswith("annotated/")]
    assert len({name.lower() for name in found}) == len(names)
    assert not any("/" in name or name.startswith(".") or set(name) & set('<>:"|?*') for name in found)


def test_a_zip_that_is_too_large_is_refused_with_a_sentence(as_alice, jobs, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 100)
    response = do(as_alice, "download", jobs)
    assert response.headers["Location"] == "/photos?"
    assert "Download fewer at once" in as_alice.get("/photos").content.decode()


def test_a_picture_that_is_gone_is_named(as_alice, jobs):
    media.remove([jobs[1].result.annotated])
    with unpacked(do(as_alice, "download", jobs)) as file:
        assert "1.jpg: Its annotated picture is gone" in file.read("left-out.txt").decode()
        assert len([name for name in file.namelist() if name.startswith("annotated/")]) == 2


def test_many_photos_cost_few_queries(as_alice, alice, jobs, django_assert_max_num_queries):
    jobs += [finish(submit(alice, f"{seed}.jpg", seed)) for seed in range(3, 10)]
    with django_assert_max_num_queries(6):
        b"".join(do(as_alice, "download", jobs))


def test_delete_takes_rows_and_files(as_alice, jobs, django_capture_on_commit_callbacks):
    gone, kept = jobs[:2], jobs[2]
    with django_capture_on_commit_callbacks(execute=True):
        response = do(as_alice, "delete", gone, back="people=1&next=//evil.example")
    assert response.headers["Location"] == "/photos?people=1&next=%2F%2Fevil.example"
    assert "2 photos are deleted for good." in as_alice.get("/photos").content.decode()
    assert set(Job.objects.values_list("pk", flat=True)) == {kept.pk}
    assert not any(media.exists(job.result.annotated) for job in gone)
    assert media.exists(kept.result.annotated)


def test_share_and_take_back(as_alice, jobs):
    do(as_alice, "share", jobs[:2])
    keys = set(Upload.objects.exclude(share_key=None).values_list("share_key", flat=True))
    assert len(keys) == 2
    do(as_alice, "share", jobs)
    assert keys < set(Upload.objects.values_list("share_key", flat=True))  # a link that is out stays right
    do(as_alice, "publish", jobs[:1])
    assert Upload.objects.get(public=True).pk == jobs[0].upload_id
    do(as_alice, "hide", jobs)
    do(as_alice, "stop", jobs)
    assert not Upload.objects.filter(public=True).exists()
    assert not Upload.objects.exclude(share_key=None).exists()


def test_run_again_with_other_options(as_alice, jobs, networks):
    do(as_alice, "again", jobs[:2], network="better", resolution="-1x256", single="1")
    fresh = Job.objects.filter(status="queued")
    assert {job.upload_id for job in fresh} == {job.upload_id for job in jobs[:2]}
    assert {(job.network, job.options["resolution"], job.options["single"]) for job in fresh} == {
        ("better", "-1x256", True)
    }


def test_run_again_stops_at_the_limit_and_says_how_far_it_came(as_alice, jobs, settings):
    settings.JOBS_PER_HOUR = 4  # three are spent
    do(as_alice, "again", jobs)
    page = as_alice.get("/photos").content.decode()
    assert "1 photo is in the queue again." in page
    assert "more is not allowed at once" in page
    assert Job.objects.count() == 4


@pytest.mark.parametrize("wish", list(gallery.DEEDS))
def test_nobody_touches_what_is_not_theirs(as_charlie, alice, jobs, wish):
    services.set_public(jobs[0].upload, public=True)
    before = (list(Job.objects.values()), list(Upload.objects.values()))
    response = do(as_charlie, wish, jobs)
    if wish == "download":
        with unpacked(response) as file:
            assert set(file.namelist()) == {"keypoints.csv", "coco.json"}
    assert (list(Job.objects.values()), list(Upload.objects.values())) == before


def test_nothing_ticked_too_much_ticked_and_nonsense(as_alice, jobs, monkeypatch):
    do(as_alice, "delete", [])
    assert "Tick at least one photo first." in as_alice.get("/photos").content.decode()
    monkeypatch.setattr(gallery, "MOST", 2)
    do(as_alice, "delete", jobs)
    assert "Tick at most 2 photos at once." in as_alice.get("/photos").content.decode()
    assert as_alice.post("/photos/selected", {"wish": "delete", "photo": "x"}).status_code == 400
    assert do(as_alice, "explode", jobs).status_code == 404
    assert Upload.objects.count() == 3


# ── The page of jobs ────────────────────────────────────────────────────────────────────────────────


def test_the_queue_shows_what_is_on_its_way_in_order(as_alice, as_charlie, alice, charlie):
    first, second, running = (submit(alice, f"{seed}.jpg", seed) for seed in range(3))
    submit(charlie, "of charlie.jpg", 7)
    Job.objects.claim(running.pk)
    finish(submit(alice, "done.jpg", 4))
    fail(submit(alice, "broken.jpg", 5))
    page = as_alice.get("/jobs").content.decode()
    assert re.findall(r'id="row-([^"]+)"', page)[:3] == [str(job.pk) for job in (running, first, second)]
    assert "done.jpg" not in page
    assert "of charlie.jpg" not in page
    assert page.index("Without a result") < page.index("broken.jpg")
    assert "of charlie.jpg" in as_charlie.get("/jobs").content.decode()


def test_cancel_and_try_again_from_the_queue(as_alice, alice):
    job = submit(alice)
    assert as_alice.post(f"/jobs/{job.pk}/cancel", {"from": "queue"}).headers["Location"] == "/jobs"
    assert Job.objects.get().status == "cancelled"
    row = as_alice.post(f"/jobs/{job.pk}/retry", headers={"HX-Request": "true"}).content.decode()
    assert Job.objects.get().status == "queued"
    assert f'data-watch="row:{job.pk}:' in row
    assert "<html" not in row


def test_trying_again_counts_against_the_rate(as_alice, alice, settings):
    job = fail(submit(alice))
    settings.JOBS_PER_HOUR = 1
    as_alice.post(f"/jobs/{job.pk}/retry")
    assert Job.objects.get().status == "failed"


def test_cancel_all_cancels_ones_own(as_alice, as_bob, alice, charlie):
    mine = [submit(alice, f"{seed}.jpg", seed) for seed in range(3)]
    other = services.submit(charlie, photo("x.jpg", 9)).job
    assert as_bob.post("/jobs/cancel").headers["Location"] == "/jobs"  # staff see all, and cancel their own
    assert Job.objects.filter(status="queued").count() == 4
    as_alice.post("/jobs/cancel")
    assert set(Job.objects.filter(status="cancelled").values_list("pk", flat=True)) == {job.pk for job in mine}
    assert Job.objects.get(pk=other.pk).status == "queued"


def test_an_empty_queue_says_so(as_alice):
    assert "Nothing waits" in as_alice.get("/jobs").content.decode()


def test_the_queue_costs_few_queries(as_alice, alice, django_assert_max_num_queries):
    for seed in range(8):
        submit(alice, f"{seed}.jpg", seed)
    fail(submit(alice, "broken.jpg", 9))
    with django_assert_max_num_queries(7):
        as_alice.get("/jobs")
