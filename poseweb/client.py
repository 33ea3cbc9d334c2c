"""`python -m poseweb.client submit *.jpg --wait --out DIR`: photos and clips to a poseweb server, results back.

Needs nothing of the application, not even Django: it speaks the JSON API like any other program.
"""

import argparse
import json
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from tqdm import tqdm

TIMEOUT_S = 60
TRIES = 5  # where nothing, or a fault of the server, comes back
LONGEST_PAUSE_S = 30
POLL_S = 1
MOST_STATUSES = 100  # jobs in one question
OVER = {"succeeded", "failed", "cancelled"}
# Of each kind, what to fetch and what to call it, as OpenPose does.
FILES = {
    "photo": {"image": "{}_rendered.jpg", "poses.json": "{}_keypoints.json"},
    "clip": {"video.mp4": "{}_rendered.mp4", "poses.zip": "{}_keypoints.zip"},
}


class GaveUpError(Exception):
    """What went wrong with a photo or the server, as a sentence."""


class ServerGoneError(GaveUpError):
    """The server does not answer, or only with faults of its own: there is no use in asking for more."""


class _StayHere(HTTPRedirectHandler):
    """A token is for one server; no other one gets to see it."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener() -> OpenerDirector:
    return build_opener(_StayHere)


@dataclass
class Server:
    """A poseweb server, by its JSON API.

    Attributes:
        address: such as "https://poses.example".
        token: from the account page; empty for a quick start.
        say: where waiting is announced.
    """

    address: str
    token: str = ""
    say: Callable[[str], None] = tqdm.write
    _open: OpenerDirector = field(default_factory=_opener, repr=False)

    def submit(self, photo: Path, wishes: dict[str, str]) -> dict[str, Any]:
        """Send a photo; its job. Sent again where no answer comes, which makes no second job. Raises GaveUpError."""
        try:
            content = photo.read_bytes()
        except OSError as error:
            raise GaveUpError(f"It cannot be read ({error.strerror}).") from None
        boundary = uuid.uuid4().hex
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": uuid.uuid4().hex}
        return json.loads(self._ask("/api/v1/jobs", _form(boundary, photo.name, content, wishes), headers))

    def statuses(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        """Id → job of those that are there. Raises GaveUpError."""
        answer = json.loads(self._ask(f"/api/v1/jobs/status?{urlencode([('id', job_id) for job_id in ids])}"))
        return {job["id"]: job for job in answer["jobs"]}

    def fetch(self, job_id: str, what: str) -> bytes:
        """A file of a result, such as "image" or "poses.json". Raises GaveUpError."""
        return self._ask(f"/api/v1/jobs/{job_id}/{what}")

    def _ask(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        headers = {**(headers or {}), **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        tries = 0
        while True:
            try:
                request = Request(self.address + path, body, headers)  # noqa: S310  main() looked at the scheme
                with self._open.open(request, timeout=TIMEOUT_S) as answer:
                    return answer.read()
            except HTTPError as error:
                with error:
                    sentence, wait = self._refused(error)
            except (URLError, HTTPException, OSError) as error:
                sentence, wait = f"{self.address} does not answer ({getattr(error, 'reason', error)}).", None
            tries += wait is None
            if tries >= TRIES:
                raise ServerGoneError(sentence)
            self._pause(sentence, min(2 ** (tries - 1), LONGEST_PAUSE_S) if wait is None else wait)

    def _refused(self, error: HTTPError) -> tuple[str, int | None]:
        """The server's sentence, and the seconds that it asks to wait, if it does. Raises GaveUpError: it is final."""
        try:
            sentence = json.loads(error.read())["error"]
        except (ValueError, KeyError, TypeError, HTTPException, OSError):
            sentence = f"{self.address} answers {error.code} {error.reason}."
        if 300 <= error.code < 400:
            raise GaveUpError(f"{self.address} sends on to {error.headers['Location']}; say so with --server.")
        if 400 <= error.code < 500 and error.code not in {408, 429}:
            raise GaveUpError(sentence)
        wait = error.headers.get("Retry-After", "")
        return sentence, int(wait) if wait.isdigit() and error.code == 429 else None

    def _pause(self, sentence: str, seconds: float) -> None:
        if seconds > LONGEST_PAUSE_S:
            self.say(f"Waiting {seconds:.0f} s: {sentence}")
        time.sleep(seconds)


def _form(boundary: str, name: str, content: bytes, wishes: dict[str, str]) -> bytes:
    """A multipart form as a browser sends it."""
    quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    parts = [(f'name="{field}"', value.encode()) for field, value in wishes.items()]
    parts.append((f'name="file"; filename="{quoted}"', content))
    lines: list[bytes] = []
    for about, value in parts:
        head = f"--{boundary}\r\nContent-Disposition: form-data; {about}\r\n\r\n"
        lines += [head.encode("utf-8", "replace"), value, b"\r\n"]
    return b"".join([*lines, f"--{boundary}--\r\n".encode()])


