"""The command `python -m poseweb.client`, against a server whose moods the test decides."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from poseweb import client

ROOT = Path(__file__).parents[2]
DONE = {"id": "1", "kind": "photo", "status": "succeeded", "people": 2, "error": None, "page": "http://here/jobs/1"}
SORRY = {"error_code": "x", "error": "Not like that."}


class Moody(ThreadingHTTPServer):
    """Answers from a script: for each path, one (status, headers, body) after the other, the last for ever."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.asked = {}, []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def paths(self):
        return [path for path, _, _ in self.asked]


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        self.server.asked.append((path, dict(self.headers), body))
        answers = self.server.script[path]
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer  # noqa: N815  as the library calls them

    def log_message(self, *_):
        """Silence."""


@pytest.fixture
def server():
    moody = Moody()
    thread = threading.Thread(target=moody.serve_forever, args=[0.01])
    thread.start()
    yield moody
    moody.shutdown()
    moody.server_close()
    thread.join()


@pytest.fixture
def pauses(monkeypatch):
    """The seconds that the client would have slept."""
    slept = []
    monkeypatch.setattr(client.time, "sleep", slept.append)
    return slept


@pytest.fixture
def photo(tmp_path):
    file = tmp_path / "cat.jpg"
    file.write_bytes(b"\xff\xd8 a photo")
    return file


def run(server, *arguments):
    return client.main(["submit", "--server", server.address, *map(str, arguments)])


def happy(server):
    server.script = {
        "/api/v1/jobs": [(202, {}, {**DONE, "status": "queued"})],
        "/api/v1/jobs/status": [(200, {}, {"jobs": [DONE]})],
        "/api/v1/jobs/1/image": [(200, {}, b"picture")],
        "/api/v1/jobs/1/poses.json": [(200, {}, b"{}")],
    }


def test_it_sends_waits_and_writes(server, pauses, photo, tmp_path, capsys):
    happy(server)
    running = {"jobs": [{**DONE, "status": "running"}]}
    server.script["/api/v1/jobs/status"].insert(0, (200, {}, running))
    (tmp_path / "token").write_text("poseweb_x\n")
    assert run(server, photo, "--out", tmp_path / "out", "--token-file", tmp_path / "token", "--single") == 0
    assert (tmp_path / "out" / "cat_rendered.jpg").read_bytes() == b"picture"
    assert (tmp_path / "out" / "cat_keypoints.json").read_bytes() == b"{}"
    assert capsys.readouterr().out == f"{photo}: 2 people\n"
    body = server.asked[0][2]
    assert b'name="single"\r\n\r\ntrue\r\n' in body
    assert b'name="file"; filename="cat.jpg"\r\n\r\n\xff\xd8 a photo\r\n' in body
    assert {headers["Authorization"] for _, headers, _ in server.asked} == {"Bearer poseweb_x"}
    assert pauses == [client.POLL_S]


def test_a_clip_comes_back_as_a_clip(server, pauses, tmp_path):
    clip = tmp_path / "walk.mp4"
    clip.write_bytes(b"ftyp")
    happy(server)
    server.script["/api/v1/jobs/status"] = [(200, {}, {"jobs": [{**DONE, "kind": "clip"}]})]
    server.script |= {f"/api/v1/jobs/1/{name}": [(200, {}, name.encode())] for name in ("video.mp4", "poses.zip")}
    assert run(server, clip, "--out", tmp_path / "out", "--every", "3") == 0
    assert (tmp_path / "out" / "walk_rendered.mp4").read_bytes() == b"video.mp4"
    assert (tmp_path / "out" / "walk_keypoints.zip").read_bytes() == b"poses.zip"
    assert b'name="every"\r\n\r\n3\r\n' in server.asked[0][2]


def test_without_wait_it_says_where_to_look(server, photo, capsys):
    happy(server)
    assert run(server, photo) == 0
    assert capsys.readouterr().out == f"{photo}: http://here/jobs/1\n"
    assert server.paths() == ["/api/v1/jobs"]


def test_it_waits_as_long_as_it_is_asked_to(server, pauses, photo, capsys):
    happy(server)
    server.script["/api/v1/jobs"][:0] = [(429, {"Retry-After": "1800"}, {**SORRY, "error": "Not so fast."})] * 7
    assert run(server, photo, "--wait") == 0
    assert pauses == [1800] * 7
    assert "Waiting 1800 s: Not so fast." in capsys.readouterr().out


