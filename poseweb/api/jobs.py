"""The endpoints of the JSON API, version 1: what scripts rely on. Every 4xx answers {"error_code", "error"}."""

import uuid
from typing import Annotated, Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from ninja import File, Form, Header, Query, Status, UploadedFile

from poseweb import selectors, services
from poseweb.api import idempotency
from poseweb.api import schemas as shapes
from poseweb.api.frame import NOT_FOUND, OF_FIELDS, UNCHANGED, Refusal, api, refusal, responses, url
from poseweb.api.rows import describe, job_of, upload_of
from poseweb.models import Job
from poseweb.selectors import Cursor
from poseweb.wishes import Wishes

MOST_STATUSES = 100  # jobs in one question; their ids still fit into an address
LONGEST_KEY = 255
NO_FILE = _("Send one photo or clip as the multipart field 'file'.")
NOT_ONE_FILE = _("Send one file at a time, as the multipart field 'file' and no other.")
NO_FORM = _("Send fields as a form, application/x-www-form-urlencoded or multipart/form-data.")
BAD_IDS = format_lazy(_("Ask for 1 to {most} jobs, each by its id: ?id=…&id=… and so on."), most=MOST_STATUSES)
BAD_CURSOR = _("This is no place in the list; use the address that came as 'next'.")
BAD_KEY = format_lazy(_("An Idempotency-Key has 1 to {longest} characters."), longest=LONGEST_KEY)
OVER = _("The job had ended already, so there is nothing to cancel.")
OF_FIELDS |= {"id": ("bad_ids", BAD_IDS), "file": ("no_file", NO_FILE), "Idempotency-Key": ("bad_key", BAD_KEY)}


# ── Jobs ────────────────────────────────────────────────────────────────────────────────────────────


@api.post(
    "jobs",
    url_name="api-jobs",
    tags=["Jobs"],
    response=responses((202, shapes.Submitted), refused=(408, 409, 411, 413, 422, 429)),
    summary="Send a photo or clip",
)
def submit(
    request: HttpRequest,
    response: HttpResponse,
    file: Annotated[UploadedFile, File(description="One photo or clip.")],
    asked: Annotated[shapes.Asked, Form()],
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", min_length=1, max_length=LONGEST_KEY, description="A name of this request."),
    ] = None,
) -> Status:
    """Queues a job for it. The same file again answers with the job it has. Under an Idempotency-Key a request may be
    sent again when no answer came: for a day it answers with the same job, and counts once."""
    if len(request.FILES.getlist("file")) > 1 or len(request.FILES) > 1:
        raise Refusal(refusal(400, "not_one_file", NOT_ONE_FILE))  # not even one, for nobody would notice the others
    wishes = Wishes.read(asked.dict())
    if key is None:
        submission = services.submit(request.user, file, wishes)
    else:
        submission = idempotency.submit_once(request.user, key, file, wishes)
    return _accepted(request, response, submission.job, duplicate=submission.duplicate)


@api.get(
    "jobs",
    url_name="api-jobs",
    tags=["Jobs"],
    response=responses((200, shapes.JobsPage), UNCHANGED),
    summary="List your photos by their newest job",
)
def list_jobs(
    request: HttpRequest,
    response: HttpResponse,
    before: Annotated[str, Query(description="Where the page starts: next has it.")] = "",
    limit: Annotated[int, Query(ge=1, le=100, description="Photos on a page, at most 100.")] = selectors.PAGE,
) -> dict[str, Any]:
    """The newest photo first. Pages stay right while photos come and go."""
    page = selectors.gallery(request.user, before=_cursor(before), limit=limit)
    more = f"{url(request, 'api-jobs')}?before={page.more}&limit={limit}" if page.more else None
    response["Cache-Control"] = "no-store"
    return {"jobs": [describe(request, photo.job) for photo in page.photos], "next": more}


@api.get(
    "jobs/status",
    url_name="api-statuses",
    tags=["Jobs"],
    response=responses((200, shapes.Jobs), UNCHANGED),
    summary="Ask for many jobs at once",
)
def statuses(
    request: HttpRequest,
    response: HttpResponse,
    ids: Annotated[
        list[uuid.UUID],
        Query(alias="id", min_length=1, max_length=MOST_STATUSES, description=f"Of up to {MOST_STATUSES} jobs."),
    ],
) -> dict[str, Any]:
    """As they stand, in this order. A job that is somebody else's, or gone, is left out."""
    found = selectors.jobs(request.user).in_bulk(ids)
    response["Cache-Control"] = "no-store"
    return {"jobs": [describe(request, found[job_id]) for job_id in dict.fromkeys(ids) if job_id in found]}


