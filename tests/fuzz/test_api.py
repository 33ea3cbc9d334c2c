"""The API against its own OpenAPI document: whatever is sent, no fault of ours, and only answers that it promises."""

import re
from types import SimpleNamespace

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as effort
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks as conformance

import poseweb.urls  # noqa: F401  declares the endpoints
from poseweb.api import tokens
from poseweb.api.frame import document
from poseweb.http.patience import Patience
from poseweb.models import Job
from tests.web.conftest import alice, finish, folders, networks, photo, submit  # noqa: F401  fixtures

SEED, EXAMPLES = 20_261_125, 15
OPERATIONS = [(method, path) for path, methods in document()["paths"].items() for method in methods]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_headers_conformance,
    conformance.response_schema_conformance,
    conformance.unsupported_method,
    conformance.ignored_auth,
    conformance.use_after_free,
]


def read_to_the_end(application):
    """Files are closed once they were read, which the client of these tests leaves to chance."""

    def reading(environ, start_response):
        answer = application(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()

    return reading


@pytest.fixture
def site(settings, alice, networks, folders):  # noqa: F811
    """The application as a server has it, with a job in every state, and a token that may do everything."""
    settings.ALLOWED_HOSTS, settings.JOBS_PER_HOUR = ["localhost"], 0
    done, waiting, running = (submit(alice, seed=number) for number in range(3))
    finish(done)
    Job.objects.claim(running.pk)
    for signal in (request_started, request_finished):  # else the test's transaction ends with the first request
        signal.disconnect(close_old_connections)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", read_to_the_end(Patience(WSGIHandler())))
    headers = {"Authorization": f"Bearer {tokens.make(alice, 'Fuzz', 'write').secret}"}
    known = [{"job_id": str(job.pk), "upload_id": str(job.upload_id)} for job in (done, waiting, running)]
    yield SimpleNamespace(schema=schema, headers=headers, known=known)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_document_promises(site, method, path, mode):
    operation = site.schema[path][method]
    names = set(re.findall(r"{(\w+)}", path))
    ids = [{name: known[name] for name in names} for known in site.known] if names else []
    of_ours = [operation.as_strategy(mode, path_parameters=known) for known in ids]

    @seed(SEED)
    @effort(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(operation.as_strategy(mode), *of_ours))
    def ask(case):
        case.call_and_validate(headers=site.headers, checks=CHECKS)

    ask()


def test_a_photo_that_is_taken_in_is_answered_as_promised(site):
    body = {"file": photo(seed=9).read(), "network": "poseweb"}
    case = site.schema["/api/v1/jobs"]["post"].Case(body=body, media_type="multipart/form-data")
    assert case.call_and_validate(headers=site.headers, checks=CHECKS).status_code == 202