def test_it_tries_again_under_the_same_key(server, pauses, photo):
    happy(server)
    server.script["/api/v1/jobs"][:0] = [(503, {"Retry-After": "60"}, SORRY), (502, {}, b"<html>"), (500, {}, b"")]
    assert run(server, photo, "--wait") == 0
    assert pauses == [1, 2, 4]
    keys = {headers["Idempotency-Key"] for path, headers, _ in server.asked if path == "/api/v1/jobs"}
    assert len(keys) == 1


def test_every_photo_has_a_key_of_its_own(server, photo):
    happy(server)
    run(server, photo, photo)
    assert len({headers["Idempotency-Key"] for _, headers, _ in server.asked}) == 2


def test_what_fails_is_said_and_the_rest_goes_on(server, pauses, photo, tmp_path, capsys):
    happy(server)
    server.script["/api/v1/jobs"].insert(0, (422, {}, {**SORRY, "error": "This is not a picture."}))
    missing, text = tmp_path / "missing.jpg", tmp_path / "text.txt"
    text.write_text("no photo")
    assert run(server, missing, text, photo, "--wait") == 1
    said = capsys.readouterr()
    assert said.out == f"{photo}: 2 people\n"
    assert said.err == f"{missing}: It cannot be read (No such file or directory).\n{text}: This is not a picture.\n"


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ({**DONE, "status": "failed", "error": "The picture is cut short."}, "The picture is cut short."),
        ({**DONE, "status": "cancelled"}, "It was cancelled."),
        ({**DONE, "id": "2"}, "It was deleted on the server."),
    ],
)
def test_a_job_that_ends_badly(server, pauses, photo, capsys, job, sentence):
    happy(server)
    server.script["/api/v1/jobs/status"] = [(200, {}, {"jobs": [job]})]
    assert run(server, photo, "--wait") == 1
    assert capsys.readouterr().err == f"{photo}: {sentence}\n"


def test_a_server_that_is_gone_is_asked_for_the_first_photo_only(server, pauses, photo, capsys):
    server.script["/api/v1/jobs"] = [(500, {}, b"")]
    assert run(server, photo, photo, photo) == 1
    assert len(server.asked) == client.TRIES
    assert capsys.readouterr().err.count("answers 500") == 3


def test_nobody_there(pauses, photo, capsys):
    assert client.main(["submit", "--server", "http://127.0.0.1:9", str(photo)]) == 1
    assert "http://127.0.0.1:9 does not answer (" in capsys.readouterr().err


def test_a_token_goes_to_no_other_server(server, photo, tmp_path, capsys):
    elsewhere = Moody()
    server.script["/api/v1/jobs"] = [(302, {"Location": f"{elsewhere.address}/api/v1/jobs"}, b"")]
    (tmp_path / "token").write_text("poseweb_x")
    assert run(server, photo, "--token-file", tmp_path / "token") == 1
    assert f"sends on to {elsewhere.address}/api/v1/jobs; say so with --server." in capsys.readouterr().err
    elsewhere.server_close()


def test_photos_of_one_name_from_two_folders_are_both_kept(server, pauses, tmp_path):
    happy(server)
    photos = [tmp_path / folder / "cat.jpg" for folder in "ab"]
    for file in photos:
        file.parent.mkdir()
        file.write_bytes(b"x")
    assert run(server, *photos, "--out", tmp_path / "out") == 0
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names == {"cat_rendered.jpg", "cat_keypoints.json", "cat-2_rendered.jpg", "cat-2_keypoints.json"}


@pytest.mark.parametrize("name", ['a"b.jpg', "a\nb.jpg", "ü 東京.jpg"])
def test_odd_names_arrive(name):
    body = client._form("xx", name, b"", {})
    sent = name.replace('"', "%22").replace("\n", "%0A").encode()
    assert b'filename="' + sent + b'"\r\n' in body


@pytest.mark.parametrize("wrong", [["--server", "file:///etc"], ["--server", "here"], ["--token-file", "/nowhere"]])
def test_a_command_that_makes_no_sense(photo, wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        client.main(["submit", str(photo), *wrong])
    assert stopped.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_it_needs_nothing_of_the_application():
    check = "import sys, poseweb.client; assert not {'django', 'ninja', 'estimator', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)
