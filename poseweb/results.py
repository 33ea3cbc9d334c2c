"""The only translator between the estimator's dataclasses and rows and files."""

import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping
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
    shrink,
    to_coco,
    to_csv,
    to_openpose,
    write_image,
)
from poseweb import media
from poseweb.models import PHOTOS_QUEUE, Claim, Job, MapPicture, Network, PersonPose, Result, Upload, Worker
from poseweb.review.corrections import labels, present, standing

PICTURE_QUALITY = 90
PHOTO_SIDE = 4096  # pixels: beyond, nobody zooms, and what is drawn on request stays cheap
THUMBNAIL_SIDE = 480
THUMBNAIL_QUALITY = 80
FILLED = 0.6  # of its box, by a person
HALF = np.array([0.5, 0.5, 0])  # pixels: coordinates count from the centre of the first one
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
    files = {kind: media.result_name(claim.job_id, claim.attempt, kind) for kind in Result.PICTURES}
    media.write(files["photo"], write_image(shrink(image, PHOTO_SIDE), quality=PICTURE_QUALITY))
    media.write(files["annotated"], write_image(drawn, quality=PICTURE_QUALITY))
    media.write(files["thumbnail"], write_image(shrink(drawn, THUMBNAIL_SIDE), quality=THUMBNAIL_QUALITY))

    def rows() -> None:
        result = _result(claim, estimator, estimate, time.perf_counter() - started, files)
        PersonPose.objects.bulk_create(_people(result, estimate.frame))
        Upload.objects.filter(newest_job=claim.job_id).update(people=result.people, network=result.network)

    return _finish(claim, files.values(), rows)


def save_map(claim: Claim, drawn: Any) -> bool:
    """Keep a drawn map, (H, W, 3) uint8 RGB; whether it counts, as with `save`."""
    name = media.result_name(claim.job_id, claim.attempt, "map")
    media.write(name, write_image(drawn, quality=PICTURE_QUALITY))
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


def frame_of(result: Result, rows: Iterable[PersonPose] | None = None) -> PoseFrame:
    """The way back: everyone as they stand, corrections in. Surest first, then who was drawn by hand.

    Args:
        result: that found them.
        rows: its people, where they are not those that are stored.
    """
    there = present(result.poses.all() if rows is None else rows)
    return _frame(result, [(standing(row), row.score) for row in there])


def network_frame_of(result: Result) -> PoseFrame:
    """Everyone as the estimator gave them, whatever people made of it since; surest first."""
    return _frame(result, [(row.keypoints, row.score) for row in result.poses.all() if not row.added])


def _frame(result: Result, people: Iterable[tuple[Any, float]]) -> PoseFrame:
    skeleton = SKELETONS[result.skeleton]
    poses = tuple(Pose(skeleton, keypoints, score) for keypoints, score in people)
    return PoseFrame(skeleton, result.width, result.height, poses)


def labelled(photos: Mapping[str, Result]) -> dict[str, Any]:
    """COCO's own "person" data set of reviewed results, for training and for judging: 17 keypoints with visibility.

    COCO's areas are those of masks, by which it judges distances; a person fills about 0.6 of the box around them.

    Args:
        photos: name of the picture in the data set → what stands in it; its skeleton has COCO's 17 keypoints.
    """
    frames = {name: frame_of(result) for name, result in photos.items()}
    flags = {
        name: [[visibility for *_, visibility in labels(row)] for row in present(result.poses.all())]
        for name, result in photos.items()
    }
    document = to_coco(frames, subset_17=True, visibility=flags)
    people = [{**row, "area": FILLED * row["area"]} for row in document["annotations"]]
    return {**document, "annotations": people}


def fitted(frame: PoseFrame, image: Any) -> PoseFrame:
    """The frame in the pixels of an image that shows the same, perhaps smaller."""
    height, width = image.shape[:2]
    scale = np.array([width / frame.width, height / frame.height, 1])
    poses = tuple(
        Pose(pose.skeleton, np.where(pose.found[:, None], (pose.keypoints + HALF) * scale - HALF, 0), pose.score)
        for pose in frame.poses
    )
    return PoseFrame(frame.skeleton, width, height, poses)


def openpose_of(result: Result, *, network: bool = False) -> dict[str, Any]:
    """OpenPose JSON 1.3 of everyone as they stand; with `network`, as the network said."""
    return to_openpose(network_frame_of(result) if network else frame_of(result))


def rounded(keypoints: Any) -> list[list[float]]:
    """(K, 3) float32 → plain numbers; a thousandth of a pixel is finer than any network sees."""
    return np.asarray(keypoints, dtype=np.float64).round(3).tolist()


def coco_of(found: Mapping[str, Result]) -> dict[str, Any]:
    """A COCO data set of these pictures: name of the picture → its result."""
    return to_coco({name: frame_of(result) for name, result in found.items()})


def csv_of(found: Mapping[str, Result]) -> str:
    """A table with a line for each keypoint found in these pictures: name of the picture → its result."""
    return to_csv({name: frame_of(result) for name, result in found.items()})


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
        PersonPose(result=result, index=index, score=pose.score, keypoints=rounded(pose.keypoints))
        for index, pose in enumerate(frame.poses)
    ]