@api.get(
    "jobs/{uuid:job_id}",
    url_name="api-job",
    tags=["Jobs"],
    response=responses((200, shapes.Job), UNCHANGED, refused=(404,)),
    summary="Ask for a job",
)
def job(request: HttpRequest, response: HttpResponse, job_id: uuid.UUID) -> dict[str, Any]:
    """As it stands. Ask again until its status is succeeded, failed or cancelled."""
    response["Cache-Control"] = "no-store"
    return describe(request, job_of(request, job_id))


@api.post(
    "jobs/{uuid:job_id}/cancel",
    url_name="api-cancel",
    tags=["Jobs"],
    response=responses((200, shapes.Job), refused=(404, 409)),
    summary="Cancel a job",
)
def cancel(request: HttpRequest, job_id: uuid.UUID) -> dict[str, Any]:
    """A queued job is cancelled at once. A running one is asked to stop: ask for it until it has."""
    found = job_of(request, job_id, selectors.belongs_to)
    if not services.cancel(found):
        raise Refusal(refusal(409, "already_over", OVER))
    return describe(request, job_of(request, job_id))


@api.post(
    "jobs/{uuid:job_id}/again",
    url_name="api-again",
    tags=["Jobs"],
    response=responses((202, shapes.Job), refused=(404, 415, 422, 429)),
    summary="Run it again",
)
def again(
    request: HttpRequest, response: HttpResponse, job_id: uuid.UUID, asked: Annotated[shapes.Asked, Form()]
) -> Status:
    """A new job on the same photo or clip, perhaps with another network."""
    found = job_of(request, job_id, selectors.belongs_to)
    if request.content_type == "application/json":  # its fields would be overlooked
        raise Refusal(refusal(415, "not_a_form", NO_FORM))
    return _accepted(request, response, services.run_again(found, Wishes.read(asked.dict())))


# ── Photos and networks ─────────────────────────────────────────────────────────────────────────────


@api.get(
    "photos/{uuid:upload_id}",
    url_name="api-photo",
    tags=["Photos"],
    response=responses((200, shapes.Photo), UNCHANGED, refused=(404,)),
    summary="Ask for a photo of yours",
)
def photo(request: HttpRequest, response: HttpResponse, upload_id: uuid.UUID) -> dict[str, Any]:
    """What was sent, and every job on it."""
    upload = upload_of(request, upload_id)
    runs = selectors.jobs(request.user).filter(upload=upload).order_by("-created_at", "-id")
    columns = {name: getattr(upload, name) for name in "id kind name bytes width height public created_at".split()}
    response["Cache-Control"] = "no-store"
    address = url(request, "api-photo", upload.pk)
    return {**columns, "url": address, "jobs": [describe(request, run) for run in runs]}


@api.delete(
    "photos/{uuid:upload_id}",
    url_name="api-photo",
    tags=["Photos"],
    response=responses((204, None), refused=(404,)),
    summary="Delete a photo",
)
def delete(request: HttpRequest, upload_id: uuid.UUID) -> Status:
    """The photo or clip with its jobs, its results and every file, at once and for ever."""
    services.delete(upload_of(request, upload_id))
    return Status(204, None)


@api.get(
    "networks",
    url_name="api-networks",
    tags=["Networks"],
    response=responses((200, shapes.Networks), UNCHANGED),
    summary="List the networks",
)
def networks(request: HttpRequest) -> dict[str, Any]:
    """What workers have installed, to be asked for by name."""
    columns = "name title licence summary ap".split()
    return {"networks": [{name: getattr(row, name) for name in columns} for row in selectors.networks()]}


@login_not_required
def unknown(request: HttpRequest) -> HttpResponse:
    return refusal(404, "not_found", NOT_FOUND)


def _accepted(request: HttpRequest, response: HttpResponse, job: Job, **more: Any) -> Status:
    fresh = job_of(request, job.pk)
    response["Location"] = url(request, "api-job", fresh.pk)
    return Status(202, describe(request, fresh) | more)


def _cursor(text: str) -> Cursor | None:
    try:
        return Cursor.parse(text) if text else None
    except ValueError:
        raise Refusal(refusal(400, "bad_cursor", BAD_CURSOR)) from None
