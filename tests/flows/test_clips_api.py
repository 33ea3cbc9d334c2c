"""A clip through the JSON API: sent, waited for, fetched in every format."""

import io
import json
import zipfile

import pytest
from django.test import Client

from poseweb.models import Job
from tests.estimator import clips
from tests.flows.conftest import until
from tests.flows.test_clips import SHORT, S, clip_worker, send  # noqa: F401  fixtures
from tests.web.test_api import refused


@pytest.fixture(autouse=True)
def static_files(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def done(clip_worker, send):  # noqa: F811
    """A client that is signed in, and a clip's job as it shows it when it is over."""
    clip_worker()
    job = send()
    client = Client()
    client.force_login(job.upload.owner)
    until(job, S.SUCCEEDED, S.FAILED)
    return client, client.get(f"/api/v1/jobs/{job.pk}").json()


def test_a_clip_is_fetched_in_every_format(done):
    client, job = done
    assert (job["kind"], job["status"], job["every"]) == ("clip", "succeeded", 1)
    assert (job["frames_total"], job["frames_done"], job["width"], job["height"]) == (SHORT, SHORT, 160, 96)
    fetch = lambda name, **headers: client.get(job[name].removeprefix("http://testserver"), headers=headers)  # noqa: E731
    assert len(zipfile.ZipFile(io.BytesIO(fetch("poses").content)).namelist()) == SHORT
    assert len(json.loads(fetch("coco").content)["images"]) == SHORT
    assert fetch("csv").content.startswith(b"frame,") or fetch("csv").content.count(b",") > 3
    assert b"".join(fetch("image")).startswith(b"\xff\xd8\xff")
    video = fetch("video")
    whole = b"".join(video)
    assert whole[4:8] == b"ftyp"
    part = fetch("video", Range="bytes=4-7")
    assert (part.status_code, b"".join(part)) == (206, b"ftyp")
    beyond = fetch("video", Range=f"bytes={len(whole)}-")
    assert refused(beyond, 416, "no_such_range")
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole)}"
    assert fetch("video", If_None_Match=video.headers["ETag"]).status_code == 304
    assert refused(client.get(f"/api/v1/jobs/{job['id']}/poses.json"), 409, "is_a_clip")
    photo = client.get(job["photo"].removeprefix("http://testserver")).json()
    assert (photo["kind"], [run["id"] for run in photo["jobs"]]) == ("clip", [job["id"]])
    assert client.get("/api/v1/jobs").json()["jobs"] == [job]


def test_a_clip_comes_in_by_the_api(site, tmp_path, django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create_user("clara"))
    with clips.write(tmp_path / "walk.mp4", [0, 33, 66]).open("rb") as clip:
        body = client.post("/api/v1/jobs", {"file": clip, "every": "2"}).json()
    job = Job.objects.get(pk=body["id"])
    assert (body["kind"], body["every"], body["frames_done"], body["video"]) == ("clip", 2, 0, None)
    assert (job.kind, job.options["every"]) == (Job.Kind.CLIP, 2)
    assert refused(client.get(f"/api/v1/jobs/{job.pk}/video.mp4"), 409, "no_result")
