"""From a clip to its result: measure, estimate chunk by chunk, link, draw. pipeline.py's recipe for clips.

An attempt that ends before its time costs the chunk it was in: the next one starts where the last whole one ends.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop

from estimator import Chunk, FormatError, VideoError, VideoLimits, estimate_chunks, probe
from poseweb import media
from poseweb.clips import results as clip_results
from poseweb.clips.results import Attempt, Clip
from poseweb.inference import get_estimator, options_of
from poseweb.lease import Lease, NotWantedError
from poseweb.models import Claim, ClipChunk, Job, Upload

logger = logging.getLogger(__name__)

DRAWING_SHARE = 0.15  # of the time a frame takes to be estimated: drawing it, as long as that is not measured
SETTLED_FRAMES = 5  # from which on a pace is worth telling
GONE = gettext_noop("The clip's file is gone from the server. Upload it again.")


def find_poses(job: Job, claim: Claim, lease: Lease) -> bool:
    """Find everyone in every n-th frame of a clip; whether the result counts.

    Raises:
        VideoError: the clip is at fault.
        NetworkError: the network cannot be loaded.
        NotWantedError: somebody cancelled, or the claim is lost.
    """
    started = time.perf_counter()
    kept, network = _kept(job)
    estimator = get_estimator(network or job.network, options_of(job.options))
    limits = VideoLimits(settings.MAX_CLIP_SECONDS, settings.MAX_CLIP_FRAMES, settings.MAX_CLIP_PIXELS)
    with _source(job.upload) as path:
        attempt = Attempt(claim, job, estimator, path, limits, started)
        total = -(-probe(path, limits).frames // job.options.get("every", 1))
        work = Work(lease, total, sum(len(chunk.frames) for chunk in kept))
        kept += _estimated(attempt, work, start=kept[-1].next_index if kept else 0)
        clip = Clip.joined(kept)
        work.draws()
        return clip_results.save_clip(attempt, clip, work.drawn)


def _estimated(attempt: Attempt, work: "Work", start: int) -> Iterator[Chunk]:
    """The clip's chunks from frame `start` on, each of them kept before the next is begun."""
    chunks = estimate_chunks(
        attempt.path,
        attempt.estimator,
        start=start,
        every=attempt.job.options.get("every", 1),
        limits=attempt.limits,
        on_frame=work.estimated,
    )
    for chunk in chunks:
        if not clip_results.keep_chunk(attempt, start, chunk):
            raise NotWantedError
        logger.info("Frames %d to %d are kept.", chunk.indices[0], chunk.indices[-1])
        start = chunk.next_index
        yield chunk


def _kept(job: Job) -> tuple[list[Chunk], str]:
    """What earlier attempts kept, as far as it is whole, and the network they had: a clip has one for all of it."""
    chunks: list[Chunk] = []
    network, start = "", 0
    for row in ClipChunk.objects.filter(job=job):
        try:
            if row.start != start:
                break
            chunks.append(clip_results.load_chunk(row.file))
        except (FileNotFoundError, FormatError):
            logger.warning("A chunk of frames is lost: they are estimated again from frame %d on.", start)
            break
        network, start = row.network, row.stop
    ClipChunk.objects.filter(job=job, start__gte=start).delete()
    return chunks, network


def _source(upload: Upload) -> AbstractContextManager[Path]:
    if not media.exists(upload.file):
        raise VideoError(GONE, "file_missing")
    return media.local(upload.file)


class Work:
    """How far the work on a clip is; tells the lease, and stops the work that nobody wants any more.

    Args:
        lease: of the attempt.
        total: frames to be estimated.
        done: those that earlier attempts have kept.
    """

    def __init__(self, lease: Lease, total: int, done: int) -> None:
        self._lease, self._total = lease, total
        self._done, self._drawn = done, 0
        self._pace = Pace()
        self._tell(None)

    def estimated(self, _: int) -> None:
        """Call before each frame goes into the network."""
        self._lease.check()
        per_frame = self._pace.step()
        left = self._total - self._done + DRAWING_SHARE * self._total
        self._tell(left * per_frame if per_frame else None)
        self._done += 1

    def draws(self) -> None:
        """From now on frames are drawn."""
        self._lease.check()
        self._total = self._done  # really in the file
        self._pace = Pace()

    def drawn(self, _: int) -> None:
        """Call before each frame is drawn."""
        self._lease.check()
        per_frame = self._pace.step()
        self._tell((self._total - self._drawn) * per_frame if per_frame else None)
        self._drawn += 1

    def _tell(self, seconds: float | None) -> None:
        done = min(self._done, self._total)
        left = None if seconds is None else round(max(0, seconds))
        self._lease.report(
            frames_total=self._total, frames_done=done, frames_drawn=min(self._drawn, done), seconds_left=left
        )


class Pace:
    """Seconds a frame, over this attempt."""

    def __init__(self) -> None:
        self._steps, self._since = 0, time.monotonic()

    def step(self) -> float:
        """Begin another frame; what one took so far, 0 as long as that says little."""
        took = (time.monotonic() - self._since) / self._steps if self._steps >= SETTLED_FRAMES else 0.0
        self._steps += 1
        return took
