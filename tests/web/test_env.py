"""Readers of the environment: what they take, and that the sentence of an error names the variable."""

import os
import stat
import subprocess
import sys

import pytest

from poseweb import env

NAME = "POSEWEB_TRIED"


@pytest.fixture
def given(monkeypatch):
    return lambda value: monkeypatch.setenv(NAME, value)


@pytest.mark.parametrize("value", ["", "   "])
def test_empty_means_the_default(given, value):
    given(value)
    assert env.text(NAME, "default") == "default"
    assert env.integer(NAME, 7, least=1, most=9) == 7
    assert env.boolean(NAME, default=True) is True
    assert env.words(NAME, ("a",)) == ["a"]
    assert env.folder(NAME, None) is None
    assert env.address(NAME, ("redis",)) == ""


@pytest.mark.parametrize(("value", "means"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("FALSE", False)])
def test_a_boolean(given, value, means):
    given(value)
    assert env.boolean(NAME, default=not means) is means


def test_a_list_is_written_with_commas(given):
    given(" a.example, b.example ,")
    assert env.words(NAME) == ["a.example", "b.example"]


def test_a_folder_is_absolute_and_may_not_exist_yet(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given("some/where")
    assert env.folder(NAME, None) == tmp_path / "some" / "where"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("maybe", lambda: env.boolean(NAME, default=False)),
        ("8000x", lambda: env.integer(NAME, 8000, least=1, most=65535)),
        ("65536", lambda: env.integer(NAME, 8000, least=1, most=65535)),
        ("soon", lambda: env.seconds(NAME, 20, least=1, most=60)),
        ("nan", lambda: env.seconds(NAME, 20, least=1, most=60)),
        ("0.5", lambda: env.seconds(NAME, 20, least=1, most=60)),
        ("LOUD", lambda: env.text(NAME, "INFO", one_of=("INFO", "DEBUG"))),
        ("amqp://localhost", lambda: env.address(NAME, ("redis", "rediss"))),
        (__file__, lambda: env.folder(NAME, None)),
    ],
)
def test_a_wrong_value_fails_and_names_the_variable(given, value, read):
    given(value)
    with pytest.raises(env.SettingError, match=NAME):
        read()


def test_a_wrong_value_stops_the_settings():
    done = subprocess.run(
        [sys.executable, "-c", "import poseweb.settings"],
        env={**os.environ, "POSEWEB_CRASH_LIMIT": "three"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "POSEWEB_CRASH_LIMIT must be a whole number, not 'three'." in done.stderr


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path):
    file = tmp_path / "deep" / "secret_key"
    made = env.secret(NAME, file)
    assert len(made) >= 50
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert env.secret(NAME, file) == made
    assert list(file.parent.iterdir()) == [file]


def test_the_variable_comes_before_the_file(given, tmp_path):
    given("from the variable")
    assert env.secret(NAME, tmp_path / "secret_key") == "from the variable"
    assert not (tmp_path / "secret_key").exists()


def test_a_secret_too_short_is_refused(tmp_path):
    (tmp_path / "secret_key").write_text("short")
    with pytest.raises(env.SettingError, match="too short"):
        env.secret(NAME, tmp_path / "secret_key")


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path):
    program = f"from poseweb import env; print(env.secret('{NAME}', env.Path('{tmp_path}/secret_key')))"
    processes = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) for _ in range(6)]
    assert len({process.communicate()[0] for process in processes}) == 1


def test_a_value_may_lie_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text(" from the file\n")
    monkeypatch.setenv("POSEWEB_X_FILE", str(tmp_path / "secret"))
    assert env.text("POSEWEB_X", "default") == "from the file"
    monkeypatch.setenv("POSEWEB_X", "from the variable")
    assert env.text("POSEWEB_X") == "from the variable"


def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("POSEWEB_X_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(env.SettingError, match=r"POSEWEB_X_FILE names .*nowhere"):
        env.text("POSEWEB_X")


def test_a_value_that_needs_a_package_says_which_command_brings_it(monkeypatch):
    assert env.text("POSEWEB_X", needs="no_such_package") == ""
    monkeypatch.setenv("POSEWEB_X", "something")
    assert env.text("POSEWEB_X", needs="json") == "something"
    with pytest.raises(env.SettingError, match=r"pip install -r requirements-production\.txt"):
        env.text("POSEWEB_X", needs="no_such_package")


def test_the_address_of_a_database(monkeypatch):
    assert env.postgresql("POSEWEB_X") == {}
    monkeypatch.setenv("POSEWEB_X", "postgresql://al%40ice:p%2Fw@db.example:5433/photos?sslmode=require")
    assert env.postgresql("POSEWEB_X") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "photos",
        "USER": "al@ice",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_behind_a_socket(monkeypatch):
    monkeypatch.setenv("POSEWEB_X", "postgresql:///photos?host=/run/postgresql")
    found = env.postgresql("POSEWEB_X")
    assert (found["HOST"], found["PORT"], found["OPTIONS"]) == ("/run/postgresql", "", {})


@pytest.mark.parametrize("url", ["mysql://db/photos", "postgresql://db", "postgresql://db:port/photos"])
def test_an_address_that_is_none(monkeypatch, url):
    monkeypatch.setenv("POSEWEB_X", url)
    with pytest.raises(env.SettingError, match="POSEWEB_X"):
        env.postgresql("POSEWEB_X")
