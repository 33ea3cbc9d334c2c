"""A rain of kill -9 on everything while photos come in: every photo that was taken ends once, with its result."""

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from poseweb import media
from poseweb.models import Job, Result, Upload
from tests.chaos import observer
from tests.flows.conftest import photo, wait_for

S = Job.Status
BUSY = (S.QUEUED, S.RUNNING)
KINDS, WEIGHTS = ("pool", "worker", "tree"), (3, 2, 1)
DRY_SECONDS = 300  # until the test gives up on jobs that do not end


def test_a_rain_of_kills_loses_nothing_and_doubles_nothing(build, broker, watched, size, report):
    stack = build(**size.variables)
    rng = random.Random(size.seed)
    broker_kills = 0
    stack.keep_up()
    with ThreadPoolExecutor(2) as people:
        uploads = []
        for number in range(size.kills):
            share = range(number * size.jobs // size.kills, (number + 1) * size.jobs // size.kills)
            uploads += [people.submit(stack.upload_until_taken, photo(seed).read()) for seed in share]
            progress(rng.choice((0, 3, 6)))  # on average as many as come in
            time.sleep(rng.uniform(0, 0.5))
            if number % 2:
                broker.lose_everything()
                broker_kills += 1
            stack.kill(rng.choices(KINDS, WEIGHTS)[0], rng)
            stack.keep_up()
        last_kill = time.monotonic()
        taken = [upload.result() for upload in uploads]
    settled_s = settled(last_kill)
    figures = {
        "kills": size.kills,
        "broker_kills": broker_kills,
        "jobs": len(taken),
        "lost": lost(taken),
        "doubled": observer.doubled() + len(taken) - len(set(taken)) + abs(Upload.objects.count() - len(set(taken))),
        "missing_files": missing_files(),
        "settled_s": settled_s,
    }
    if report:
        Path(report).write_text(json.dumps(figures))
    assert (figures["lost"], figures["doubled"], figures["missing_files"]) == (0, 0, 0), figures
    assert settled_s is not None, figures
    assert settled_s <= size.lease_seconds + 30, figures


def progress(count):
    """Wait until that many more jobs are over, or none is left: kills that leave no time to work show nothing."""
    over = Job.objects.exclude(status__in=BUSY)
    goal = over.count() + count
    wait_for(lambda: over.count() >= goal or not Job.objects.filter(status__in=BUSY).exists(), 120)


def settled(since):
    """Seconds until every job was over; None where some never were."""
    deadline = since + DRY_SECONDS
    while Job.objects.filter(status__in=BUSY).exists():
        if time.monotonic() > deadline:
            return None
        time.sleep(0.2)
    return round(time.monotonic() - since, 1)


def lost(taken):
    """Photos that the server said it has, and that did not end with their result."""
    found = Result.objects.filter(job__in=taken, job__status=S.SUCCEEDED).values_list("job", flat=True)
    return len(set(taken) - {str(job) for job in found})


def missing_files():
    """Files that rows name and that are not there, or are not whole pictures."""
    columns = ("job__upload__file", *Result.PICTURES)
    names = [name for row in Result.objects.values_list(*columns) for name in row]
    return sum(not whole(name) for name in names)


def whole(name):
    try:
        with media.open(name) as file, Image.open(file) as picture:
            picture.load()
    except OSError:
        return False
    return True
