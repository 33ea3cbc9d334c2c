"""From the embedded SQLite to PostgreSQL: every row arrives as it was, or none does."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest

from tests.production.servers import ROOT

FILL = """
import django
django.setup()
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.utils import timezone
from poseweb.models import Job, MapPicture, Network, PersonPose, Result, Upload
alice = User.objects.create_superuser("alice", password="a password of alice")
group = Group.objects.create(name="runners")
alice.groups.add(group)
Session.objects.create(session_key="k" * 32, session_data="…", expire_date=timezone.now())
Network.objects.create(name="poseweb", title="Ä", licence="MIT", rank=0, seen_at=timezone.now())
sizes = {"bytes": 2**33, "width": 3, "height": 2}
uploads = [Upload(owner=alice, name=f"ü{i}.jpg", file=f"{i}.jpg", sha256=f"{i:064}", **sizes) for i in range(1200)]
Upload.objects.bulk_create(uploads)
jobs = [Job(upload=upload, options={"b": [1.0, 2e-7], "a": None}) for upload in uploads]
Job.objects.bulk_create(jobs)
cost = {"seconds": 0.1, "ms_network": 1 / 3, "ms_decode": 1e-9}
for job in jobs[:20]:
    claim = Job.objects.claim(job.pk)
    Job.objects.succeed(claim)
    result = Result.objects.create(
        job=job, attempt=1, network="poseweb", skeleton="COCO-18", engine="onnxruntime", device="cpu",
        width=3, height=2, people=1, photo="p", annotated="a", thumbnail="t", **cost)
    PersonPose.objects.create(result=result, index=0, score=0.1 + 0.2, keypoints=[[-0.0, 1234.567, 0.1], [0, 0, 0]])
"""
DUMP = """
import json, django
django.setup()
from django.core import serializers
from django.apps import apps
rows = [row for model in apps.get_models() for row in serializers.serialize("python", model._base_manager.all())]
print(json.dumps(sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)))
"""
ADD = """
import django
django.setup()
from django.contrib.auth.models import User
from poseweb.models import PersonPose, Result
User.objects.create_user("bob")
PersonPose.objects.create(result=Result.objects.first(), index=1, score=1, keypoints=[])
"""


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    """The data folder of an embedded site with photos."""
    folder = tmp_path_factory.mktemp("embedded")
    python(folder, "manage.py", "migrate", "--verbosity=0")
    python(folder, "-c", FILL)
    return folder


@pytest.fixture
def target(postgresql, request):
    """The address of an empty database."""
    name = f"copy_{abs(hash(request.node.name))}"
    postgresql.create(name)
    return postgresql.url(name)


def python(folder, *command, database="", check=True):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSEWEB_")}
    environment = {**kept, "DJANGO_SETTINGS_MODULE": "poseweb.settings", "POSEWEB_DATA": str(folder)}
    environment["POSEWEB_DATABASE_URL"] = database
    done = subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return done


def rows(folder, database=""):
    return json.loads(python(folder, "-c", DUMP, database=database).stdout.replace("-0.0", "0.0"))


def test_every_row_arrives_as_it_was_once_and_the_site_goes_on(sqlite, target):
    done = python(sqlite, "manage.py", "copy_database", database=target)
    there = rows(sqlite, target)
    assert there == rows(sqlite)
    assert len(there) > 2400
    assert "rows copied and verified" in done.stdout
    python(sqlite, "-c", ADD, database=target)  # new rows get numbers of their own
    again = python(sqlite, "manage.py", "copy_database", database=target, check=False)
    assert again.returncode == 1
    assert "is in use: it has rows in poseweb_upload" in again.stderr
    assert len(rows(sqlite, target)) == len(there) + 2


def test_a_row_that_postgresql_refuses_leaves_nothing_behind(sqlite, target, tmp_path):
    with sqlite3.connect(sqlite / "db.sqlite3") as source, sqlite3.connect(tmp_path / "broken.sqlite3") as broken:
        source.backup(broken)
        broken.execute("UPDATE poseweb_upload SET owner_id = 77 WHERE name = 'ü3.jpg'")
    for database in (source, broken):
        database.close()
    arguments = ("copy_database", "--source", str(tmp_path / "broken.sqlite3"))
    done = python(sqlite, "manage.py", *arguments, database=target, check=False)
    assert done.returncode == 1
    assert not [row for row in rows(sqlite, target) if "poseweb." in row]


def test_it_says_where_to_and_where_from(sqlite, target, tmp_path):
    done = python(sqlite, "manage.py", "copy_database", check=False)
    assert "POSEWEB_DATABASE_URL" in done.stderr
    done = python(tmp_path, "manage.py", "copy_database", database=target, check=False)
    assert "--source" in done.stderr
