"""A clip of 20 seconds at 60 frames a second, whose worker is killed in the middle of it, again and again."""

import os
import random
import signal

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from poseweb import services
from poseweb.models import ClipChunk, ClipResult, Job
from poseweb.wishes import Wishes
from tests.estimator import clips
from tests.flows.conftest import Worker, until, wait_for

S = Job.Status
FPS, SECONDS = 60, 20
SHORT_EVERY = 20  # frames, in the short version: two chunks instead of forty


def test_twenty_seconds_outlive_kill_9_in_the_middle(broker, start, size, report, site, tmp_path):
    rng, every = random.Random(size.seed), 1 if report else SHORT_EVERY
    frames = -(-FPS * SECONDS // every)
    path = clips.write(tmp_path / "run.mp4", [round(1000 * i / FPS) for i in range(FPS * SECONDS)])
    file = SimpleUploadedFile("run.mp4", path.read_bytes())
    job = services.submit(User.objects.create_user("alice"), file, Wishes(every=every, resolution="-1x256")).job
    variables = size.variables | {"POSEWEB_CRASH_LIMIT": "3"}
    workers, spans = [start(Worker, "manage.py", "worker", "clips", **variables)], []
    for part in (0.25, 0.5, 0.75) if report else (0.4,):
        wait_for(lambda part=part: kept(job) >= part * frames, seconds=1200)
        spans.append(kept(job))
        if rng.random() < 0.5:
            os.kill(workers[-1].child, signal.SIGKILL)
        else:
            workers[-1].kill_group()
            workers.append(start(Worker, "manage.py", "worker", "clips", **variables))
    until(job, S.SUCCEEDED, S.FAILED, seconds=1500)
    done = Job.objects.select_related("clip").get(pk=job.pk)
    assert (done.status, done.error) == (S.SUCCEEDED, "")
    assert (done.clip.frames, ClipResult.objects.count(), ClipChunk.objects.count()) == (frames, 1, 0)
    assert done.attempt == len(spans) + 1
    begun = [line.partition("Frames ")[2].split()[0] for line in lines(workers) if line.endswith("kept.")]
    assert len(begun) == len(set(begun)) == -(-frames // 30)  # no chunk twice


def lines(workers):
    return [line for worker in workers for line in worker.log.splitlines()]


def kept(job):
    """Frames that are safe, whatever happens to the worker."""
    return sum(ClipChunk.objects.filter(job=job).values_list("frames", flat=True))