@dataclass
class Errand:
    """Everything that one call of the command does: send, wait, fetch; what fails is said, and the rest goes on."""

    server: Server
    bar: Any
    out: Path | None = None
    failed: int = 0
    _used: set[str] = field(default_factory=set)

    def submit(self, photos: Iterable[Path], wishes: dict[str, str]) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Each photo that was taken in, with its job."""
        gone = ""
        for photo in photos:
            try:
                job = None if gone else self.server.submit(photo, wishes)
            except GaveUpError as error:
                gone = str(error) if isinstance(error, ServerGoneError) else ""
                self.fail(photo, str(error))
            else:
                if job:
                    yield photo, job
                else:
                    self.fail(photo, gone)

    def wait(self, waiting: dict[str, list[Path]]) -> None:
        """Until each of these jobs (id → its photos) is over."""
        while waiting:
            asked = list(waiting)[:MOST_STATUSES]
            try:
                found = self.server.statuses(asked)
            except GaveUpError as error:
                for photo in [photo for photos in waiting.values() for photo in photos]:
                    self.fail(photo, str(error))
                return
            for job_id in asked:
                photos = waiting.pop(job_id)
                if job_id in found and found[job_id]["status"] not in OVER:
                    waiting[job_id] = photos  # behind those not asked for yet
                    continue
                for photo in photos:
                    self.end(photo, found.get(job_id))
            if waiting:
                time.sleep(POLL_S)

    def end(self, photo: Path, job: dict[str, Any] | None) -> None:
        """Keep the result of a job that is over, or say why there is none."""
        if job is None:
            return self.fail(photo, "It was deleted on the server.")
        if job["status"] != "succeeded":
            return self.fail(photo, job["error"] or "It was cancelled.")
        try:
            self.keep(photo, job)
        except (GaveUpError, OSError) as error:
            return self.fail(photo, str(error))
        people = job["people"]
        tqdm.write(f"{photo}: {people} {'person' if people == 1 else 'people'}")
        self.bar.update()
        return None

    def keep(self, photo: Path, job: dict[str, Any]) -> None:
        """Write what was found; photos of one name from several folders get a number."""
        if self.out is None:
            return
        stem, number = photo.stem, 2
        while stem in self._used:
            stem, number = f"{photo.stem}-{number}", number + 1
        self._used.add(stem)
        for what, name in FILES[job["kind"]].items():
            (self.out / name.format(stem)).write_bytes(self.server.fetch(job["id"], what))

    def fail(self, photo: Path, sentence: str) -> None:
        """Say what went wrong with a photo, and count it."""
        self.failed += 1
        tqdm.write(f"{photo}: {sentence}", file=sys.stderr)
        self.bar.update()


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 where every photo went well, 1 where one did not, 2 where the command makes no sense."""
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if urlsplit(parsed.server).scheme not in {"http", "https"}:
        parser.error("--server is an address such as https://poses.example")
    try:
        token = parsed.token_file.read_text(encoding="utf-8").strip() if parsed.token_file else ""
        if parsed.out:
            parsed.out.mkdir(parents=True, exist_ok=True)
    except (OSError, UnicodeDecodeError) as error:
        parser.error(str(error))
    try:
        return _submit(parsed, Server(parsed.server.rstrip("/"), token))
    except KeyboardInterrupt:
        tqdm.write("Stopped. What was sent stays on the server.", file=sys.stderr)
        return 130


def _submit(parsed: argparse.Namespace, server: Server) -> int:
    wishes = {name: getattr(parsed, name) for name in ("network", "resolution", "every") if getattr(parsed, name)}
    wishes |= {"single": "true"} if parsed.single else {}
    with tqdm(total=len(parsed.photos), unit="photo", disable=None) as bar:
        errand, waiting = Errand(server, bar, parsed.out), {}
        for photo, job in errand.submit(parsed.photos, wishes):
            if parsed.wait or parsed.out:
                waiting.setdefault(job["id"], []).append(photo)  # the same file twice is one job
            else:
                tqdm.write(f"{photo}: {job['page']}")
                bar.update()
        errand.wait(waiting)
    return int(errand.failed > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m poseweb.client", description="Send photos and clips to a poseweb server."
    )
    command = parser.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "submit", help="send photos or clips, and perhaps wait for what is found in them"
    )
    command._negative_number_matcher = re.compile(r"-\d")  # -1x256 is a value, no option
    add = command.add_argument
    add("photos", nargs="+", type=Path, metavar="PHOTO")
    add("--server", default="http://localhost:8000", help="by default http://localhost:8000, a quick start")
    add("--token-file", type=Path, metavar="FILE", help="a file with a token from the account page")
    add("--wait", action="store_true", help="until every photo is done; the exit status then tells of failures")
    add("--out", type=Path, metavar="DIR", help="wait, and write annotated pictures or clips, and OpenPose JSON, there")
    add("--network", default="", help="its name; by default the most accurate one")
    add("--resolution", default="", help="such as -1x256 (quick) or -1x736 (close); by default -1x368")
    add("--single", action="store_true", help="there is one person in each photo")
    add("--every", default="", metavar="N", help="of clips, look only at every N-th frame")
    return parser


if __name__ == "__main__":
    sys.exit(main())
