"""Log lines say which job they are about, in words and as JSON."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from poseweb import tasks
from poseweb.models import Job
from poseweb.operations import logs
from tests.web.conftest import submit

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging
import django
django.setup()
from poseweb.operations import logs
logger = logging.getLogger("poseweb.example")
logger.info("before")
with logs.about("0b9b"):
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("über %d lines\\nand more", 2)
logger.debug("after")
"""


def lines(form):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "poseweb.settings", "POSEWEB_LOG_FORMAT": form}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, cwd=ROOT, capture_output=True, check=True)
    return done.stderr.decode()


def test_json_is_one_object_a_line():
    before, about = map(json.loads, lines("json").splitlines())
    assert before.keys() == {"time", "level", "logger", "process", "message"}
    assert (about["level"], about["logger"], about["job"]) == ("ERROR", "poseweb.example", "0b9b")
    assert about["message"] == "über 2 lines\nand more"
    assert about["exception"].endswith("ZeroDivisionError: division by zero")


def test_lines_for_people():
    said = lines("lines")
    assert " INFO " in said
    assert "poseweb.example: before" in said
    assert "poseweb.example job 0b9b: über 2 lines" in said


@pytest.fixture
def written(caplog):
    caplog.handler.addFilter(logs.JobFilter())
    caplog.set_level(logging.INFO)
    return lambda: [json.loads(logs.JsonLines().format(record)) for record in caplog.records]


def test_what_a_worker_says_names_the_job(alice, written):
    job = submit(alice)
    tasks.run_job(str(job.pk))
    said = {line["message"]: line.get("job") for line in written() if line["logger"].startswith("poseweb")}
    assert said["Attempt 1 begins."] == said["Attempt 1 is over."] == str(job.pk)


def test_a_fault_of_ours_is_logged_with_its_job(alice, written, monkeypatch):
    job = submit(alice)
    monkeypatch.setattr(tasks.pipeline, "run", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tasks.run_job(str(job.pk))
    (line,) = (line for line in written() if "exception" in line)
    assert line["job"] == str(job.pk)
    assert "ZeroDivisionError" in line["exception"]
    assert Job.objects.get(pk=job.pk).error_code == "internal_error"
