"""All that writes on behalf of people about gait: ask for a report, keep and forget what a hand measured."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from poseweb import limits, protractor, services
from poseweb.models import GaitResult, Job, ProtractorReading

AS_MEASURED = {"track": None, "view": None, "slow_motion": 1.0, "height_m": None}  # nobody knows better


def ask(clip: Job, wishes: dict[str, Any]) -> Job:
    """The job that reads the gait from a finished clip: an old one with the same wishes, or a new one.

    Args:
        clip: the job that found the poses.
        wishes: as AS_MEASURED: track, view, slow_motion, height_m.

    Raises:
        RateLimited: the owner asks for too much within an hour.
    """
    options = {"clip": str(clip.pk), **wishes}
    asked = clip.upload.jobs.filter(kind=Job.Kind.GAIT)
    fine = asked.exclude(status__in=[Job.Status.FAILED, Job.Status.CANCELLED])
    known = next((job for job in fine if job.options == options), None)
    if known:
        return known
    limits.job_asked(clip.upload.owner)
    return services.queue(clip.upload, kind=Job.Kind.GAIT, options=options)


def keep_reading(
    report: GaitResult, side: str, contact_ms: int, frame_ms: int, lines: dict[str, Sequence[Sequence[float]]]
) -> ProtractorReading:
    """Keep what was read off a frame at one contact; an earlier reading of the same contact goes.

    Args:
        report: whose contact it is.
        side: "left" or "right".
        contact_ms: one of the report's contacts, as `contacts_ms` has them.
        frame_ms: when the frame is shown.
        lines: "leg" and "heel", two points each, the upper one first, in pixels of the upright frame.

    Raises:
        ValueError: there is no such contact, or a line is too short.
    """
    if contact_ms not in contacts_ms(report, side):
        raise ValueError("there is no such contact in the report")
    columns = {"frame_ms": frame_ms, **lines, "angle_deg": protractor.angle(side, lines["leg"], lines["heel"])}
    with transaction.atomic():
        reading, _ = ProtractorReading.objects.update_or_create(
            clip_id=report.job.options["clip"], side=side, contact_ms=contact_ms, defaults=columns
        )
    return reading


def contacts_ms(report: GaitResult, side: str) -> list[int]:
    """When that foot lands, in milliseconds of the clip."""
    return [round(1000 * seconds) for seconds in report.report["contacts_s"].get(side, ())]


def forget_reading(report: GaitResult, reading_id: int) -> None:
    """Remove one reading of the report's clip."""
    ProtractorReading.objects.filter(clip_id=report.job.options["clip"], pk=reading_id).delete()
