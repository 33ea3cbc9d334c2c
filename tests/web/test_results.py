"""From the estimator's dataclasses to rows and files, and nothing left of an attempt that lost."""

import io
import os
import socket
import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from estimator import COCO_18, Estimate, PoseFrame, Zoo
from poseweb import results
from poseweb.models import Job, Network, PersonPose, Result, Worker
from tests.files import path_of, pictures_of
from tests.web.conftest import ENGINE, person, submit

ESTIMATOR = SimpleNamespace(network=SimpleNamespace(name="poseweb", stages=2), engine=ENGINE)


@pytest.fixture
def claim(alice):
    return Job.objects.claim(submit(alice).pk)


def save(claim, width=1200, height=900, people=2):
    frame = PoseFrame(COCO_18, width, height, tuple(person(20.0 + 30 * i) for i in range(people)))
    image = np.full((height, width, 3), 128, dtype=np.uint8)
    return results.save(claim, image, ESTIMATOR, Estimate(frame, 80.0, 6.5), time.perf_counter() - 2)


def picture(name):
    return Image.open(io.BytesIO(path_of(name).read_bytes()))


def files():
    return set(path_of("").rglob("*-*.jpg"))


def test_a_result_is_rows_and_three_pictures(claim):
    assert save(claim)
    result = Result.objects.select_related("job").get()
    assert (result.job.status, result.attempt) == (Job.Status.SUCCEEDED, 1)
    assert (result.network, result.skeleton, result.engine, result.device) == (
        "poseweb",
        "COCO-18",
        "onnxruntime",
        "cpu",
    )
    assert (result.width, result.height, result.people, result.ms_network, result.ms_decode) == (
        1200,
        900,
        2,
        80.0,
        6.5,
    )
    assert 2 < result.seconds < 4
    assert files() == {path_of(name) for name in pictures_of(result)}


def test_the_pictures_show_the_people(claim):
    save(claim)
    result = Result.objects.get()
    assert np.asarray(picture(result.photo)).std() < 1, "nothing is drawn into the photo"
    annotated, thumbnail = picture(result.annotated), picture(result.thumbnail)
    assert (annotated.format, annotated.size) == ("JPEG", (1200, 900))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (480, 360))
    assert np.asarray(annotated).std() > 1  # the picture itself was plain grey


def test_a_very_large_photo_is_kept_smaller(claim, monkeypatch):
    monkeypatch.setattr(results, "PHOTO_SIDE", 600)
    save(claim)
    result = Result.objects.get()
    assert picture(result.photo).size == (600, 450)
    assert (result.width, result.height) == (1200, 900)


def test_a_small_picture_is_not_blown_up_for_its_thumbnail(claim):
    save(claim, 100, 50)
    assert picture(Result.objects.get().thumbnail).size == (100, 50)


def test_the_keypoints_are_plain_numbers_and_missing_ones_are_zero(claim):
    save(claim)
    first, second = PersonPose.objects.all()
    assert (first.index, second.index) == (0, 1)
    assert first.keypoints[:2] == [[20.0, 10.0, 0.75], [21.0, 15.0, 0.75]]
    assert first.keypoints[-1] == [0.0, 0.0, 0.0]
    assert second.keypoints[0] == [50.0, 10.0, 0.75]
    assert len(first.keypoints) == 18


def test_nobody_is_a_result_too(claim):
    assert save(claim, people=0)
    assert Result.objects.get().people == 0
    assert not PersonPose.objects.exists()


@pytest.mark.parametrize(
    "lose",
    [
        lambda claim: Job.objects.cancel(claim.job_id),
        lambda claim: Job.objects.release(claim, "", wait_seconds=0),
        lambda claim: Job.objects.get(pk=claim.job_id).upload.delete(),
    ],
)
def test_who_lost_the_claim_leaves_nothing(claim, lose):
    lose(claim)
    assert not save(claim)
    assert not Result.objects.exists()
    assert files() == set()


def test_a_later_attempt_is_not_touched_by_an_earlier_one(claim):
    Job.objects.release(claim, "", wait_seconds=0)
    later = Job.objects.claim(claim.job_id)
    assert save(later)
    assert not save(claim)
    result = Result.objects.get()
    assert result.attempt == 2
    assert files() == {path_of(name) for name in pictures_of(result)}


def test_networks_are_announced_in_order_and_forgotten_in_time(db, tmp_path):
    (entry,) = Zoo(tmp_path).installed()
    results.announce_networks((replace(entry, name="better", title="Old title"), entry))
    results.announce_networks((replace(entry, name="better", title="New title"), entry))
    assert list(Network.objects.values_list("name", "title", "rank")) == [
        ("better", "New title", 0),
        ("poseweb", entry.title, 1),
    ]
    Network.objects.filter(name="better").update(seen_at=timezone.now() - 2 * results.FORGET_NETWORK)
    results.announce_networks((entry,))
    assert list(Network.objects.values_list("name", flat=True)) == ["poseweb"]


def test_a_worker_is_announced_while_it_lives(db, tmp_path, settings):
    settings.SWEEP_SECONDS = 15
    entries = Zoo(tmp_path).installed()
    results.announce_worker(entries, "celery")
    results.announce_worker(entries, "celery")
    worker = Worker.objects.alive().get()
    assert (worker.host, worker.pid, worker.networks) == (socket.gethostname(), os.getpid(), ["poseweb"])
    assert (worker.engine, worker.device, worker.processes) == ("onnxruntime", "cpu", 1)
    Worker.objects.update(name="gone", seen_at=timezone.now() - timedelta(seconds=50))
    assert not Worker.objects.alive().exists()
    results.announce_worker(entries, "celery")
    assert Worker.objects.count() == 2
    Worker.objects.filter(name="gone").update(seen_at=timezone.now() - 2 * results.FORGET_WORKER)
    results.announce_worker(entries, "celery")
    assert Worker.objects.get().name != "gone"
