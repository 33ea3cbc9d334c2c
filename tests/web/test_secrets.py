"""Secrets are made or come from files; none is in the repository, in logs or on error pages. The broker speaks JSON."""

import json
import pickle
import re
import subprocess
from pathlib import Path
from secrets import token_hex

import pytest
from django.conf import settings as django_settings
from django.test import Client, override_settings
from kombu import Connection, Consumer, Exchange, Queue
from kombu.exceptions import ContentDisallowed

from poseweb import selectors
from poseweb.accounts import access
from poseweb.celery import app
from tests.web.conftest import signed_in

ROOT = Path(__file__).parents[2]
LOOKS_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_\w{30}|django-[i]nsecure-|"
    r"""(?i:secret_key|password|passwd|token)["']?\s*[:=]\s*["'][A-Za-z0-9+/_\-]{24,}["']"""
)


def test_no_secret_lies_in_the_repository():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    kinds = tuple(f".{kind}".encode() for kind in "py md toml example yaml conf js html".split())
    texts = [ROOT / name.decode() for name in listed if name.endswith(kinds)]
    assert len(texts) > 100
    assert [str(file) for file in texts if file.exists() and LOOKS_SECRET.search(file.read_text("utf-8"))] == []
    assert LOOKS_SECRET.search('SECRET_KEY = "' + "k" * 50 + '"'), "the search finds what it looks for"


def test_what_is_made_is_not_committed():
    for name in ("var/secret_key", "var/db.sqlite3", ".env"):
        done = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        assert done.returncode == 0, name


@pytest.mark.parametrize("debug", [False, True])
def test_an_error_page_and_its_log_say_no_secret(alice, monkeypatch, caplog, capfd, debug):
    """Even with POSEWEB_DEBUG: Django's debug page hides what is called a key, a secret or a password."""

    def broken(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr(selectors, "gallery", broken)
    client = signed_in(alice)
    client.raise_request_exception = False
    password = token_hex(8)  # not written here: a debug page quotes the source around an error
    session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    with override_settings(DEBUG=debug):
        with override_settings(EMAIL_HOST_PASSWORD=password):
            response = client.get("/photos")
    said = response.content.decode() + caplog.text + "".join(capfd.readouterr())
    assert response.status_code == 500
    assert django_settings.SECRET_KEY not in said
    assert password not in said
    assert session not in said


def test_no_password_is_logged(db, caplog, capfd):
    client = Client()
    client.raise_request_exception = False
    client.post("/login", {"username": "dora", "password": "password of this test"})
    link = access.invite(None).path
    client.post(link, {"username": "dora", "password1": "password of this test", "password2": "another"})
    assert "password of this test" not in caplog.text + "".join(capfd.readouterr())


def test_the_broker_speaks_json_and_nothing_else():
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"


def test_a_pickle_in_the_broker_is_not_opened(tmp_path):
    """A message that would run code as soon as it is read, through the consumer that a worker has."""

    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    queue = Queue("celery", Exchange("celery"), "celery")
    with Connection("memory://") as connection:
        with connection.Producer() as producer:
            body = pickle.dumps([[Trap()], {}, {}])
            kind = {"content_type": "application/x-python-serialize", "content_encoding": "binary"}
            producer.publish(body, exchange=queue.exchange, routing_key="celery", declare=[queue], **kind)
        refused = []
        consumer = Consumer(connection, [queue], accept=app.conf.accept_content)
        consumer.on_decode_error = lambda message, error: refused.append((message, error))
        consumer.register_callback(lambda body, _: json.dumps(body))
        with consumer:
            connection.drain_events(timeout=5)
    assert isinstance(refused[0][1], ContentDisallowed)
    refused[0][0].ack()
    assert not (tmp_path / "sprung").exists()


def test_cookies_are_for_this_site_and_not_for_scripts(client, django_user_model):
    django_user_model.objects.create_user("dora", password="a long enough phrase")
    client.post("/login", {"username": "dora", "password": "a long enough phrase"})
    session = client.cookies[django_settings.SESSION_COOKIE_NAME]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")
    assert client.cookies[django_settings.CSRF_COOKIE_NAME]["samesite"] == "Lax"


def test_a_browser_is_told_to_stay_with_https(client, settings, db):
    settings.SECURE_HSTS_SECONDS, settings.SECURE_PROXY_SSL_HEADER = 31_536_000, ("HTTP_X_FORWARDED_PROTO", "https")
    response = client.get("/login", headers={"X-Forwarded-Proto": "https"})
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
