"""A real application (`manage.py run`: web server and worker) and a real browser, Debian's Chromium."""

import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE_S = 60

expect.set_options(timeout=30_000)


@dataclass(frozen=True)
class Site:
    """The running application."""

    address: str
    settings: dict  # the environment it was started with, beside our own

    @property
    def data(self):
        """The folder of its database and files."""
        return Path(self.settings["POSEWEB_DATA"])

    def job(self, job_id):
        """The job as it is stored, by way of the API."""
        with urllib.request.urlopen(f"{self.address}/api/v1/jobs/{job_id}") as answer:
            return json.load(answer)

    def poses(self, job_id):
        with urllib.request.urlopen(f"{self.address}/api/v1/jobs/{job_id}/poses.json") as answer:
            return json.load(answer)

    def finished(self, job_id):
        """The id again, once the job is over."""
        deadline = time.monotonic() + PATIENCE_S
        while self.job(job_id)["status"] in {"queued", "running"}:
            assert time.monotonic() < deadline, "the job does not end"
            time.sleep(0.1)
        return job_id

    def submit(self, name, content, **wishes):
        parts = [f'name="{field}"\r\n\r\n{value}'.encode() for field, value in wishes.items()]
        parts.append(f'name="file"; filename="{name}"\r\n\r\n'.encode() + content)
        body = b"".join(b"--xx\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--xx--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=xx"}
        request = urllib.request.Request(f"{self.address}/api/v1/jobs", body, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["id"]


@pytest.fixture(scope="package")
def site(chromium, tmp_path_factory):  # no browser, no need for a site
    """Started as `make run` does it."""
    with _running(tmp_path_factory.mktemp("site"), POSEWEB_QUICKSTART="1") as site:
        yield site


@pytest.fixture(scope="package")
def served(chromium, tmp_path_factory):
    """Started as `make serve` does it: who comes has to sign in."""
    with _running(tmp_path_factory.mktemp("served"), POSEWEB_SERVE="1") as site:
        yield site


@contextmanager
def _running(data, **settings):
    """The application, unplugged from the internet: the built-in network has to do."""
    port = _free_port()
    settings |= {
        "POSEWEB_DATA": str(data),
        "POSEWEB_MODEL_SOURCE": "",
        "POSEWEB_THREADS": "1",
        "PORT": str(port),
        "https_proxy": "http://127.0.0.1:9",  # nobody listens there
    }
    environment = {**os.environ, **settings}
    with (data / "run.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        _wait_for(f"http://localhost:{port}/", process, data / "run.log")
        yield Site(f"http://localhost:{port}", settings)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE_S)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address, process, log):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"The application did not start:\n{log.read_text()}")


@pytest.fixture(scope="package")  # not longer: Playwright keeps an event loop running, and Django objects to that
def chromium():
    if not CHROMIUM.exists():
        pytest.skip("No browser: install the Debian package chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium, site):
    """Opens a page in a fresh browser profile: browse(width=390, dark=True). At the end, nobody has complained."""
    contexts, complaints = [], []

    def open_page(*, width=1280, dark=False, scripts=True, at=site):
        context = chromium.new_context(
            base_url=at.address,
            viewport={"width": width, "height": 850},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="package")
def pages(site, photos):
    """The address of every page of ours by its name, with something to see on each."""
    name, content = photos[0]
    done = site.finished(site.submit(name, content))
    quick = site.finished(site.submit(name, content, resolution="-1x256"))
    nobody = site.finished(site.submit("nobody.jpg", noise(900)))
    broken = site.finished(site.submit("broken.jpg", noise(901)[:-2000]))
    return {
        "start": "/",
        "gallery": "/photos",
        "public": "/public",
        "photo": f"/jobs/{done}",
        "two runs of a photo": f"/jobs/{done}/compare?with={quick}",
        "photo with nobody in it": f"/jobs/{nobody}",
        "photo that failed": f"/jobs/{broken}",
        "account": "/account",
        "API": "/api/v1/docs",
        "review": f"/jobs/{done}/review",
        "review queue": "/review",
    }


@pytest.fixture(scope="session")
def photos():
    """Two photos as (name, bytes): with people where test data is at hand, else of noise."""
    folder = os.environ.get("POSEWEB_TEST_DATA")
    if folder:
        return [(name, (Path(folder) / "media" / name).read_bytes()) for name in ("p2.jpg", "golf.jpg")]
    return [(f"noise{seed}.jpg", noise(seed)) for seed in range(2)]


def noise(seed, size=(320, 240)):
    """A JPEG nobody has seen yet: every seed is another file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


def follow(page, control):
    """Press a link or a form's button, and wait for the page it leads to: a reload before that would lose the form."""
    with page.expect_navigation():
        control.click()


def drop(page, files):
    """Drop (name, bytes) files on the page, as a hand with a mouse would."""
    carried = page.evaluate_handle(
        """files => {
            const carried = new DataTransfer();
            for (const [name, content] of files) {
                const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
                carried.items.add(new File([bytes], name, { type: "image/jpeg" }));
            }
            return carried;
        }""",
        [[name, base64.b64encode(content).decode()] for name, content in files],
    )
    page.dispatch_event("#drop", "dragover", {"dataTransfer": carried})
    page.dispatch_event("#drop", "drop", {"dataTransfer": carried})
