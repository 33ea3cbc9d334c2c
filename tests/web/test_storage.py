"""Media in an S3-compatible bucket: the same promises as in a folder, kept by a real S3 server on loopback."""

import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from django.urls import reverse
from moto.server import ThreadedMotoServer

from estimator import read_image
from poseweb import faults, media, services, tasks
from poseweb.models import ClipResult, Job
from tests.files import path_of, pictures_of
from tests.web.clip_cast import submit_clip
from tests.web.conftest import finish, photo, submit

ROOT = Path(__file__).parents[2]
KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
NAME = "results/ab/x.jpg"


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(server, settings, monkeypatch):
    """The settings of a site that keeps its media there; the bucket, to look into it."""
    settings.MEDIA_STORAGE = "poseweb.bucket.Bucket"
    settings.S3_BUCKET, settings.S3_ENDPOINT, settings.S3_REGION = "photos", server, "us-east-1"
    settings.S3_ACCESS_KEY, settings.S3_SECRET_KEY = "key", "secret"
    bucket = boto3.resource("s3", endpoint_url=server, **KEYS).Bucket("photos")
    bucket.create()
    yield bucket
    bucket.objects.delete()
    bucket.delete()


def names(bucket):
    return {found.key for found in bucket.objects.all()}


def drafts():
    return [file for file in path_of("").rglob("*") if file.is_file()]


def test_a_file_comes_and_goes(bucket):
    media.write(NAME, b"data")
    with media.open(NAME) as file:
        assert file.read() == b"data"
    assert media.exists(NAME)
    assert drafts() == []
    media.remove([NAME, "results/ab/never-there.jpg"])
    assert not media.exists(NAME)


def test_a_file_that_is_not_there(bucket):
    with pytest.raises(FileNotFoundError):
        media.open(NAME)


@pytest.mark.parametrize("fault", ["nobody listens", "no such bucket"])
def test_a_storage_that_fails_is_a_passing_fault_and_leaves_no_draft(bucket, settings, fault):
    if fault == "nobody listens":
        settings.S3_ENDPOINT = "http://127.0.0.1:9"
    else:
        settings.S3_BUCKET = "another"
    for act in (lambda: media.write(NAME, b"data"), lambda: media.open(NAME)):
        with pytest.raises(OSError, match="the storage") as caught:
            act()
        assert caught.value.errno in faults.PASSING_ERRNOS
    assert drafts() == []


def test_the_probe_leaves_nothing(bucket):
    media.probe()
    assert names(bucket) == set()


def test_orphans_go_and_the_young_and_the_known_stay(bucket, monkeypatch):
    known, orphan = (f"uploads/ab/{name}.jpg" for name in ("known", "orphan"))
    for name in (known, orphan, NAME, "uploads/ac/other-shard.jpg"):
        media.write(name, b"data")
    assert media.remove_orphans("ab", lambda found: {known} & found) == 0
    later = time.time() + media.ORPHAN_SECONDS + 5
    monkeypatch.setattr(media.time, "time", lambda: later)
    assert media.remove_orphans("ab", lambda found: {known} & found) == 2
    assert names(bucket) == {known, "uploads/ac/other-shard.jpg"}


def test_a_photo_from_upload_to_delivery(bucket, alice, as_alice):
    job = submit(alice)
    tasks.run_job(str(job.pk))
    done = Job.objects.get(pk=job.pk)
    assert done.status == Job.Status.SUCCEEDED, done.error
    assert names(bucket) == {done.upload.file, *pictures_of(done.result)}
    original = as_alice.get(reverse("original", args=[done.upload.pk]))
    assert b"".join(original.streaming_content) == photo().read()
    picture = as_alice.get(reverse("image", args=[done.pk]))
    data = b"".join(picture.streaming_content)
    assert picture.headers["Content-Length"] == str(len(data))
    assert read_image(data).shape == (done.result.height, done.result.width, 3)
    services.delete(done.upload)
    assert drafts() == []


def test_a_clip_from_upload_to_the_part_that_a_player_asks_for(bucket, alice, as_alice, tmp_path):
    job = submit_clip(alice, tmp_path)
    tasks.run_job(str(job.pk))
    done = Job.objects.get(pk=job.pk)
    assert done.status == Job.Status.SUCCEEDED, done.error
    assert names(bucket) == {done.upload.file, *(getattr(done.clip, column) for column in ClipResult.FILES)}
    assert drafts() == []
    address = reverse("clip-video", args=[done.pk])
    whole = b"".join(as_alice.get(address))
    part = as_alice.get(address, headers={"Range": "bytes=10-29"})
    assert (part.status_code, b"".join(part)) == (206, whole[10:30])
    assert as_alice.get(address, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert as_alice.get(reverse("clip-csv", args=[done.pk])).status_code == 200
    bucket.objects.delete()
    assert as_alice.get(address).status_code == 404


def test_delete_takes_the_objects(bucket, alice, django_capture_on_commit_callbacks):
    done = finish(submit(alice))
    with django_capture_on_commit_callbacks(execute=True):
        services.delete(done.upload)
    assert names(bucket) == set()


def test_a_forked_process_talks_on_connections_of_its_own(bucket):
    media.write(NAME, b"data")
    child = os.fork()
    if child == 0:
        with media.open(NAME) as file:
            os._exit(0 if file.read() == b"data" else 1)
    for _ in range(20):
        assert media.exists(NAME)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_folder_needs_no_boto3():
    program = "import django; django.setup(); from poseweb import media; media.storage()"
    program += "; import sys; assert 'boto3' not in sys.modules"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "poseweb.settings"}
    subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, check=True)
