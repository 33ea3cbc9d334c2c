"""Debian's PostgreSQL, Redis and nginx on loopback, each in a folder of its own that goes with it."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.flows.conftest import free_port, wait_for

ROOT = Path(__file__).parents[2]
POSTGRESQL_BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda b: int(b.parent.name), default=Path())
PACKAGES = {"initdb": "postgresql", "redis-server": "redis-server", "nginx": "nginx"}


def need(*programs):
    """Skip where one of them is absent, and say which Debian package has it."""
    for program in programs:
        if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:{POSTGRESQL_BIN}"):
            pytest.skip(f"needs {program} (Debian package {PACKAGES[program]})")


class PostgreSql:
    """A throwaway cluster. PostgreSQL refuses to run as root, so root lends it to the user nobody."""

    def __init__(self):
        need("initdb")
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="poseweb-postgresql-"))
        self.user = "nobody" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        self._run("initdb", "--no-sync", "--auth=trust", "--username=poseweb", "--encoding=UTF8", "--locale=C")
        self.start()

    def url(self, database="test_poseweb"):
        return f"postgresql://poseweb@127.0.0.1:{self.port}/{database}"

    def start(self):
        options = f"-h 127.0.0.1 -p {self.port} -k '' -c fsync=off"
        self._run("pg_ctl", "--wait", f"--log={self.folder / 'log'}", f"--options={options}", "start")

    def stop(self, mode="immediate"):
        self._run("pg_ctl", "--wait", f"--mode={mode}", "stop")

    def create(self, database):
        address = ("--host=127.0.0.1", f"--port={self.port}", "--username=poseweb")
        subprocess.run([POSTGRESQL_BIN / "createdb", *address, database], check=True, capture_output=True)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program, *options):
        """Output goes to a file: the server inherits it, and a pipe would stay open as long as it lives."""
        rights = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []} if self.user else {}
        command = [POSTGRESQL_BIN / program, f"--pgdata={self.folder / 'data'}", *options]
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False, **rights)
            output.seek(0)
            assert done.returncode == 0, output.read().decode(errors="replace")


class Server:
    """A server in the foreground, its files in a folder given."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.start()

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        try:
            wait_for(self.answers)
        except AssertionError:
            self.kill()
            raise AssertionError((self.folder / "log").read_text()) from None

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def kill(self):
        self.process.kill()
        self.process.wait(10)


class Redis(Server):
    """As in docker/compose.yaml: an append-only file, and no key is ever evicted."""

    def __init__(self, folder):
        need("redis-server")
        super().__init__(folder)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self):
        keeping = ["--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", ""]
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), *keeping]

    def ask(self, *words):
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def answers(self):
        return self.ask("PING") == "PONG"


class Nginx(Server):
    """docker/nginx.conf with the folders and ports of the test in place of the containers'."""

    def __init__(self, folder, data, web_port):
        need("nginx")
        self.plain_port = free_port()
        self.port = free_port()
        self.certificate = folder / "tls_certificate"
        self._make_certificate(folder)
        places = {
            "/run/secrets": folder,
            "/data/": f"{data}/",
            "/tmp/": f"{folder}/",
            "listen 8080": f"listen 127.0.0.1:{self.plain_port}",
            "listen 8443": f"listen 127.0.0.1:{self.port}",
            "web:8000": f"127.0.0.1:{web_port}",
        }
        text = (ROOT / "docker" / "nginx.conf").read_text()
        assert all(theirs in text for theirs in places)
        ours = re.sub("|".join(map(re.escape, places)), lambda theirs: str(places[theirs.group()]), text)
        (folder / "nginx.conf").write_text(ours)
        self.folder = folder
        self.start()

    def command(self):
        rights = "user root; " if os.geteuid() == 0 else ""
        return ["nginx", "-c", str(self.folder / "nginx.conf"), "-g", f"{rights}daemon off;"]

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _make_certificate(self, folder):
        files = ["-keyout", folder / "tls_key", "-out", self.certificate]
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        subprocess.run(["openssl", "req", "-x509", *curve, *files, *subject], check=True, capture_output=True)
