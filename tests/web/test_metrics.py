"""/metrics: numbers for Prometheus, for whoever has the token, and no page at all where there is none."""

import importlib
from datetime import timedelta

import pytest
from django.urls import clear_url_caches
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from poseweb import tasks, urls
from poseweb.models import Job
from tests.web.conftest import fail, finish, submit

pytestmark = pytest.mark.django_db
TOKEN = "a token of the operators"


@pytest.fixture
def with_token(settings):
    """The addresses of a site that has a token."""
    settings.METRICS_TOKEN = TOKEN
    importlib.reload(urls)
    clear_url_caches()
    yield
    settings.METRICS_TOKEN = ""
    importlib.reload(urls)
    clear_url_caches()


def ask(client, token=TOKEN):
    return client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


def numbers(client):
    families = text_string_to_metric_families(ask(client).content.decode())
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_there_is_no_page_without_a_token_in_the_settings(as_bob):
    assert ask(as_bob).status_code == 404


@pytest.mark.parametrize("token", ["", "another", "ä token"])
def test_without_the_token_nothing_is_told(with_token, as_bob, token):
    answer = ask(as_bob, token)
    assert answer.status_code == 401
    assert b"poseweb_" not in answer.content


def test_the_numbers_are_those_of_the_rows(with_token, client, alice):
    fail(submit(alice, seed=1))
    uploads = [finish(submit(alice, seed=2)).upload, submit(alice, seed=3).upload]
    Job.objects.filter(status=Job.Status.QUEUED).update(asked_at=timezone.now() - timedelta(seconds=90))
    tasks.sweep()
    found = numbers(client)
    states = {status: found["poseweb_jobs", status] for status in Job.Status.values}
    assert states == {"queued": 1, "running": 0, "succeeded": 1, "failed": 1, "cancelled": 0}
    assert 90 <= found["poseweb_queue_wait_seconds",] < 120
    assert found["poseweb_uploads",] == 3
    assert found["poseweb_upload_bytes",] > sum(upload.bytes for upload in uploads)
    assert found["poseweb_workers", "cpu", "onnxruntime"] == 1
    assert found["poseweb_network_milliseconds",] == 80
    assert found["poseweb_decode_milliseconds",] == 6.5


def test_an_empty_site_has_numbers_too(with_token, client):
    assert numbers(client)["poseweb_job_seconds",] == 0


def test_asking_costs_a_few_queries_whatever_there_is(with_token, client, alice, django_assert_max_num_queries):
    for seed in range(3):
        finish(submit(alice, seed=seed))
    with django_assert_max_num_queries(10):
        ask(client)
