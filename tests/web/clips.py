"""Finished clips and gait reports, made as a worker makes them but for the network: synthetic people, or the walk."""

import json
import uuid
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from estimator import Chunk, PoseFrame
from estimator.gait.accuracy import Conditions, synthetic_film
from poseweb import media, services
from poseweb.clips import results as clip_results
from poseweb.clips.results import Clip
from poseweb.gait import pipeline as gait_pipeline
from poseweb.models import AS_MEASURED, ClipResult, Job, Upload

WALK = Path(__file__).parents[1] / "estimator" / "gait" / "walk-side.npz"
SIZE = (1280, 720)
UNHURRIED = SimpleNamespace(check=lambda: None)


@cache
def run(seed=7000, *, rear=False, fps=60.0, seconds=12.0):
    """The poses of a synthetic runner, as a network would have found them."""
    return chunk(synthetic_film(seed, Conditions(fps=fps, seconds=seconds, rear=rear)).sequence)


@cache
def walk():
    """The poses of walk-side.mp4."""
    return Chunk.load(WALK)


def chunk(*sequences):
    """Tracks of the same length as frames of a clip."""
    rows = range(len(sequences[0].times_s))
    frames = tuple(
        PoseFrame(sequences[0].skeleton, *SIZE, tuple(p for s in sequences if (p := s.pose_at(row)))) for row in rows
    )
    return Chunk(np.arange(len(rows)), sequences[0].times_s, frames, 80.0)


def clip(owner, poses, name="run.mp4"):
    """A finished clip job with those poses; its films and pictures are a few bytes that nobody looks at."""
    upload_id = uuid.uuid4()
    file = media.upload_name(upload_id, "mp4")
    media.write(file, b"clip")
    frame = poses.frames[0]
    upload = Upload.objects.create(
        id=upload_id, owner=owner, kind=Upload.Kind.CLIP, name=name, file=file, sha256=upload_id.hex, bytes=4,
        width=frame.width, height=frame.height,
    )  # fmt: skip
    job = Job.objects.create(upload=upload, kind=Job.Kind.CLIP, options={"every": 1}, status=Job.Status.SUCCEEDED)
    ClipResult.objects.create(job=job, **files(job, poses), **facts(poses))
    Upload.objects.filter(pk=upload_id).update(newest_job=job, people=1, network="poseweb")
    return job


def files(job, poses):
    names = {
        kind: media.result_name(job.pk, 1, kind, clip_results.EXTENSIONS.get(kind, "jpg")) for kind in ClipResult.FILES
    }
    for name in names.values():
        media.write(name, b"film")
    with media.writing(names["poses"]) as path:
        poses.save(path)
    keypoints = clip_results.keypoints_of(Clip.joined([poses]))
    media.write(names["keypoints"], json.dumps(keypoints).encode())
    return names


def facts(poses):
    frame = poses.frames[0]
    return {
        "attempt": 1, "network": "poseweb", "skeleton": frame.skeleton.name, "engine": "onnxruntime", "device": "cpu",
        "width": frame.width, "height": frame.height, "frames": len(poses.frames), "fps": poses.fps,
        "duration_s": poses.duration_s, "people": 1, "seconds": 60.0, "ms_network": 80.0,
    }  # fmt: skip


def report(clip_job, **wishes):
    """A finished gait report of a clip."""
    job = services.read_gait(clip_job, {**AS_MEASURED, **wishes})
    if job.status == Job.Status.QUEUED:
        assert gait_pipeline.find_gait(job, Job.objects.claim(job.pk), UNHURRIED)
    return Job.objects.select_related("upload", "gait").get(pk=job.pk)
