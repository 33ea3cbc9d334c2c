"""Protractor readings: keep and forget what a hand measured on the frames of a clip."""

from collections.abc import Sequence

from poseweb.gait import protractor
from poseweb.models import GaitResult, ProtractorReading

LATEST_MS = 24 * 3600 * 1000  # no clip is longer


def keep(
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
        ValueError: there is no such contact or frame, or a line is too short.
    """
    if contact_ms not in contacts_ms(report, side):
        raise ValueError("there is no such contact in the report")
    if not 0 <= frame_ms <= LATEST_MS:
        raise ValueError("there is no such frame")
    columns = {"frame_ms": frame_ms, **lines, "angle_deg": protractor.angle(side, lines["leg"], lines["heel"])}
    return ProtractorReading.objects.update_or_create(
        clip_id=report.job.options["clip"], side=side, contact_ms=contact_ms, defaults=columns
    )[0]


def contacts_ms(report: GaitResult, side: str) -> list[int]:
    """When that foot lands, in milliseconds of the clip."""
    return [round(1000 * seconds) for seconds in report.report["contacts_s"].get(side, ())]


def forget(report: GaitResult, reading_id: int) -> None:
    """Remove one reading of the report's clip."""
    ProtractorReading.objects.filter(clip_id=report.job.options["clip"], pk=reading_id).delete()
