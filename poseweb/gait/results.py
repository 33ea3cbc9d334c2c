"""Between the estimator's gait report and its row: results.py's sibling for gait."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from django.db import transaction

from estimator import GaitOptions, GaitReport, PoseSequence, read_gait, stride_curves
from poseweb.clips import results as clip_results
from poseweb.models import Claim, ClipResult, GaitResult, Job

MOST_PEOPLE = 8  # that a person may choose the runner from
LEAST_SECONDS = 1.0  # in sight, to be among them
OPTIONS = ("track", "view", "slow_motion", "height_m")


def read(clip: ClipResult, options: dict[str, Any]) -> tuple[GaitReport, tuple[PoseSequence, ...]]:
    """The report of a clip, and everyone in it.

    Args:
        clip: whose poses are read.
        options: of the job; OPTIONS of them are the estimator's.

    Raises:
        FileNotFoundError, FormatError: the poses are gone, or damaged.
        ValueError: the options name a track that is not there.
    """
    tracks = clip_results.clip_of(clip).tracks
    return read_gait(tracks, GaitOptions(**{name: options[name] for name in OPTIONS})), tracks


def save(claim: Claim, report: GaitReport, tracks: Iterable[PoseSequence]) -> bool:
    """The row and the job's end in one transaction that the claim fences; whether it counts."""
    columns = {
        "activity": report.activity,
        "summary": report.summary,
        "report": report.to_json(),
        "curves": _curves(report),
        "people": _people(tracks),
    }
    with transaction.atomic():
        if counts := Job.objects.succeed(claim):
            GaitResult.objects.create(job_id=claim.job_id, attempt=claim.attempt, **columns)
    return counts


def _curves(report: GaitReport) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        name: {
            side: {key: np.round(getattr(band, key), 4).tolist() for key in ("low", "middle", "high")}
            | {"strides": band.strides}
            for side, band in sides.items()
        }
        for name, sides in stride_curves(report).items()
    }


def _people(tracks: Iterable[PoseSequence]) -> list[dict[str, Any]]:
    """Who was in sight for longest, first."""
    seen = [
        {"track": track.track, "seconds": round(_seconds(track), 1), "first_s": round(float(track.times_s[0]), 2)}
        for track in tracks
        if _seconds(track) >= LEAST_SECONDS
    ]
    return sorted(seen, key=lambda person: -person["seconds"])[:MOST_PEOPLE]


def _seconds(track: PoseSequence) -> float:
    """In which anything of the person was seen."""
    if len(track.times_s) < 2:
        return 0.0
    return float(track.seen.sum() * np.median(np.diff(track.times_s)))
