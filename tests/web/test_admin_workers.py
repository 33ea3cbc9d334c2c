"""The operator's page of workers and queue."""

from datetime import timedelta

import pytest
from django.utils import timezone

from poseweb import tasks
from poseweb.models import Job, Worker
from tests.web.conftest import submit

LIST = "/admin/poseweb/worker/"


@pytest.fixture
def worker(db):
    tasks.sweep()
    return Worker.objects.get()


def cell(page, column):
    return page.split(f'field-{column}">', 1)[1].split("</td>", 1)[0]


def test_who_works_and_with_what(as_bob, worker):
    page = as_bob.get(LIST).content.decode()
    assert worker.name in page
    assert 'alt="True"' in cell(page, "alive")
    assert (cell(page, "engine"), cell(page, "device"), cell(page, "processes")) == ("onnxruntime", "cpu", "1")
    assert cell(page, "networks_it_has") == "poseweb"


def test_a_silent_worker_is_no_worker(as_bob, worker):
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    assert 'alt="False"' in cell(as_bob.get(LIST).content.decode(), "alive")


def test_how_much_there_is_to_do(as_bob, alice, worker):
    assert "Queue: 0 waiting, 0 running; the longest wait is 0 s" in as_bob.get(LIST).content.decode()
    for seed in range(3):
        job = submit(alice, seed=seed)
    Job.objects.update(asked_at=timezone.now() - timedelta(seconds=75))
    Job.objects.claim(job.pk)
    assert "Queue: 2 waiting, 1 running; the longest wait is 75 s" in as_bob.get(LIST).content.decode()


def test_nothing_is_changed_here(as_bob, as_charlie, worker):
    assert as_bob.get(f"{LIST}add/").status_code == 403
    assert as_bob.post(f"{LIST}{worker.pk}/delete/".replace(" ", "_20"), {"post": "yes"}).status_code == 403
    assert Worker.objects.exists()
    assert as_charlie.get(LIST).status_code == 302
