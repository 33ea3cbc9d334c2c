"""Bodies as they come in: too many files, none, odd names, too large, too slow, cut short; on a real web server too."""

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from poseweb.models import Upload
from tests.web.conftest import photo

ROOT = Path(__file__).parents[2]
MB = 2**20


def multipart(*parts, boundary="xx", end=True):
    """A body from (header line, bytes) parts, as no browser would send it."""
    body = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), content)
        for head, content in parts
    )
    return body + (f"--{boundary}--\r\n".encode() if end else b"")


def send(client, body, address="/api/v1/jobs", **extra):
    return client.post(address, body, content_type="multipart/form-data; boundary=xx", **extra)


def test_a_hundred_photos_in_one_form_and_not_one_more(as_alice):
    def send_bad(count):
        return as_alice.post("/", {"file": [SimpleUploadedFile(f"{i}.jpg", b"no picture") for i in range(count)]})

    response = send_bad(101)
    assert response.status_code == 413
    assert "At most 100 photos fit into one upload." in response.content.decode()
    response = send_bad(100)
    assert response.status_code == 422
    assert response.content.decode().count("This is neither a photo nor a clip.") == 100


@pytest.mark.parametrize("name", ["..", ".", "/", "\\", "a/", "a\\..", "\x07", "&#47;", "/.."])
@pytest.mark.parametrize("address", ["/api/v1/jobs", "/"])
def test_a_file_with_a_name_that_django_drops_is_a_file(as_alice, name, address):
    """Sent and parsed are compared: what was sent as a file is a photo, whatever it is called."""
    response = send(as_alice, multipart((f'name="file"; filename="{name}"', photo().read())), address)
    assert response.status_code == (202 if address.startswith("/api") else 302)
    assert Upload.objects.get().name == "photo"


def test_every_part_of_a_form_is_accounted_for(as_alice):
    names = ["a.jpg", "..", "b.jpg", ".", "notes.txt"]
    parts = [(f'name="file"; filename="{name}"', photo(seed=i).read()) for i, name in enumerate(names[:4])]
    response = send(as_alice, multipart(*parts, (f'name="file"; filename="{names[4]}"', b"text")), "/")
    assert response.status_code == 422
    assert len(response.context["outcomes"]) == len(names)
    assert Upload.objects.count() == 4


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "no_file"),
        ([('name="network"', b"")], "no_file"),
        ([('name="file"; filename=""', b"")], "no_file"),
        ([('name="file"', b"only text, no file name")], "no_file"),
        ([('name="picture"; filename="a.jpg"', b"x")], "no_file"),
        ([('name="file"; filename="a.jpg"', b"x"), ('name="file"; filename="b.jpg"', b"x")], "not_one_file"),
        ([('name="file"; filename="a.jpg"', b"x"), ('name="more"; filename="b.jpg"', b"x")], "not_one_file"),
        ([('name="file"; filename="a.jpg"', b"")], "empty"),
    ],
)
def test_the_api_takes_one_file_and_says_what_it_got_instead(as_alice, parts, code):
    response = send(as_alice, multipart(*parts))
    assert response.status_code in (400, 422)
    assert response.json()["error_code"] == code


def test_photos_under_another_name_are_not_lost_without_a_word(as_alice):
    page = as_alice.post("/", {"pictures": photo()}).content.decode()
    assert "Photos came under another name" in page
    assert "Choose at least one photo first." not in page


@pytest.mark.parametrize(
    "body",
    [b"", b"--xx", b"--yy\r\n\r\n--yy--", b"\r\n" * 1000, b"--xx\r\n" * 1000,
     b"--xx\r\nContent-Disposition: form-data\r\n\r\nx",
     multipart(('name="file"; filename="a.jpg"\r\nContent-Transfer-Encoding: base64', b"!!!")),
     multipart(("name=" + "x" * 100_000, b"x")),
     multipart(*[(f'name="f{i}"', b"x") for i in range(2000)])],
)  # fmt: skip
def test_a_broken_body_is_refused(as_alice, body):
    assert send(as_alice, body).status_code in (400, 413)
    assert send(as_alice, body, "/").status_code in (400, 413, 422)
    assert not Upload.objects.exists()


def test_a_file_that_is_too_large_is_not_kept_to_its_end(as_alice, settings):
    settings.MAX_UPLOAD_BYTES = MB
    response = as_alice.post("/", {"file": [SimpleUploadedFile("big.jpg", b"\xff\xd8\xff" + b"x" * 5 * MB), photo()]})
    assert response.status_code == 422
    assert "larger than 1 MB" in response.content.decode()
    assert 0 < response.wsgi_request.FILES.getlist("file")[0].size - MB <= 2**16 * 2
    assert Upload.objects.count() == 1, "the other one is in"


