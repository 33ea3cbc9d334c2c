"""Two runs of one photo beside each other: what they found, and how far apart they are in numbers."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from poseweb import selectors
from poseweb.models import Job
from poseweb.pages import viewer
from poseweb.pages.people import Person
from poseweb.pages.progress import Progress
from poseweb.pages.views import open_to_visitors


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
class Measure:
    """One line of the comparison: what is measured of a side, with so many digits and this unit."""

    name: str
    of: Callable[[Side], float | None]
    digits: int = 0
    unit: str = ""

    def row(self, left: Side, right: Side) -> tuple[str, ...]:
        """Name, left, right and right − left, spelled; a dash where there is nothing to measure."""
        values = [None if value is None else round(value, self.digits) for value in (self.of(left), self.of(right))]
        return str(self.name), *map(self._spelled, values), self._difference(*values)

    def _spelled(self, value: float | None) -> str:
        return "–" if value is None else f"{value:.{self.digits}f}{self.unit}"

    def _difference(self, left: float | None, right: float | None) -> str:
        if left is None or right is None:
            return "–"
        if left == right:
            return gettext("same")
        return f"{'+' if right > left else '−'}{self._spelled(abs(right - left))}"


def _mean_score(side: Side) -> float | None:
    scores = [person.score for person in side.people]
    return sum(scores) / len(scores) if scores else None


MEASURES = (
    Measure(_("People"), lambda side: len(side.people)),
    Measure(_("Keypoints"), lambda side: sum(person.found for person in side.people)),
    Measure(_("Mean score"), _mean_score, 2),
    Measure(_("Time"), lambda side: side.job.result.seconds, 2, " s"),
    Measure(_("of that, network"), lambda side: side.job.result.ms_network, 0, " ms"),
)


@open_to_visitors
@require_GET
@gzip_page
def compare(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """One run of a photo beside the one that `with` names."""
    finished = selectors.jobs(request.user, [Job.Kind.POSES]).filter(status=Job.Status.SUCCEEDED, kind=Job.Kind.POSES)
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
        "rows": [measure.row(*sides) for measure in MEASURES],
        "others": [(run, titles[run.pk]) for run in others],
        "drawable": sides[0].shown["drawable"],
    }
    return render(request, "compare.html", context)
