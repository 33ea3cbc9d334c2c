"""The settings read, .env.example and docs/settings.md name the same variables; the defaults are safe."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def read_by_the_settings():
    """The variables that settings.py reads, from its source."""
    tree = ast.parse((ROOT / "poseweb" / "settings.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    reads = [call for call in calls if getattr(call.func.value, "id", "") == "env" and call.func.attr.islower()]
    return {call.args[0].value for call in reads}


def test_the_example_names_every_variable():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#?(\w+)=", example, re.MULTILINE)) == read_by_the_settings()


def test_the_page_explains_every_variable():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == read_by_the_settings()


def settings_with(tmp_path, *names, **variables):
    """Values of these settings in a process of its own that sees only these variables."""
    program = f"import json; from poseweb import settings as s; print(json.dumps([getattr(s, n) for n in {names!r}]))"
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, "POSEWEB_DATA": str(tmp_path), **variables}
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_the_defaults_are_for_the_open_internet(tmp_path):
    names = ("QUICKSTART", "DEBUG", "ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "BROKER_URL")
    assert settings_with(tmp_path, *names) == [False, False, [], True, True, ""]


def test_the_quick_start_answers_to_this_machine_only(tmp_path):
    names = ("ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", "DEBUG", "SESSION_COOKIE_NAME")
    values = settings_with(tmp_path, *names, POSEWEB_QUICKSTART="1", POSEWEB_ALLOWED_HOSTS="*", PORT="8123")
    assert values == [["localhost", "127.0.0.1", "[::1]"], False, False, "poseweb_8123"]


@pytest.mark.parametrize(("url", "bell"), [("", "bell://localhost"), ("redis://r:6379/0", "redis://r:6379/0")])
def test_the_bell_is_a_folder_unless_a_broker_is_named(tmp_path, url, bell):
    assert settings_with(tmp_path, "CELERY_BROKER_URL", POSEWEB_BROKER_URL=url) == [bell]


def test_django_finds_nothing_to_warn_about_before_deployment(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={**os.environ, "POSEWEB_DATA": str(tmp_path), "POSEWEB_ALLOWED_HOSTS": "poses.example"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_password_of_the_database_may_lie_in_a_file_of_its_own(tmp_path):
    (tmp_path / "password").write_text("secret\n")
    url = "postgresql://poseweb@db/poseweb"
    variables = {"POSEWEB_DATABASE_URL": url, "POSEWEB_DATABASE_PASSWORD_FILE": str(tmp_path / "password")}
    (databases,) = settings_with(tmp_path, "POSTGRESQL", **variables)
    assert (databases["PASSWORD"], databases["CONN_HEALTH_CHECKS"]) == ("secret", True)


def test_nginx_cannot_send_what_lies_in_a_bucket(tmp_path):
    with pytest.raises(subprocess.CalledProcessError) as caught:
        settings_with(tmp_path, "S3_BUCKET", POSEWEB_S3_BUCKET="photos", POSEWEB_ACCEL_REDIRECT="/_media/")
    assert b"POSEWEB_ACCEL_REDIRECT" in caught.value.stderr


def test_a_gpu_is_used_by_one_process(tmp_path):
    names = ("CELERY_WORKER_POOL", "CELERY_WORKER_CONCURRENCY")
    assert settings_with(tmp_path, *names, POSEWEB_WORKERS="4") == ["prefork", 4]
    assert settings_with(tmp_path, *names, POSEWEB_WORKERS="4", POSEWEB_DEVICE="cuda") == ["solo", 1]