def test_a_form_has_a_limit_in_all(as_alice, settings):
    settings.MAX_REQUEST_BYTES = 3 * MB
    files = [SimpleUploadedFile(f"{i}.jpg", b"x" * MB) for i in range(4)]
    response = as_alice.post("/", {"file": files})
    assert response.status_code == 413
    assert response.headers["Connection"] == "close"
    assert "5 MB at once, and 3 MB are accepted" in response.content.decode()


def test_the_api_says_it_in_json(as_alice, settings):
    settings.MAX_UPLOAD_BYTES = MB
    response = as_alice.post("/api/v1/jobs", {"file": SimpleUploadedFile("a.jpg", b"x" * 4 * MB)})
    assert (response.status_code, response.json()["error_code"]) == (413, "too_large")


@pytest.mark.parametrize(("address", "answer"), [("/login", 413), ("/", 302), ("/api/v1/jobs", 401), ("/account", 413)])
def test_who_is_not_signed_in_sends_no_large_body(db, address, answer):
    response = Client().post(address, {"file": SimpleUploadedFile("a.jpg", b"x" * 3 * MB)})
    assert response.status_code == answer


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", ""])
def test_an_odd_length_is_no_length(as_alice, length):
    response = send(as_alice, b"x", CONTENT_LENGTH=length)
    assert response.status_code == 400


def test_a_body_without_a_length_is_refused(as_alice):
    request = {"wsgi.input": photo(), "HTTP_TRANSFER_ENCODING": "chunked", "REQUEST_METHOD": "POST"}
    response = as_alice.request(**request, PATH_INFO="/api/v1/jobs")
    assert (response.status_code, response.json()["error_code"]) == (411, "length_required")


# ── A real web server ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """gunicorn as `make run` starts it, with less patience; its port."""
    data = tmp_path_factory.mktemp("server")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {"POSEWEB_QUICKSTART": "1", "POSEWEB_DATA": str(data), "PORT": str(port), "POSEWEB_MAX_UPLOAD_MB": "1"}
    variables["DJANGO_SETTINGS_MODULE"] = "poseweb.settings"
    environment = {**os.environ, **variables}
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    program = (
        "from poseweb.http import patience; patience.GRACE_SECONDS = 1.0; patience.SLOWEST_BYTES_PER_SECOND = 1e9; "
        "from gunicorn.app.wsgiapp import run; run()"
    )
    command = [sys.executable, "-c", program, "--config", "python:poseweb.gunicorn_conf", "poseweb.wsgi"]
    with (data / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None and b"Booting" not in (data / "log").read_bytes():
            time.sleep(0.05)
        yield port, data / "log"
    finally:
        process.terminate()
        process.wait(timeout=20)


def exchange(port, body, length=None, pause=0.0, piece=None):
    """Send a body as slowly as asked for, or break off; what the server answers."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as line:
        kind = b"multipart/form-data; boundary=xx"
        head = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        line.sendall(head % (port, kind, length or len(body)))
        try:
            for start in range(0, len(body), piece or len(body)):
                line.sendall(body[start : start + (piece or len(body))])
                time.sleep(pause)
        except OSError:
            pass  # the server has heard enough
        if length and not pause:
            line.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return answer.status, answer.read()


def whole(seed=0):
    return multipart(('name="file"; filename="a.jpg"', photo(seed=seed).read()))


def test_a_photo_comes_in(server):
    assert exchange(server[0], whole())[0] == 202


def test_too_large_a_body_is_answered_and_not_only_cut_off(server):
    status, answer = exchange(server[0], multipart(('name="file"; filename="a.jpg"', b"x" * 8 * MB)))
    assert status == 413
    assert b"too_large" in answer


def test_a_body_that_breaks_off_is_no_photo(server):
    """Half a photo would be taken for a whole one: it opens, and its lower half is grey."""
    body = whole(seed=1)
    status, answer = exchange(server[0], body[: len(body) // 2], length=len(body))
    assert status == 408
    assert b"cut_short" in answer


def test_a_slow_body_is_given_up_and_the_others_are_served(server):
    port, log = server
    slow = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(12)]  # more than there are threads
    for line in slow:
        line.sendall(b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: 100\r\nContent-Type: "
                     b"multipart/form-data; boundary=xx\r\n\r\n--xx" % port)  # fmt: skip
    started = time.monotonic()
    assert exchange(port, whole(seed=2))[0] == 202
    assert time.monotonic() - started < 15
    for line in slow:
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.status == 408
        answer.close()
        line.close()
    assert b"Traceback" not in log.read_bytes()
