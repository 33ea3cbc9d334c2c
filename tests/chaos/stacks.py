"""The application under chaos, in its two set-ups: what runs, who can be killed, and how it comes back."""

import http.client
import json
import os
import signal
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.flows.conftest import Process, alive, children, wait_for

BACK_SECONDS = 60  # until everything runs again; another machine's load is not what is tested


@dataclass(frozen=True)
class Answer:
    """What the API said to an upload, and after how many seconds."""

    status: int
    body: dict
    seconds: float


@dataclass
class Stack:
    """Commands that are kept running, by the name that the tests call them."""

    start: object  # the fixture of tests/flows
    commands: dict  # name → arguments of python
    variables: dict
    port: int
    headers: dict = field(default_factory=dict)
    processes: dict = field(default_factory=dict)

    def keep_up(self):
        """Start what does not run, and wait until web server and workers are ready."""
        self.start_missing()
        wait_for(lambda: self.answers() and self.pool(), BACK_SECONDS)

    def start_missing(self):
        for name, command in self.commands.items():
            if name not in self.processes or self.processes[name].popen.poll() is not None:
                self.processes[name] = self.start(Process, *command, **self.variables)

    def answers(self):
        try:
            return self._ask("GET", "/login", timeout=2).status < 500
        except (OSError, http.client.HTTPException):
            return False

    def family(self):
        """Process ids of everything that runs."""
        return [pid for process in self.processes.values() for pid in family(process.pid) if alive(pid)]

    def workers(self):
        """Process ids of the workers; their pool's processes are their children."""
        running = {pid for pid in self.family() if "worker" in arguments(pid)}
        below = {child for pid in running for child in children(pid)}
        return sorted(running - below)

    def pool(self):
        """Process ids of those who do the work; nothing until each worker has one."""
        pools = [children(worker) for worker in self.workers()]
        return [pid for pool in pools for pid in pool] if pools and all(pools) else []

    def kill(self, what, rng):
        """kill -9 of a pool process, of a worker, or of everything there is; how many were killed."""
        victims = {"pool": self.pool, "worker": self.workers}.get(what)
        doomed = [rng.choice(found)] if victims and (found := victims()) else self.family()
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self.processes.values():
            if process.pid in doomed:
                process.ends()

    def upload(self, data, *, timeout=30):
        """Send a photo to the API."""
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._ask("POST", "/api/v1/jobs", body, kind, timeout=timeout)

    def upload_until_taken(self, data, *, seconds=120):
        """As a person does whose connection broke: again, until the server says that it has it. The job's id."""
        deadline = time.monotonic() + seconds
        while True:
            with suppress(OSError, http.client.HTTPException):
                answer = self.upload(data)
                if answer.status == 202:
                    return answer.body["id"]
            assert time.monotonic() < deadline, "nobody took the photo"
            time.sleep(0.2)

    def status(self, job_id):
        return self._ask("GET", f"/api/v1/jobs/{job_id}")

    def _ask(self, method, path, body=None, headers=None, *, timeout=30):
        connection = http.client.HTTPConnection("localhost", self.port, timeout=timeout)
        started = time.monotonic()
        try:
            connection.request(method, path, body, {**self.headers, **(headers or {})})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        is_json = response.getheader("Content-Type", "").startswith("application/json")
        return Answer(response.status, json.loads(content) if is_json else {}, time.monotonic() - started)


def family(pid):
    """A process and everything below it."""
    return [pid, *(descendant for child in children(pid) for descendant in family(child))]


def arguments(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def embedded(start, port, **variables):
    """What `make run` starts: SQLite, the bell in a folder, everything under one supervisor."""
    quickstart = {"POSEWEB_QUICKSTART": "1", "POSEWEB_MODEL_SOURCE": "", "PORT": str(port)}
    return Stack(start, {"run": ["manage.py", "run"]}, {**quickstart, **variables}, port)


def production(start, port, session_key, **variables):
    """gunicorn and two workers on PostgreSQL and Redis, whose addresses are in the environment."""
    worker = ["manage.py", "worker"]
    commands = {"web": web_server(port), "first": worker, "second": worker}
    reachable = {"POSEWEB_HTTPS": "false", "POSEWEB_ALLOWED_HOSTS": "localhost"}
    return Stack(start, commands, {**reachable, **variables}, port, signed_in(session_key))


def web_server(port):
    return ["-m", "gunicorn", "--config", "docker/gunicorn.py", "--bind", f"127.0.0.1:{port}", "poseweb.wsgi"]


def signed_in(session_key):
    """Headers of a browser that is signed in under this session."""
    token = uuid.uuid4().hex
    return {"Cookie": f"poseweb={session_key}; poseweb_csrf={token}", "X-CSRFToken": token}
