"""Two runs of one photo beside each other: what they found, and how far apart they are in numbers."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from poseweb import selectors, viewer
from poseweb.models import Job
from poseweb.people import Person
from poseweb.progress import Progress
from poseweb.views import open_to_visitors


@dataclass(frozen=True)
class Side:
    """One of the two: a finished job, how it is told from the others, and what fragments/viewer.html shows of it."""

    job: Job
    title: str
    progress: Progress
    shown: dict[str, Any]

    @property
    def people(self) -> tuple[Person, ...]:
        found: tuple[Person, ...] = self.shown["people"]
        return found


@dataclass(frozen=True)
class Row:
    """One line of the comparison: a number of each side and right − left, spelled; None where a side has none."""

    name: str
    left: str | None
    right: str | None
    difference: str | None


def compared(left: Side, right: Side) -> list[Row]:
    """People, keypoints, mean score and time of the two."""
    return [_row(name, spell, value(left), value(right)) for name, spell, value in NUMBERS]


def mean_score(side: Side) -> float | None:
    """Of everyone found, 0..1; None where nobody was."""
    scores = [person.score for person in side.people]
    return sum(scores) / len(scores) if scores else None


def _row(name: str, spell: Callable[[float], str], left: float | None, right: float | None) -> Row:
    if left is None or right is None:
        return Row(name, *(None if value is None else spell(value) for value in (left, right)), None)
    return Row(name, spell(left), spell(right), _signed(spell, right - left))


def _signed(spell: Callable[[float], str], difference: float) -> str:
    size = spell(abs(difference))
    if size == spell(0):
        return "the same"
    return f"{'+' if difference > 0 else '−'}{size}"


NUMBERS: tuple[tuple[str, Callable[[float], str], Callable[[Side], float | None]], ...] = (
    ("People", "{:.0f}".format, lambda side: len(side.people)),
    ("Keypoints", "{:.0f}".format, lambda side: sum(person.found for person in side.people)),
    ("Mean score", "{:.2f}".format, mean_score),
    ("Time", "{:.2f} s".format, lambda side: side.job.result.seconds),
    ("of that, network", "{:.0f} ms".format, lambda side: side.job.result.ms_network),
)


@open_to_visitors
@require_GET
def compare(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """One run of a photo beside the one that `with` names."""
    finished = selectors.jobs(request.user, [Job.Kind.POSES]).filter(status=Job.Status.SUCCEEDED)
    job = get_object_or_404(finished, pk=job_id)
    others = list(finished.filter(upload=job.upload).exclude(pk=job_id).order_by("-created_at", "-id"))
    other = next((run for run in others if str(run.pk) == request.GET.get("with")), None)
    if other is None:
        raise Http404("There is no such run of this photo.")
    networks = selectors.networks()
    titles = {run.pk: viewer.run_title(run, networks) for run in (job, *others)}
    sides = [Side(run, titles[run.pk], Progress(run), viewer.shown(run, run.pk)) for run in (job, other)]
    context = {
        "job": job,
        "other": other,
        "upload": job.upload,
        "sides": sides,
        "rows": compared(*sides),
        "others": [(run, titles[run.pk]) for run in others],
        "drawable": sides[0].shown["drawable"],
    }
    return render(request, "compare.html", context)
