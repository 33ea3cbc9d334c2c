"""Clips for the tests of the pages: made in memory, and finished with people that the test knows."""

import time
from types import SimpleNamespace

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile

from estimator import COCO_18, Chunk, PoseFrame, VideoLimits
from poseweb import media, services
from poseweb.clips import results as clip_results
from poseweb.clips.results import Attempt, Clip
from poseweb.models import Job
from poseweb.wishes import AS_USUAL
from tests.estimator import clips
from tests.web.conftest import ENGINE, person

FRAMES, SIZE = 6, (160, 96)


def clip_file(folder, name="walk.mp4", frames=FRAMES, **options):
    path = clips.write(folder / "made.mp4", [40 * i for i in range(frames)], size=SIZE, **options)
    return SimpleUploadedFile(name, path.read_bytes(), content_type="video/mp4")


def submit_clip(owner, folder, name="walk.mp4", wishes=AS_USUAL, **options):
    """A queued job of that owner."""
    return services.submit(owner, clip_file(folder, name, **options), wishes).job


def found_in(job, frames=FRAMES, people=2):
    """Everyone in every frame, as an estimator would have found them: each person walks to the right."""
    shown = [
        PoseFrame(COCO_18, *SIZE, tuple(person(20.0 + 60 * i + row) for i in range(people))) for row in range(frames)
    ]
    indices = np.arange(frames, dtype=np.int64)
    return Chunk(indices, indices * 0.04, tuple(shown), 80.0)


def finish_clip(job, people=2, network="poseweb"):
    """Run the job to success as a worker does, with people that the test knows."""
    claim = Job.objects.claim(job.pk)
    estimator = SimpleNamespace(network=SimpleNamespace(name=network, stages=2), engine=ENGINE)
    with media.local(job.upload.file) as path:
        attempt = Attempt(claim, job, estimator, path, VideoLimits(), time.perf_counter())
        assert clip_results.save_clip(attempt, Clip.joined([found_in(job, people=people)]), lambda _: None)
    return Job.objects.select_related("upload", "clip").get(pk=job.pk)
