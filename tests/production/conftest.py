"""The production set-up of docker/compose.yaml from Debian's servers, on loopback."""

import os
import secrets
import subprocess
import sys

import pytest
import requests

from tests.flows.conftest import Process, free_port, photo, wait_for
from tests.production.servers import ROOT, Nginx, PostgreSql, Redis, need

SITE = "poses.example"
PASSWORD = "a password of alice"
METRICS_TOKEN = "a token of the operators"


@pytest.fixture(scope="session")
def postgresql():
    server = PostgreSql()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = Redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


class Stack:
    """Web, worker and nginx as processes with the settings of the compose file; database and broker are given."""

    def __init__(self, folder, postgresql, redis):
        self.folder, self.postgresql, self.redis = folder, postgresql, redis
        self.data = folder / "data"
        self.processes, self.nginx = [], None
        database = f"stack_{secrets.token_hex(4)}"
        postgresql.create(database)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("POSEWEB_")},
            "DJANGO_SETTINGS_MODULE": "poseweb.settings",
            "POSEWEB_DATA": str(self.data),
            "POSEWEB_ALLOWED_HOSTS": SITE,
            "POSEWEB_DATABASE_URL": postgresql.url(database),
            "POSEWEB_DATABASE_PASSWORD_FILE": self._secret("database_password", "not asked for here"),
            "POSEWEB_SECRET_KEY_FILE": self._secret("secret_key", secrets.token_urlsafe(50)),
            "POSEWEB_METRICS_TOKEN_FILE": self._secret("metrics_token", METRICS_TOKEN),
            "POSEWEB_BROKER_URL": redis.url,
            "POSEWEB_ACCEL_REDIRECT": "/_media/",
            "POSEWEB_LOG_FORMAT": "json",
            "POSEWEB_SWEEP_SECONDS": "1",
        }

    def up(self):
        self.manage("migrate", "--verbosity=0")
        self.manage("collectstatic", "--noinput", "--verbosity=0")
        who = ("--username=alice", "--email=alice@poses.example")
        self.manage("createsuperuser", "--noinput", *who, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        self.web_port = free_port()
        gunicorn = ("-m", "gunicorn", "--config", "docker/gunicorn.py", "--bind", f"127.0.0.1:{self.web_port}")
        self.web = self.start(*gunicorn, "poseweb.wsgi")
        self.worker = self.start("manage.py", "worker")
        self.nginx = Nginx(self.folder, self.data, self.web_port)
        wait_for(lambda: self.readiness()[0] == 200, 40)

    def _secret(self, name, value):
        file = self.folder / name
        file.write_text(f"{value}\n")
        return str(file)

    def start(self, *command):
        output = self.folder / f"process{len(self.processes)}.log"
        with output.open("wb") as stream:
            popen = subprocess.Popen(
                [sys.executable, *command],
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(Process(popen, output))
        return self.processes[-1]

    def manage(self, *command, check=True, **variables):
        environment = {**self.environment, **variables}
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stderr
        return done

    def readiness(self):
        """(status, the parts that are not well), asked past nginx and by address, as a container does."""
        try:
            answer = requests.get(f"http://127.0.0.1:{self.web_port}/readyz", timeout=20)
        except requests.ConnectionError:
            return 0, set()
        return answer.status_code, {part for part, check in answer.json()["checks"].items() if not check["ok"]}

    def browser(self):
        return Browser(self.nginx)

    def stop(self):
        for process in self.processes:
            process.kill_group()
        if self.nginx:
            self.nginx.stop()


class Browser(requests.Session):
    """Comes through nginx over TLS, and calls the site by its name."""

    def __init__(self, nginx):
        super().__init__()
        self.site = f"https://127.0.0.1:{nginx.port}"
        self.verify = str(nginx.certificate)
        self.trust_env = False
        self.headers["Host"] = SITE
        self.headers["Referer"] = f"https://{SITE}/"

    def request(self, method, path, **options):
        options = {"timeout": 30, **options, "allow_redirects": False}
        return super().request(method, f"{self.site}{path}", **options)

    @property
    def token(self):
        return {name: value for name, value in self.cookies.items() if name.endswith("csrf")}["poseweb_csrf"]

    def sign_in(self):
        self.get("/login")
        form = {"username": "alice", "password": PASSWORD, "csrfmiddlewaretoken": self.token}
        answer = self.post("/login", data=form)
        assert answer.status_code == 302, answer.text
        return self

    def upload(self, seed):
        """A photo through the API; what it answers."""
        files = {"file": ("photo.jpg", photo(seed).read())}
        answer = self.post("/api/v1/jobs", files=files, headers={"X-CSRFToken": self.token})
        assert answer.status_code == 202, answer.text
        return answer.json()

    def until_over(self, job, seconds=30):
        def over():
            now = self.get(f"/api/v1/jobs/{job['id']}").json()
            return now["status"] in ("succeeded", "failed", "cancelled") and now

        return wait_for(over, seconds)


@pytest.fixture(scope="module")
def stack(tmp_path_factory, postgresql, redis):
    need("nginx")
    stack = Stack(tmp_path_factory.mktemp("stack"), postgresql, redis)
    try:
        stack.up()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def alice(stack):
    return stack.browser().sign_in()
