"""The command-line client against a real server and a real worker."""

import json
import subprocess
import sys

import pytest
from django.contrib.auth.models import User
from PIL import Image

from poseweb.api import tokens
from poseweb.models import IdempotencyKey, Job
from tests.flows.conftest import ROOT, Process, free_port, photo


@pytest.fixture
def address(start):
    """A web server as production has it, on the shared data folder."""
    port = free_port()
    gunicorn = "-m", "gunicorn", "--config", "python:poseweb.gunicorn_conf", "poseweb.wsgi"
    settings = {"PORT": str(port), "POSEWEB_ALLOWED_HOSTS": "127.0.0.1", "POSEWEB_HTTPS": "0"}
    start(Process, *gunicorn, **settings).says("Booting")
    return f"http://127.0.0.1:{port}"


def test_photos_go_in_and_pictures_and_poses_come_out(address, worker, tmp_path):
    erin = User.objects.create_user("erin")
    (tmp_path / "token").write_text(tokens.make(erin, "The client", "write").secret)
    for seed in range(2):
        (tmp_path / f"photo{seed}.jpg").write_bytes(photo(seed).read())
    (tmp_path / "text.jpg").write_text("no photo")
    command = [sys.executable, "-m", "poseweb.client", "submit", *sorted(tmp_path.glob("*.jpg")), "--wait"]
    options = ["--out", tmp_path / "out", "--server", address, "--token-file", tmp_path / "token"]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert f"{tmp_path / 'text.jpg'}: This is neither a photo nor a clip." in done.stderr
    assert done.stdout.count(": ") == 2
    assert Job.objects.filter(upload__owner=erin, status="succeeded").count() == 2
    assert IdempotencyKey.objects.filter(job__isnull=False).count() == 2
    for seed in range(2):
        assert json.loads((tmp_path / "out" / f"photo{seed}_keypoints.json").read_text())["version"] == 1.3
        with Image.open(tmp_path / "out" / f"photo{seed}_rendered.jpg") as drawn:
            assert drawn.size == (320, 240)
