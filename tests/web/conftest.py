"""The cast: Alice owns the photos, Bob is staff, Charlie sees nothing of them. Pictures are made in memory."""

import io
import time
from types import SimpleNamespace

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from estimator import COCO_18, Estimate, Pose, PoseFrame
from poseweb import results, services
from poseweb.models import Job, Network
from poseweb.wishes import Wishes

SIZE = (160, 120)  # width, height of the pictures
ENGINE = SimpleNamespace(name="onnxruntime", device="cpu")


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    """No test meets the files of another."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A hash that is slow on purpose would make up most of the time of these tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def alice(db):
    return User.objects.create_user("alice")


@pytest.fixture
def bob(db):
    return User.objects.create_user("bob", is_staff=True, is_superuser=True)


@pytest.fixture
def charlie(db):
    return User.objects.create_user("charlie")


@pytest.fixture
def as_alice(alice):
    return signed_in(alice)


@pytest.fixture
def as_bob(bob):
    return signed_in(bob)


@pytest.fixture
def as_charlie(charlie):
    return signed_in(charlie)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def networks(db):
    """Two networks that a worker has: the better one first."""
    for rank, (name, title) in enumerate([("better", "The better one"), ("poseweb", "The built-in one")]):
        Network.objects.create(
            name=name, title=title, licence="MIT", summary="A line.", rank=rank, seen_at="2026-01-01T00:00Z"
        )


def photo(name="photo.jpg", seed=0, size=SIZE):
    """A picture of noise; another seed is another file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/jpeg")


def submit(owner, name="photo.jpg", seed=0, **wishes):
    """A queued job of that owner."""
    return services.submit(owner, photo(name, seed), Wishes(**wishes)).job


def person(left=40.0, score=0.75):
    """A pose whose nose is at (left, 10); the last keypoint, the left ear, is missing."""
    keypoints = np.array([[left + i, 10 + 5 * i, score] for i in range(18)], dtype=np.float32)
    keypoints[-1] = 0
    return Pose(COCO_18, keypoints, score)


def finish(job, people=1, network="poseweb"):
    """Run the job to success as a worker does, with people that the test knows."""
    claim = Job.objects.claim(job.pk)
    frame = PoseFrame(COCO_18, *SIZE, tuple(person(20.0 + 30 * i) for i in range(people)))
    image = np.full((SIZE[1], SIZE[0], 3), 128, dtype=np.uint8)
    estimator = SimpleNamespace(network=SimpleNamespace(name=network, stages=2), engine=ENGINE)
    assert results.save(claim, image, estimator, Estimate(frame, 80.0, 6.5), time.perf_counter())
    return Job.objects.select_related("upload", "result").get(pk=job.pk)


def draw(job, view="confidence:r_elbow", stage=1, *, alone=False):
    """A drawn map of a finished job, as a worker draws it."""
    drawing = services.draw_map(job, view, stage, alone=alone)
    assert results.save_map(Job.objects.claim(drawing.pk), np.full((SIZE[1], SIZE[0], 3), 40, dtype=np.uint8))
    return Job.objects.get(pk=drawing.pk)


def fail(job, code="truncated", sentence="The picture is cut short. Export it again."):
    assert Job.objects.fail(Job.objects.claim(job.pk), code, sentence)
    return Job.objects.get(pk=job.pk)
