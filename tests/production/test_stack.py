"""The whole production set-up: PostgreSQL, Redis, gunicorn, nginx and a worker, with the files that docker/ has."""

import io
import json
import re
import time

import numpy as np
import requests
from PIL import Image

from tests.flows.conftest import photo, wait_for
from tests.production.conftest import METRICS_TOKEN, SITE


def test_a_photo_from_upload_to_result(stack, alice):
    job = alice.upload(seed=1)
    assert job["url"].startswith(f"https://{SITE}/")
    done = alice.until_over(job)
    assert done["status"] == "succeeded", done
    picture = alice.get(f"/api/v1/jobs/{job['id']}/image")
    assert np.asarray(Image.open(io.BytesIO(picture.content))).shape == (240, 320, 3)
    assert alice.get(f"/api/v1/jobs/{job['id']}/poses.json").json()["version"] == 1.3


def test_nginx_sends_the_photo_and_the_headers_that_lock_it(stack, alice):
    job = alice.upload(seed=2)
    alice.until_over(job)
    picture = alice.get(f"/jobs/{job['id']}/image")
    assert picture.headers["Server"] == "nginx"
    assert picture.headers["ETag"]  # nginx's: it has seen the file, poseweb has not sent it
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert "photo-pose.jpg" in picture.headers["Content-Disposition"]
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert picture.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "immutable" in picture.headers["Cache-Control"]
    part = alice.get(f"/jobs/{job['id']}/image", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, picture.content[:10])


def test_the_original_comes_back_as_it_was_sent(stack, alice):
    job = alice.until_over(alice.upload(seed=3))
    address = re.search(r"/photos/[\w-]+/original", alice.get(f"/jobs/{job['id']}").text).group()
    original = alice.get(address)
    assert original.content == photo(3).read()
    assert original.headers["Content-Disposition"].startswith("attachment")


def test_nobody_else_gets_a_file(stack, alice):
    job = alice.upload(seed=4)
    alice.until_over(job)
    stranger = stack.browser()
    assert stranger.get(f"/jobs/{job['id']}/image").status_code == 302
    assert stranger.get(f"/api/v1/jobs/{job['id']}/image").status_code == 401
    names = [str(file.relative_to(stack.data)) for file in (stack.data / "media").rglob("*.jpg")]
    assert names
    for name in names:
        addresses = (f"/_{name}", f"/{name}", f"/static/../{name}", f"/static/%2e%2e/{name}", f"/static../{name}")
        assert {alice.get(address).status_code for address in addresses} <= {302, 400, 404}


def test_static_files_come_from_nginx_and_pages_by_tls_alone(stack, alice):
    style = alice.get("/static/admin/css/base.css")
    assert (style.status_code, style.headers["Server"]) == (200, "nginx")
    plain = requests.get(
        f"http://127.0.0.1:{stack.nginx.plain_port}/photos", headers={"Host": SITE}, allow_redirects=False, timeout=5
    )
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{SITE}/photos")
    cookie = stack.browser().get("/login").headers["Set-Cookie"]
    assert "Secure" in cookie
    assert stack.browser().get("/login", headers={"Host": "evil.example"}).status_code == 400


def test_metrics(stack, alice):
    numbers = alice.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).text
    assert 'poseweb_workers{device="cpu",engine="onnxruntime"} 1.0' in numbers
    assert alice.get("/metrics").status_code == 401


def test_every_line_of_the_logs_is_json_and_the_workers_name_their_jobs(stack, alice):
    job = alice.upload(seed=5)
    alice.until_over(job)
    said = [json.loads(line) for line in stack.worker.log.splitlines()]
    wait_for(lambda: "is over" in stack.worker.log)
    assert job["id"] in {line.get("job") for line in said}
    assert all(map(json.loads, stack.web.log.splitlines()))


def test_nothing_to_warn_about_and_nothing_for_the_doctor(stack):
    assert "no issues" in stack.manage("check", "--deploy", "--fail-level", "WARNING").stdout
    assert "!!" not in stack.manage("doctor").stdout


def test_secrets_are_in_no_log_and_no_error_page(stack, alice):
    key = (stack.folder / "secret_key").read_text().strip()
    said = "".join(process.log for process in stack.processes) + alice.get("/nowhere").text
    assert key not in said
    assert METRICS_TOKEN not in said


def test_a_broker_that_is_killed_comes_back_with_what_it_was_told(stack, alice):
    stack.worker.kill_group()
    alice.upload(seed=6)
    wait_for(lambda: stack.redis.ask("LLEN", "celery") == "1")
    time.sleep(1.5)  # the file is fsynced each second
    stack.redis.kill()
    stack.redis.start()
    assert stack.redis.ask("LLEN", "celery") == "1"
    stack.worker = stack.start("manage.py", "worker")
    wait_for(lambda: stack.redis.ask("LLEN", "celery") == "0", 40)


def test_a_database_that_goes_and_comes_back(stack, alice):
    stack.postgresql.stop()
    status, wrong = stack.readiness()
    assert status == 503
    assert "database" in wrong
    assert alice.get("/livez").status_code == 200
    assert "python manage.py migrate" in stack.manage("doctor", "database", check=False).stdout
    stack.postgresql.start()
    wait_for(lambda: stack.readiness() == (200, set()), 40)
    assert alice.until_over(alice.upload(seed=7), seconds=60)["status"] == "succeeded"
