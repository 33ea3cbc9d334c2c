"""The pages of reviewing: the queue, the editor of one result, and the reviewed photos as a download.

The editor's tables are forms that work without JavaScript, one for each person; static/js/edit.js lets people drag the
keypoints of all of them, and sends what changed as JSON in one go.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods

from poseweb import selectors
from poseweb.downloads import delivery
from poseweb.errors import ReviewRefused
from poseweb.models import Job, Result
from poseweb.pages import viewer
from poseweb.review import editor, reviewed_set, reviews
from poseweb.review.corrections import Correction, read_all

PAGE = 60  # photos that the queue shows at once
COUNTED = 1000  # beyond, it says "more than"


@require_GET
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """What waits to be reviewed, newest first."""
    waiting = selectors.to_review(request.user)
    context = {
        "jobs": waiting[:PAGE],
        "waiting": waiting[: COUNTED + 1].count(),
        "counted": COUNTED,
        "reviewed": selectors.reviewed_results(request.user)[: COUNTED + 1].count(),
    }
    return render(request, "review_queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@gzip_page  # a table a person
@never_cache
def review(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The editor of a finished job's result; takes corrections in, from a form or as JSON."""
    job = get_object_or_404(selectors.jobs(request.user, rule=selectors.belongs_to), pk=job_id)
    result = delivery.result_of(job)
    if request.method != "POST":
        return _editor(request, job, result)
    corrections: list[Correction] = []
    try:
        corrections = _corrections(request)
        saved = _save(request, result, corrections)
    except ReviewRefused as refused:
        return _refused(request, job, refused, corrections)
    return _saved(request, job, saved)


@require_GET
def reviewed(request: HttpRequest) -> HttpResponseBase:
    """The reviewed photos of one's own, of staff all, as COCO data in a ZIP."""
    chosen = reviewed_set.photos(selectors.reviewed_results(request.user))
    try:
        file = reviewed_set.pack(chosen, most_bytes=reviewed_set.MOST_BYTES)
    except ReviewRefused as refused:
        messages.error(request, refused.user_message)
        return redirect("review-queue")
    return FileResponse(file, as_attachment=True, filename="poseweb-reviewed.zip", content_type="application/zip")


def _editor(
    request: HttpRequest, job: Job, result: Result, unsaved: Sequence[Correction] = (), **context: Any
) -> HttpResponse:
    """The page; what was typed and is not saved stands in it as it was sent."""
    waiting = selectors.to_review(request.user)
    before, after = selectors.beside(waiting, job)
    page = {
        "job": job,
        "upload": job.upload,
        "result": result,
        **viewer.shown(job, job.pk),
        "editable": editor.editable(result),
        "people": editor.tables(result, unsaved),
        "blank": editor.blank(result),
        "queued": _queued(request),
        "before": before,
        "after": after,
    }
    return render(request, "review.html", page | context, status=context.get("status", 200))


def _queued(request: HttpRequest) -> bool:
    """Whether somebody goes through the queue, and wants the next photo after this one."""
    return "queue" in (request.POST if request.method == "POST" else request.GET)


def _corrections(request: HttpRequest) -> list[Correction]:
    """All that changed, as JSON; or the one person of a form."""
    if "people" in request.POST:
        try:
            return read_all(json.loads(request.POST["people"]))
        except (ValueError, RecursionError):
            raise BadRequest("people is no JSON") from None
    return [_typed(request)] if "person" in request.POST else []


def _typed(request: HttpRequest) -> Correction:
    """A person's table: x, y and visibility of each keypoint in order; `person` is empty for somebody new."""
    wish = request.POST.get("wish")
    try:
        index = int(request.POST["person"]) if request.POST["person"] else None
        xs, ys = ([float(text or 0) for text in request.POST.getlist(name)] for name in "xy")
        rows = zip(xs, ys, map(int, request.POST.getlist("v")), strict=True)
        keypoints = None if wish == "network" else [list(row) for row in rows]
    except ValueError:
        raise BadRequest("a field of the table is no number, or is missing") from None
    return Correction(index, keypoints, removed=wish == "remove")


def _save(request: HttpRequest, result: Result, corrections: list[Correction]) -> Result:
    try:
        revision = int(request.POST.get("revision", ""))
    except ValueError:
        raise BadRequest("revision is no number") from None
    if request.POST.get("wish") == "reopen":
        return reviews.reopen(result, revision)
    return reviews.save(result, request.user, revision, corrections, accept="accept" in request.POST)


def _saved(request: HttpRequest, job: Job, result: Result) -> HttpResponse:
    accepted = "accept" in request.POST
    said = _("%(name)s is reviewed.") if accepted else _("%(name)s is saved.")
    messages.success(request, said % {"name": job.upload.name})
    target = _after(request, job) if accepted else _here(job, queued=_queued(request))
    return JsonResponse({"revision": result.revision, "next": target}) if _by_script(request) else redirect(target)


def _after(request: HttpRequest, job: Job) -> str:
    """Where one goes once a photo is reviewed: in the queue to the next, else back to its page."""
    if not _queued(request):
        return reverse("job", args=[job.pk])
    after = selectors.beside(selectors.to_review(request.user), job)[1]
    return _here(after, queued=True) if after else reverse("review-queue")


def _here(job: Job, *, queued: bool) -> str:
    return reverse("review", args=[job.pk]) + ("?queue" if queued else "")


def _refused(request: HttpRequest, job: Job, refused: ReviewRefused, corrections: list[Correction]) -> HttpResponse:
    """Nothing was written, and nothing is lost: what was typed stands in the page again, over what is stored now."""
    status = 409 if refused.code == "stale" else 422
    result = Result.objects.select_related("corrected_by", "reviewed_by").get(pk=job.result.pk)
    if _by_script(request):
        answer = {"error_code": refused.code, "error": refused.user_message, "revision": result.revision}
        return JsonResponse(answer, status=status)
    typed = corrections if "person" in request.POST else ()
    return _editor(request, job, result, typed, status=status, refused=refused)


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"
