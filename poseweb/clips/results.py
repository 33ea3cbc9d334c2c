"""Between the estimator's view of a clip and its rows and files: results.py's sibling for clips.

A clip's chunks are kept as they come, each under a row that the claim fences; the whole ends as one result.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

from estimator import (
    Chunk,
    PoseEstimator,
    PoseSequence,
    VideoLimits,
    annotate,
    join,
    link,
    read_frames,
    shrink,
    smooth,
    write_image,
)
from poseweb import media
from poseweb.models import AS_MEASURED, Claim, ClipChunk, ClipResult, Job, Upload

POSTER_QUALITY = 85
THUMBNAIL_SIDE, THUMBNAIL_QUALITY = 480, 80
LASTING_S = 0.5
POSTER_ROWS = 300  # how far into the clip its poster is looked for
EXTENSIONS = {"annotated": "mp4", "plain": "mp4", "poses": "npz", "keypoints": "json"}


@dataclass(frozen=True, eq=False)
class Attempt:
    """What an attempt at a clip has to do with.

    Attributes:
        claim: its right to the job.
        job: what is asked for, on which upload.
        estimator: finds the poses.
        path: of the clip's file.
        limits: what the clip may measure.
        started: when the attempt started, on time.perf_counter's clock.
    """

    claim: Claim
    job: Job
    estimator: PoseEstimator
    path: Path
    limits: VideoLimits
    started: float

    def name(self, kind: str, extension: str = "jpg") -> str:
        """Of a file that this attempt writes."""
        return media.result_name(self.claim.job_id, self.claim.attempt, kind, extension)


def keep_chunk(attempt: Attempt, start: int, chunk: Chunk) -> bool:
    """Keep what an attempt has estimated from frame `start` on; whether it counts."""
    name, claim = attempt.name(f"chunk{start}", "npz"), attempt.claim
    with media.writing(name) as path:
        chunk.save(path)
    columns = {"start": start, "stop": chunk.next_index, "frames": len(chunk.frames), "file": name}
    made_by = {"attempt": claim.attempt, "network": attempt.estimator.network.name}
    with transaction.atomic():
        if counts := Job.objects.come_on(claim):
            ClipChunk.objects.create(job_id=claim.job_id, **made_by, **columns)
    if not counts:
        media.remove([name])
    return counts


def load_chunk(name: str) -> Chunk:
    """Read a chunk, or a whole clip. Raises FileNotFoundError and, where it is damaged, FormatError."""
    with media.local(name) as path:
        return Chunk.load(path)


@dataclass(frozen=True, eq=False)
class Clip:
    """A whole clip as its result holds it.

    Attributes:
        poses: everyone in every estimated frame, raw.
        tracks: the same, linked into people; raw.
    """

    poses: Chunk
    tracks: tuple[PoseSequence, ...]

    @property
    def lasting(self) -> list[int]:
        """Ids of the tracks that are there for half a second, or for half of a clip that is shorter than one."""
        least_s = min(LASTING_S, self.poses.duration_s / 2)
        return [track.track for track in self.tracks if track.seen.sum() / self.poses.fps >= least_s]

    @classmethod
    def joined(cls, chunks: list[Chunk]) -> "Clip":
        poses = join(chunks)
        return cls(poses, link(poses.frames, poses.times_s))


def clip_of(result: ClipResult) -> Clip:
    """The way back: what reports and downloads are made from, without estimating anything again."""
    return Clip.joined([load_chunk(result.poses)])


def save_clip(attempt: Attempt, clip: Clip, on_frame: Callable[[int], None]) -> bool:
    """Draw the clip, write its files, then rows and the job's end in one transaction that the claim fences.

    Args:
        attempt: whose number the files carry in their names.
        clip: everyone in it.
        on_frame: called before each frame is drawn; may raise to stop the work.

    Returns:
        Whether it counts. Where the claim was lost, nothing of this attempt is left.
    """
    files = {kind: attempt.name(kind, EXTENSIONS.get(kind, "jpg")) for kind in ClipResult.FILES}
    try:
        _write(files, attempt, clip, on_frame)
    except BaseException:
        with suppress(OSError):  # a storage that is away; they are orphans then
            media.remove(files.values())
        raise
    with transaction.atomic():
        if counts := Job.objects.succeed(attempt.claim):
            _rows(attempt, clip, files)
            kept = ClipChunk.objects.filter(job=attempt.job)
            chunks = list(kept.values_list("file", flat=True))
            kept.delete()
    media.remove(chunks if counts else files.values())
    return counts


def _write(files: dict[str, str], attempt: Attempt, clip: Clip, on_frame: Callable[[int], None]) -> None:
    with media.writing(files["annotated"]) as annotated, media.writing(files["plain"]) as plain:
        annotate(
            attempt.path, annotated, clip.poses, clip.tracks, plain=plain, limits=attempt.limits, on_frame=on_frame
        )
        poster = _poster(annotated, clip)
    media.write(files["poster"], write_image(poster, quality=POSTER_QUALITY))
    media.write(files["thumbnail"], write_image(shrink(poster, THUMBNAIL_SIDE), quality=THUMBNAIL_QUALITY))
    with media.writing(files["poses"]) as path:
        clip.poses.save(path)
    media.write(files["keypoints"], json.dumps(keypoints_of(clip), separators=(",", ":")).encode())


def _poster(annotated: Any, clip: Clip) -> Any:
    """The first frame in which as many people are to be seen as in any."""
    counts = [len(frame.poses) for frame in clip.poses.frames[:POSTER_ROWS]]
    row = counts.index(max(counts))
    return next(read_frames(annotated, start=row, stop=row + 1)).image


def keypoints_of(clip: Clip) -> dict[str, Any]:
    """What the player draws: when each frame is shown, and every track's keypoints, smoothed and raw.

    A keypoint is x, y in whole tenths of pixels of the upright frame and its score in hundredths; a missing one is
    null. `smooth` and `raw` are lists over the track's frames, from `first` on.
    """
    return {
        "times": (clip.poses.times_s - clip.poses.times_s[0]).round(4).tolist(),
        "tracks": [
            {"id": track.track, "first": track.first, "smooth": _points(smooth(track)), "raw": _points(track)}
            for track in clip.tracks
        ],
    }


def _points(track: PoseSequence) -> list[list[Any]]:
    numbers = np.rint(track.keypoints * np.array([10, 10, 100])).astype(int).tolist()
    return [[point if point[2] > 0 else None for point in row] for row in numbers]


def _rows(attempt: Attempt, clip: Clip, files: dict[str, str]) -> None:
    frame, job, estimator = clip.poses.frames[0], attempt.job, attempt.estimator
    result = ClipResult.objects.create(
        job=job,
        attempt=attempt.claim.attempt,
        network=estimator.network.name,
        skeleton=frame.skeleton.name,
        engine=estimator.engine.name,
        device=estimator.engine.device,
        width=frame.width,
        height=frame.height,
        frames=len(clip.poses.frames),
        every=job.options.get("every", 1),
        fps=clip.poses.fps,
        duration_s=clip.poses.duration_s,
        people=len(clip.lasting),
        lasting=clip.lasting,
        glimpses=len(clip.tracks) - len(clip.lasting),
        seconds=time.perf_counter() - attempt.started,
        ms_network=clip.poses.ms_network,
        **files,
    )
    Upload.objects.filter(pk=job.upload_id).update(width=frame.width, height=frame.height)
    Job.objects.create(upload_id=job.upload_id, kind=Job.Kind.GAIT, options={"clip": str(job.pk), **AS_MEASURED})
    Upload.objects.filter(newest_job=job).update(people=result.people, network=result.network)
