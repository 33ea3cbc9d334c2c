"""The pages about gait: the report of a clip, two of them side by side, the protractor, and what shoe studies say."""

import json
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from poseweb import selectors, services
from poseweb.errors import RateLimited
from poseweb.gait import page as gait_page
from poseweb.gait import protractor, readings
from poseweb.gait.forms import SEEN_WORDS, GaitForm, filled
from poseweb.models import GaitResult, Job
from poseweb.pages import viewer
from poseweb.pages.progress import Progress
from poseweb.pages.views import open_to_visitors

# ── The report ──────────────────────────────────────────────────────────────────────────────────────


@open_to_visitors
@require_http_methods(["GET", "HEAD", "POST"])
def of_clip(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The newest report of a clip; a POST asks for one with what the person knows better."""
    if request.method == "POST":
        return _ask(request, job_id)
    clip = get_object_or_404(selectors.jobs(request.user), pk=job_id, kind=Job.Kind.CLIP, status=Job.Status.SUCCEEDED)
    fine = _reports_of(request, clip).exclude(status__in=[Job.Status.FAILED, Job.Status.CANCELLED])
    newest = fine.order_by("-created_at").first()
    if newest:
        return redirect("gait", newest.pk)
    if not selectors.owns(request.user, clip.upload):
        raise Http404("Nobody has asked for a report of this clip.")
    return render(request, "gait/ask.html", {"clip": clip, "upload": clip.upload, "form": filled(None, {})})


def _ask(request: HttpRequest, clip_id: uuid.UUID) -> HttpResponse:
    mine = selectors.jobs(request.user, rule=selectors.belongs_to)
    clip = get_object_or_404(mine, pk=clip_id, kind=Job.Kind.CLIP, status=Job.Status.SUCCEEDED)
    known = _reports_of(request, clip).filter(gait__isnull=False).first()
    form = GaitForm(request.POST, people=known.gait.people if known else [])
    if not form.is_valid():
        return render(request, "gait/ask.html", {"clip": clip, "upload": clip.upload, "form": form}, status=422)
    try:
        return redirect("gait", services.read_gait(clip, form.wishes()).pk)
    except RateLimited as refused:
        messages.error(request, refused.user_message)
        return redirect("job", clip.pk)


def _reports_of(request: HttpRequest, clip: Job) -> QuerySet[Job]:
    return selectors.gait_reports(request.user).filter(upload=clip.upload, options__clip=str(clip.pk))


@open_to_visitors
@require_GET
def report(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """One report, from the queue to its values."""
    job = _report(request, job_id)
    return render(request, "gait/report.html", _context(request, job))


@open_to_visitors
@require_GET
@never_cache
def status(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """What the page asks for every second while its report is made; at the end, the whole page again."""
    job = _report(request, job_id)
    if job.is_over:
        return HttpResponse(headers={"HX-Refresh": "true"})
    if request.GET.get("seen") == Progress(job).seen:
        return HttpResponse(status=204)
    return render(request, "gait/waiting.html", {"job": job, "progress": Progress(job)})


@open_to_visitors
@require_GET
def as_json(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The report for programs: values, contacts and toe-offs, curves."""
    job = _finished(request, job_id)
    response = JsonResponse({**job.gait.report, "options": _wishes(job), "curves": job.gait.curves})
    response["Content-Disposition"] = f'inline; filename="{job.pk}-gait.json"'
    return response


@open_to_visitors
@require_GET
def as_csv(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The report's values for a spreadsheet."""
    job = _finished(request, job_id)
    response = HttpResponse(gait_page.table(job.gait), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{job.pk}-gait.csv"'
    return response


@open_to_visitors
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Two reports side by side, their clips aligned by contact: before and after, one shoe and another."""
    first, second = (_finished(request, request.GET.get(name, "")) for name in ("a", "b"))
    context = {
        "sides": [_side("A", first), _side("B", second)],
        "differences": gait_page.compared(first.gait, second.gait),
        "charts": gait_page.drawn(first.gait, second.gait),
    }
    return render(request, "gait/compare.html", context)


def _context(request: HttpRequest, job: Job) -> dict[str, Any]:
    clip = _clip_of(job)
    context: dict[str, Any] = {
        "job": job,
        "upload": job.upload,
        "clip": clip,
        "mine": selectors.owns(request.user, job.upload),
        "progress": Progress(job),
    }
    if job.status != Job.Status.SUCCEEDED:
        return context
    result: GaitResult = job.gait
    others = selectors.gait_reports(request.user).filter(status=Job.Status.SUCCEEDED).exclude(pk=job.pk)
    return context | {
        "gait": result,
        **_player(clip),
        "wishes": _wishes(job),
        "view_words": SEEN_WORDS[job.options["view"] or result.report["view_measured"]],
        "cards": gait_page.cards(result),
        "reasons": gait_page.reasons(result),
        "charts": gait_page.drawn(result),
        "sources": gait_page.sources(result),
        "timeline": gait_page.timeline(result, clip.clip.duration_s),
        "form": filled(result, job.options),
        "others": others.select_related(None).select_related("upload").order_by("-created_at")[:50],
    }


def _player(clip: Job) -> dict[str, Any]:
    """What fragments/player.html shows, and the progress that it calls the clip by."""
    played = viewer.played(clip, clip.pk)
    return {"played": played, "of_clip": Progress(clip)}


def _side(letter: str, report: Job) -> tuple[str, Job, Progress, dict[str, Any]]:
    """One half of a comparison."""
    shown = _player(_clip_of(report))
    return letter, report, shown["of_clip"], shown["played"]


# ── The protractor ──────────────────────────────────────────────────────────────────────────────────


@open_to_visitors
@require_http_methods(["GET", "HEAD", "POST"])
def measure(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The rear-view tool: a protractor on the frames around each contact; a POST keeps what a hand read off."""
    if request.method == "POST":
        return _keep(request, job_id)
    job = _finished(request, job_id)
    if job.gait.report["view"] != "rear":
        raise Http404("The protractor is for clips from behind.")
    return render(request, "gait/protractor.html", _readings(request, job))


def _keep(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    job = _own_report(request, job_id)
    try:
        times = [int(request.POST[name]) for name in ("contact_ms", "frame_ms")]
        lines = {name: _line(request.POST[name]) for name in ("leg", "heel")}
        readings.keep(job.gait, request.POST["side"], *times, lines)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise BadRequest("A reading has a contact of this clip, and two lines of two points each.") from None
    return _answer(request, job)


@require_POST
def forget_reading(request: HttpRequest, job_id: uuid.UUID, reading_id: int) -> HttpResponse:
    """Remove one reading."""
    job = _own_report(request, job_id)
    readings.forget(job.gait, reading_id)
    return _answer(request, job)


def _answer(request: HttpRequest, job: Job) -> HttpResponse:
    if request.htmx:
        return render(request, "gait/readings.html", _readings(request, job))
    return redirect(f"{reverse('protractor', args=[job.pk])}#readings")


def _line(text: str) -> list[list[float]]:
    """[[x, y], [x, y]] of a form's field, to a tenth of a pixel."""
    points = json.loads(text)
    line = [[round(float(x), 1), round(float(y), 1)] for x, y in points]
    if len(line) != 2 or not all(abs(number) < 1e5 for point in line for number in point):
        raise ValueError("a line has two points")
    return line


def _readings(request: HttpRequest, job: Job) -> dict[str, Any]:
    kept = list(selectors.readings(job))
    done = {(reading.side, reading.contact_ms): reading for reading in kept}
    contacts = [(ms, side) for side in protractor.SIDES for ms in readings.contacts_ms(job.gait, side)]
    return {
        "job": job,
        "upload": job.upload,
        **_player(_clip_of(job)),
        "mine": selectors.owns(request.user, job.upload),
        "contacts": [(side, ms, ms / 1000, done.get((side, ms))) for ms, side in sorted(contacts)],
        "summaries": protractor.summarise((reading.side, reading.angle_deg) for reading in kept),
    }


@login_not_required
@require_GET
def shoes(request: HttpRequest) -> HttpResponse:
    """What studies say of shoes, feet and injuries; of nobody in particular."""
    return render(request, "gait/shoes.html")


# ── Whose ───────────────────────────────────────────────────────────────────────────────────────────


def _report(request: HttpRequest, job_id: uuid.UUID | str) -> Job:
    try:
        return get_object_or_404(selectors.gait_reports(request.user), pk=job_id)
    except ValidationError:  # no UUID
        raise Http404 from None


def _finished(request: HttpRequest, job_id: uuid.UUID | str) -> Job:
    job = _report(request, job_id)
    if job.status != Job.Status.SUCCEEDED:
        raise Http404("This report is not made yet.")
    return job


def _own_report(request: HttpRequest, job_id: uuid.UUID) -> Job:
    mine = selectors.gait_reports(request.user, rule=selectors.belongs_to)
    return get_object_or_404(mine, pk=job_id, status=Job.Status.SUCCEEDED)


def _clip_of(job: Job) -> Job:
    """The job that found the poses of a report."""
    return get_object_or_404(job.upload.jobs.select_related("clip"), pk=job.options["clip"])


def _wishes(job: Job) -> dict[str, Any]:
    return {name: wish for name, wish in job.options.items() if name != "clip"}
