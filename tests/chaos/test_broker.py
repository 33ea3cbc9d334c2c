"""A broker that is gone, or takes calls and says nothing: nobody who uploads notices, and no photo waits for ever."""

import socket
import threading
import time

import pytest

from poseweb import services
from poseweb.models import Job
from tests.chaos.stacks import BACK_SECONDS, Stack, signed_in, web_server
from tests.flows.conftest import Worker, free_port, photo, row, until, wait_for

S = Job.Status
UPLOADS = 20


@pytest.fixture
def dead():
    return free_port()


@pytest.fixture
def silent():
    """The port of a server that takes every call and never says a word."""
    calls = []
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        taking = threading.Thread(target=lambda: _take_calls(listener, calls))
        taking.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        taking.join()
    for call in calls:
        call.close()


def _take_calls(listener, calls):
    try:
        while True:
            calls.append(listener.accept()[0])
    except OSError:
        return  # the test is over


@pytest.fixture
def web(start, session_key, settings):
    """A web server with the broker given."""

    def web(broker):
        port = free_port()
        variables = {
            "POSEWEB_BROKER_URL": f"redis://127.0.0.1:{broker}/0",
            "POSEWEB_SECRET_KEY": settings.SECRET_KEY,
            "POSEWEB_HTTPS": "false",
            "POSEWEB_ALLOWED_HOSTS": "localhost",
        }
        stack = Stack(start, {"web": web_server(port)}, variables, port, signed_in(session_key))
        stack.start_missing()
        wait_for(stack.answers, BACK_SECONDS)
        return stack

    return web


@pytest.mark.parametrize("fault", ["dead", "silent"])
def test_twenty_uploads_are_answered_within_a_second_each_and_end(web, start_worker, broker, fault, request):
    stack = web(request.getfixturevalue(fault))
    stack.upload(photo(UPLOADS).read())  # the first one also waits for what a fresh process loads
    answers = [stack.upload(photo(seed).read()) for seed in range(UPLOADS)]
    assert {answer.status for answer in answers} == {202}
    assert max(answer.seconds for answer in answers) < 1
    start_worker()  # with a broker that lives; the sweep rings
    for answer in answers:
        assert until(Job(answer.body["id"]), S.SUCCEEDED, seconds=60).attempt == 1


def test_jobs_that_nobody_was_told_of(broker, start_worker, submit, monkeypatch):
    monkeypatch.setattr(services, "ring_soon", lambda *_: None)
    jobs = [submit(seed) for seed in range(5)]
    start_worker()
    for job in jobs:
        assert until(job, S.SUCCEEDED).attempt == 1


def test_a_worker_whose_broker_is_gone_when_it_starts_waits_for_it(broker, start, submit):
    broker.go_away()
    start(Worker, "manage.py", "worker")
    job = submit()
    time.sleep(3)
    assert row(job).status == S.QUEUED
    broker.come_back()
    until(job, S.SUCCEEDED, seconds=60)
