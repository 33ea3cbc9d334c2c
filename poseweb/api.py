"""The JSON API, version 1: what scripts rely on. Every 4xx answers {"error_code", "error"}."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from poseweb import delivery, selectors, services
from poseweb.errors import JobRefused, PosewebError, RateLimited, UploadRefused
from poseweb.models import Job
from poseweb.refusals import refuse
from poseweb.wishes import Wishes

View = Callable[..., HttpResponseBase]

NOT_FOUND = "There is nothing at this address, or it belongs to somebody else."
LOGIN = "Sign in first. A program sends the session cookie and the CSRF token of a browser that is signed in."
NO_FILE = "Send one photo as the multipart field 'file'."
NOT_ONE_FILE = "Send one photo at a time, as the multipart field 'file' and no other."
MOST_STATUSES = 100  # jobs in one question; their ids still fit into an address
BAD_IDS = f"Ask for 1 to {MOST_STATUSES} jobs, each by its id: ?id=…&id=… and so on."
NO_RESULT = {
    Job.Status.QUEUED: "The photo still waits; ask again when the job's status is 'succeeded'.",
    Job.Status.RUNNING: "The photo is being worked on; ask again when the job's status is 'succeeded'.",
    Job.Status.FAILED: "The job failed, so there is no result; the job's 'error' says why.",
    Job.Status.CANCELLED: "The job was cancelled, so there is no result.",
}


def endpoint(method: str) -> Callable[[View], View]:
    """A view that answers one method, to people who are signed in, and turns every refusal into JSON."""

    def decorate(view: View) -> View:
        @login_not_required  # a redirect to a login page tells a script nothing
        @wraps(view)
        def guarded(request: HttpRequest, **ids: uuid.UUID) -> HttpResponseBase:
            if request.method not in {method, "HEAD" if method == "GET" else method}:
                return _method_not_allowed(request, method)
            if not request.user.is_authenticated:
                return _error(401, "login_required", LOGIN)
            try:
                return view(request, **ids)
            except Http404:
                return _error(404, "not_found", NOT_FOUND)
            except RateLimited as refused:
                seconds = refused.retry_after_seconds
                return refuse(request, 429, refused.code, refused.user_message, retry_after_seconds=seconds)
            except PosewebError as refused:
                return _error(_status(refused), refused.code, refused.user_message)

        return guarded

    return decorate


@endpoint("POST")
def submit(request: HttpRequest) -> HttpResponse:
    """POST /api/v1/jobs with a multipart `file`, and perhaps `network`, `resolution`, `single` → 202 and the job."""
    files = request.FILES.getlist("file")
    if not files:
        return _error(400, "no_file", NO_FILE)
    if len(files) > 1 or len(request.FILES) > 1:  # not even one of them, for nobody would notice the others
        return _error(400, "not_one_file", NOT_ONE_FILE)
    submission = services.submit(request.user, files[0], Wishes.read(request.POST))
    job = selectors.jobs(request.user).get(pk=submission.job.pk)
    answer = JsonResponse(describe(request, job) | {"duplicate": submission.duplicate}, status=202)
    answer["Location"] = _url(request, "api-job", job)
    return answer


@endpoint("GET")
def job(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """GET /api/v1/jobs/{id} → the job as it stands."""
    answer = JsonResponse(describe(request, _job(request, job_id)))
    answer["Cache-Control"] = "no-store"
    return answer


@endpoint("GET")
def statuses(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/jobs/status?id=…&id=… → {"jobs": […]}, as they stand and in this order; who sees none, gets none."""
    try:
        ids = list(dict.fromkeys(map(uuid.UUID, request.GET.getlist("id"))))
    except ValueError:
        return _error(400, "bad_ids", BAD_IDS)
    if not 0 < len(ids) <= MOST_STATUSES:
        return _error(400, "bad_ids", BAD_IDS)
    found = selectors.jobs(request.user).in_bulk(ids)
    answer = JsonResponse({"jobs": [describe(request, found[job_id]) for job_id in ids if job_id in found]})
    answer["Cache-Control"] = "no-store"
    return answer


@endpoint("GET")
def poses(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """GET /api/v1/jobs/{id}/poses.json → OpenPose JSON 1.3."""
    found = _job(request, job_id)
    return delivery.poses(found) if _has_result(found) else _no_result(found)


@endpoint("GET")
def image(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """GET /api/v1/jobs/{id}/image → the annotated picture, a JPEG."""
    found = _job(request, job_id)
    return delivery.annotated(found) if _has_result(found) else _no_result(found)


@login_not_required
def unknown(request: HttpRequest) -> HttpResponse:
    return _error(404, "not_found", NOT_FOUND)


def describe(request: HttpRequest, job: Job) -> dict[str, Any]:
    """A job as JSON; what only a result knows is null until there is one."""
    result = job.result if _has_result(job) else None
    return {
        "id": str(job.id),
        "status": job.status,
        "url": _url(request, "api-job", job),
        "page": _url(request, "job", job),
        "name": job.upload.name,
        "error_code": job.error_code or None,
        "error": job.error or None,
        "waiting_reason": job.waiting_reason or None,
        "ahead": job.ahead,
        "attempt": job.attempt,
        "network": result.network if result else job.network or None,
        "people": result.people if result else None,
        "seconds": result.seconds if result else None,
        "ms_network": result.ms_network if result else None,
        "ms_decode": result.ms_decode if result else None,
        "skeleton": result.skeleton if result else None,
        "width": result.width if result else None,
        "height": result.height if result else None,
        "poses": _url(request, "api-poses", job) if result else None,
        "image": _url(request, "api-image", job) if result else None,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


def _job(request: HttpRequest, job_id: uuid.UUID) -> Job:
    try:
        return selectors.jobs(request.user).get(pk=job_id)
    except Job.DoesNotExist:
        raise Http404 from None


def _has_result(job: Job) -> bool:
    return job.status == Job.Status.SUCCEEDED


def _url(request: HttpRequest, name: str, job: Job) -> str:
    return request.build_absolute_uri(reverse(name, args=[job.pk]))


def _status(refused: PosewebError) -> int:
    if refused.code in {"too_large", "quota_exceeded"}:
        return 413
    return {UploadRefused: 422, JobRefused: 409}[type(refused)]


def _no_result(job: Job) -> JsonResponse:
    return _error(409, "no_result", NO_RESULT[Job.Status(job.status)])


def _method_not_allowed(request: HttpRequest, method: str) -> JsonResponse:
    answer = _error(405, "method_not_allowed", f"{request.method} means nothing here; use {method}.")
    answer["Allow"] = method
    return answer


def _error(status: int, code: str, sentence: str) -> JsonResponse:
    return JsonResponse({"error_code": code, "error": sentence}, status=status)
