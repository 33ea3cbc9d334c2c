"""The only translator between the estimator's dataclasses and rows and files."""

import os
import socket
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from estimator import (
    SKELETONS,
    Estimate,
    Pose,
    PoseEstimator,
    PoseFrame,
    ZooEntry,
    draw_poses,
    limb_names,
    shrink,
    to_openpose,
    write_image,
)
from poseweb import media
from poseweb.models import PHOTOS_QUEUE, Claim, Job, MapPicture, Network, PersonPose, Result, Worker

ANNOTATED_QUALITY = 90
THUMBNAIL_SIDE = 480
THUMBNAIL_QUALITY = 80
FORGET_WORKER = timedelta(minutes=10)  # not seen for that long
FORGET_NETWORK = timedelta(minutes=10)  # no worker has had it for that long


def save(claim: Claim, image: Any, estimator: PoseEstimator, estimate: Estimate, started: float) -> bool:
    """Files first, then rows and the job's end in one transaction that the claim fences.

    Args:
        claim: whose attempt the files carry in their names.
        image: (H, W, 3) uint8 RGB, the upright picture.
        estimator: that made the estimate.
        estimate: who was found.
        started: when the attempt started, on time.perf_counter's clock.

    Returns:
        Whether it counts. Where the claim was lost, nothing of this attempt is left.
    """
    drawn = draw_poses(image, estimate.frame)
    files = {kind: media.result_name(claim.job_id, claim.attempt, kind) for kind in ("annotated", "thumbnail")}
    media.write(files["annotated"], write_image(drawn, quality=ANNOTATED_QUALITY))
    media.write(files["thumbnail"], write_image(shrink(drawn, THUMBNAIL_SIDE), quality=THUMBNAIL_QUALITY))

    def rows() -> None:
        result = _result(claim, estimator, estimate, time.perf_counter() - started, files)
        PersonPose.objects.bulk_create(_people(result, estimate.frame))

    return _finish(claim, files.values(), rows)


def save_map(claim: Claim, drawn: Any) -> bool:
    """Keep a drawn map, (H, W, 3) uint8 RGB; whether it counts, as with `save`."""
    name = media.result_name(claim.job_id, claim.attempt, "map")
    media.write(name, write_image(drawn, quality=ANNOTATED_QUALITY))
    height, width = drawn.shape[:2]
    columns = {"job_id": claim.job_id, "attempt": claim.attempt, "picture": name, "width": width, "height": height}
    return _finish(claim, [name], lambda: MapPicture.objects.create(**columns))


def _finish(claim: Claim, files: Iterable[str], rows: Callable[[], object]) -> bool:
    """The job's end and its rows in one transaction that the claim fences; where it is lost, the files go too."""
    with transaction.atomic():
        if counts := Job.objects.succeed(claim):
            rows()
    if not counts:
        media.remove(files)
    return counts


def map_views(result: Result) -> list[tuple[str, list[tuple[str, str]]]]:
    """What maps there are to look at: groups of (view as MapView reads it, name for people)."""
    skeleton = SKELETONS[result.skeleton]
    kinds = (("confidence", "Confidence maps", "All keypoints", skeleton.keypoints),
             ("paf", "Part affinity fields", "All limbs", limb_names(skeleton)))  # fmt: skip
    return [
        (title, [(kind, everything), *((f"{kind}:{name}", spelled(name)) for name in names)])
        for kind, title, everything, names in kinds
    ]


def spelled(name: str) -> str:
    """r_big_toe → right big toe; r_hip-r_knee → right hip to right knee."""
    sides = {"r": "right", "l": "left"}
    words = ([sides.get(word, word) for word in part.split("_")] for part in name.split("-"))
    return " to ".join(" ".join(part) for part in words)


def frame_of(result: Result) -> PoseFrame:
    """The way back: everyone found, as the estimator gave them, surest first."""
    skeleton = SKELETONS[result.skeleton]
    poses = tuple(Pose(skeleton, row.keypoints, row.score) for row in result.poses.all())
    return PoseFrame(skeleton, result.width, result.height, poses)


def openpose_of(result: Result) -> dict[str, Any]:
    """OpenPose JSON 1.3 of everyone found."""
    return to_openpose(frame_of(result))


def announce_networks(entries: tuple[ZooEntry, ...]) -> None:
    """Write down what this worker can run, for the upload form. Most accurate first."""
    for rank, entry in enumerate(entries):
        columns = {"title": entry.title, "licence": entry.licence, "summary": entry.summary, "ap": entry.ap}
        Network.objects.update_or_create(name=entry.name, defaults={**columns, "rank": rank, "seen_at": Now()})
    Network.objects.filter(seen_at__lt=Now() - FORGET_NETWORK).delete()


def announce_worker(entries: tuple[ZooEntry, ...], queue: str) -> None:
    """Write down that this worker lives, what it takes, and what it can run."""
    host, pid = socket.gethostname(), os.getpid()
    can = {"engine": settings.ENGINE, "device": settings.DEVICE, "networks": [entry.name for entry in entries]}
    processes = settings.CELERY_WORKER_CONCURRENCY if queue == PHOTOS_QUEUE else 1
    columns = {"host": host, "pid": pid, "queue": queue, "processes": processes, "seen_at": Now(), **can}
    Worker.objects.update_or_create(name=f"{host} {pid}", defaults=columns)
    Worker.objects.filter(seen_at__lt=Now() - FORGET_WORKER).delete()


def _result(
    claim: Claim, estimator: PoseEstimator, estimate: Estimate, seconds: float, files: dict[str, str]
) -> Result:
    frame = estimate.frame
    return Result.objects.create(
        job_id=claim.job_id,
        attempt=claim.attempt,
        network=estimator.network.name,
        stages=estimator.network.stages,
        skeleton=frame.skeleton.name,
        engine=estimator.engine.name,
        device=estimator.engine.device,
        width=frame.width,
        height=frame.height,
        people=len(frame.poses),
        seconds=seconds,
        ms_network=estimate.ms_network,
        ms_decode=estimate.ms_decode,
        **files,
    )


def _people(result: Result, frame: PoseFrame) -> list[PersonPose]:
    return [
        PersonPose(result=result, index=index, score=pose.score, keypoints=_rounded(pose.keypoints))
        for index, pose in enumerate(frame.poses)
    ]


def _rounded(keypoints: Any) -> list[list[float]]:
    """(K, 3) float32 → plain numbers; a thousandth of a pixel is finer than any network sees."""
    return np.asarray(keypoints, dtype=np.float64).round(3).tolist()
