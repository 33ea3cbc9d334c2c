"""`manage.py doctor`: what is wrong, in sentences, and which command mends it."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from poseweb import tasks
from poseweb.models import Worker
from poseweb.operations import doctor

pytestmark = pytest.mark.django_db


def examine(*parts, here=False):
    """(what the doctor says, what is not well)."""
    out = io.StringIO()
    try:
        call_command("doctor", *parts, here=here, stdout=out, no_color=True)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


@pytest.fixture
def site(settings, bob, tmp_path):
    """An installation as it should be."""
    settings.ALLOWED_HOSTS = ["poses.example"]
    settings.SECRET_KEY = "0123456789" + "abcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOP"
    settings.DATA_DIR = tmp_path
    (settings.STATIC_ROOT / "admin").mkdir()
    tasks.sweep()


def test_all_is_well(site):
    said, wrong = examine()
    assert wrong == ""
    assert [line.split()[:2] for line in said.splitlines()] == [["ok", f"{part}:"] for part in doctor.PARTS]


def spoil_database(settings):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'poseweb'")


def spoil_storage(settings):
    settings.MEDIA_ROOT = settings.DATA_DIR / "file"
    settings.MEDIA_ROOT.touch()


ILLS = {
    "configuration": (lambda settings: setattr(settings, "ALLOWED_HOSTS", []), "POSEWEB_ALLOWED_HOSTS"),
    "migrations": (spoil_database, "python manage.py migrate"),
    "accounts": (lambda _: User.objects.all().delete(), "python manage.py createsuperuser"),
    "static": (lambda settings: (settings.STATIC_ROOT / "admin").rmdir(), "python manage.py collectstatic"),
    "storage": (spoil_storage, "df -h"),
    "broker": (lambda settings: setattr(settings, "BROKER_URL", "redis://127.0.0.1:9/0"), "start Redis"),
    "installed": (lambda settings: setattr(settings, "NETWORK", "better"), "python -m estimator models"),
    "worker": (lambda _: Worker.objects.all().delete(), "python manage.py worker"),
}


@pytest.mark.parametrize("part", ILLS)
def test_what_is_wrong_is_named_with_the_command_that_mends_it(site, settings, part):
    spoil, command = ILLS[part]
    spoil(settings)
    said, wrong = examine(part)
    assert wrong == f"Not well: {part}."
    sentence, mend = said.splitlines()
    assert sentence.startswith(f"  !!  {part}: ")
    assert command in mend


def test_a_worker_elsewhere_does_not_speak_for_this_machine(site):
    Worker.objects.update(host="another")
    assert examine("worker")[1] == ""
    assert examine("worker", here=True)[1] == "Not well: worker."


def test_a_part_that_there_is_not():
    with pytest.raises(CommandError, match="no part tyres"):
        call_command("doctor", "tyres")
