"""Do pages stay as quick when there are many photos?

    python -m bench.load_pages [--photos 100 1000 10000 100000]

Fills a throwaway SQLite database, asks for every page that lists photos or jobs, and for one job, and prints for each
how many queries it makes and its median time, with the time at the most photos over that at the fewest. The last line
is one JSON object.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import django

FOLDER = tempfile.TemporaryDirectory()
os.environ |= {"DJANGO_SETTINGS_MODULE": "poseweb.settings", "POSEWEB_DATA": FOLDER.name, "POSEWEB_HTTPS": "false"}
os.environ |= {"POSEWEB_DATABASE_URL": "", "POSEWEB_ALLOWED_HOSTS": "testserver"}
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from poseweb import selectors  # noqa: E402
from poseweb.models import Job, Result, Upload  # noqa: E402

ROUNDS = 15
BATCH = 5000
WAITING = 20  # a queue does not grow with the photos that are done


def main() -> None:
    """Measure at each number of photos."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=int, nargs="+", default=[100, 1000, 10_000, 100_000])
    sizes = sorted(parser.parse_args().photos)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0)
    owner = User.objects.create_superuser("alice")
    client = Client()
    client.force_login(owner)
    measured: dict[str, list[tuple[int, float]]] = {}
    for size in sizes:
        fill(owner, size - Upload.objects.count())
        for name, address in pages().items():
            measured.setdefault(name, []).append(measure(client, address))
    report(sizes, measured)


def fill(owner: User, count: int) -> None:
    """That many more photos, each with its result, every other one public; the first WAITING of all still wait."""
    waiting = 0 if Upload.objects.exists() else WAITING
    for start in range(0, count, BATCH):
        uploads = [upload(owner, number) for number in range(start, min(start + BATCH, count))]
        Upload.objects.bulk_create(uploads)
        statuses = ["queued"] * (waiting if start == 0 else 0) + ["succeeded"] * len(uploads)
        jobs = [Job(upload=row, status=status) for row, status in zip(uploads, statuses, strict=False)]
        Job.objects.bulk_create(jobs)
        for row, job in zip(uploads, jobs, strict=True):
            row.newest_job, row.status = job, job.status
            row.people = 0 if job.status == "succeeded" else None
        Upload.objects.bulk_update(uploads, ["newest_job", "status", "people"], batch_size=1000)
        Result.objects.bulk_create(result(job) for job in jobs if job.status == "succeeded")


def upload(owner: User, number: int) -> Upload:
    key = uuid.uuid4()
    columns = {"file": f"uploads/{key.hex}.jpg", "sha256": key.hex, "bytes": 1, "width": 640, "height": 480}
    moment = timezone.now() + timedelta(milliseconds=number)
    return Upload(id=key, owner=owner, name="photo.jpg", public=number % 2 == 0, created_at=moment, **columns)


def result(job: Job) -> Result:
    engine = {"network": "poseweb", "skeleton": "COCO-18", "engine": "onnxruntime", "device": "cpu"}
    size = {"width": 640, "height": 480, "people": 0}
    files = {kind: f"results/{job.pk}-{kind}.jpg" for kind in Result.PICTURES}
    return Result(job=job, attempt=1, seconds=0.1, ms_network=1, ms_decode=1, **engine, **size, **files)


def pages() -> dict[str, str]:
    """Addresses by what they show; the gallery also from its middle."""
    middle = Upload.objects.order_by("-created_at")[Upload.objects.count() // 2]
    job = Job.objects.filter(upload=middle).get()
    waiting = Job.objects.filter(status="queued").order_by("-created_at").first()
    return {
        "home": "/",
        "gallery": "/photos",
        "gallery, middle": f"/photos?before={selectors.Cursor.at(middle)}",
        "gallery, one status": "/photos?status=failed",
        "gallery, no such people": "/photos?people=many",
        "gallery, one network": "/photos?network=poseweb&people=0",
        "gallery, one day": "/photos?since=2020-01-01&until=2020-01-02",
        "gallery, reviewed": "/photos?review=done",
        "gallery, not reviewed": "/photos?review=open",
        "gallery, links": "/photos?seen=link",
        "gallery, a rare name": "/photos?q=nosuchname",
        "jobs": "/jobs",
        "public": "/public",
        "job": f"/jobs/{job.pk}",
        "API, one job": f"/api/v1/jobs/{job.pk}",
        "API, last in the queue": f"/api/v1/jobs/{waiting.pk}",
        "admin, jobs": "/admin/poseweb/job/",
        "admin, uploads": "/admin/poseweb/upload/",
    }


def measure(client: Client, address: str) -> tuple[int, float]:
    """Number of queries, and the median milliseconds of a page."""
    with CaptureQueriesContext(connection) as queries:
        if client.get(address).status_code != 200:
            raise SystemExit(f"{address} does not answer as it should.")
    return len(queries), statistics.median(_timed(lambda: client.get(address)))


def _timed(ask: Callable[[], object]) -> Iterator[float]:
    for _ in range(ROUNDS):
        started = time.perf_counter()
        ask()
        yield 1000 * (time.perf_counter() - started)


def report(sizes: list[int], measured: dict[str, list[tuple[int, float]]]) -> None:
    figures = {}
    for name, rows in measured.items():
        queries, growth = max(count for count, _ in rows), rows[-1][1] / rows[0][1]
        times = "".join(f"{milliseconds:9.1f}" for _, milliseconds in rows)
        print(f"{name:24}{queries:3} queries, ms at {sizes}:{times}   × {growth:.2f}")
        figures[name] = {"queries": queries, "growth": round(growth, 2)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
