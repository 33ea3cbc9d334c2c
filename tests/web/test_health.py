"""/livez and /readyz: what is wrong is named, and nothing else is."""

import socket
from datetime import timedelta

import pytest
from django.utils import timezone

from poseweb import tasks
from poseweb.models import Job, Worker
from poseweb.operations import health
from tests.web.clip_cast import submit_clip
from tests.web.conftest import submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    tasks.sweep()
    return Worker.objects.get()


def ready(client):
    """(status, the parts that are not well)."""
    answer = client.get("/readyz")
    content = answer.json()
    wrong = {part for part, check in content["checks"].items() if not check["ok"]}
    assert content["ready"] is (not wrong)
    assert all(check["sentence"].endswith(".") for check in content["checks"].values())
    return answer.status_code, wrong


def test_the_web_process_lives_whatever_else_does_not(client):
    answer = client.get("/livez", headers={"Host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.json()) == (200, {"live": True})
    assert answer.headers["Cache-Control"] == "no-store"


def test_all_is_well(client, worker):
    assert ready(client) == (200, set())
    assert set(client.get("/readyz").json()["checks"]) == {"database", "storage", "worker", "clips", "network", "queue"}


def test_asking_leaves_no_file(client, worker, settings):
    client.get("/readyz")
    assert [file for file in settings.MEDIA_ROOT.rglob("*") if file.is_file()] == []


def test_without_a_worker(client):
    assert ready(client) == (503, {"worker", "network"})


def test_clips_that_wait_for_nobody(client, worker, alice, tmp_path):
    submit_clip(alice, tmp_path)
    assert ready(client) == (503, {"clips"})
    Worker.objects.create(name="another", host="here", pid=2, processes=1, queue="clips", seen_at=timezone.now())
    assert ready(client) == (200, set())


def test_a_worker_that_went_silent(client, worker, settings):
    silent = timezone.now() - timedelta(seconds=3 * settings.SWEEP_SECONDS + 1)
    Worker.objects.update(seen_at=silent)
    assert ready(client) == (503, {"worker", "network"})


def test_a_network_that_no_worker_has(client, worker, settings):
    settings.NETWORK = "better"
    assert ready(client) == (503, {"network"})


def test_a_storage_that_cannot_be_written(client, worker, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "file"
    settings.MEDIA_ROOT.touch()
    assert ready(client) == (503, {"storage"})


def test_a_queue_that_stands_still(client, worker, alice, settings):
    submit(alice)
    assert ready(client) == (200, set())
    Job.objects.update(asked_at=timezone.now() - timedelta(seconds=settings.QUEUE_SECONDS + 1))
    assert ready(client) == (503, {"queue"})


def test_a_photo_that_was_requeued_has_not_waited_since_it_was_sent(client, worker, alice, settings):
    job = submit(alice)
    Job.objects.update(asked_at=timezone.now() - timedelta(days=2))
    Job.objects.cancel(job.pk)
    Job.objects.requeue(job.pk)
    assert ready(client) == (200, set())


def test_a_photo_that_backs_off_waits_for_no_worker(client, worker, alice):
    claim = Job.objects.claim(submit(alice).pk)
    Job.objects.release(claim, "The disk is full.", wait_seconds=30)
    Job.objects.update(asked_at=timezone.now() - timedelta(days=2))
    assert ready(client) == (200, set())


def test_probes_only_read(client):
    assert client.post("/livez").status_code in (302, 404)


def test_a_container_asks_about_its_own_worker(worker):
    assert health.worker_here().ok
    Worker.objects.update(host="another")
    assert not health.worker_here().ok
    assert health.worker().ok
    assert socket.gethostname() != "another"
