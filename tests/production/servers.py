"""Debian's PostgreSQL, Redis and nginx on loopback, each in a folder of its own that goes with it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.flows.conftest import free_port, wait_for

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
        wait_for(self.answers)

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
