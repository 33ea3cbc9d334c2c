"""Rows as the JSON API shows them, to whom they may be shown."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from poseweb import selectors, services
from poseweb.api.frame import Refusal, refusal, url
from poseweb.models import ClipResult, Job, Result, Upload
from poseweb.sentences import told

NO_RESULT = {
    Job.Status.QUEUED: _("It still waits; ask again when the job's status is 'succeeded'."),
    Job.Status.RUNNING: _("It is being worked on; ask again when the job's status is 'succeeded'."),
    Job.Status.FAILED: _("The job failed, so there is no result; the job's 'error' says why."),
    Job.Status.CANCELLED: _("The job was cancelled, so there is no result."),
}
OF_RESULT = "people seconds ms_network ms_decode skeleton width height reviewed_at".split()
OF_CLIP = "frames_total frames_done seconds_left".split()
FILES = {"poses": "api-poses", "coco": "api-coco", "csv": "api-csv", "image": "api-image"}
FILES_OF_CLIP = {**FILES, "poses": "api-poses-zip", "video": "api-video"}


def describe(request: HttpRequest, job: Job) -> dict[str, Any]:
    """A job as JSON; what only a result knows is null until there is one."""
    result, clip, wishes = _result(job), job.kind == Job.Kind.CLIP, services.wishes_of(job)
    files = (FILES_OF_CLIP if clip else FILES) if result else {}
    return {
        "id": str(job.id),
        "kind": job.upload.kind,
        "status": job.status,
        "url": url(request, "api-job", job.pk),
        "page": url(request, "job", job.pk),
        "photo": url(request, "api-photo", job.upload_id),
        "name": job.upload.name,
        "error_code": job.error_code or None,
        "error": told(job.error) or None,
        "waiting_reason": told(job.waiting_reason) or None,
        "ahead": job.ahead,
        "attempt": job.attempt,
        "network": result.network if result else job.network or None,
        "resolution": wishes.resolution,
        "single": wishes.single,
        "every": wishes.every if clip else None,
        **(_progress(job, result) if clip else dict.fromkeys(OF_CLIP)),
        **{name: getattr(result, name, None) for name in OF_RESULT},
        **dict.fromkeys(FILES_OF_CLIP),
        **{name: url(request, route, job.pk) for name, route in files.items()},
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


def job_of(request: HttpRequest, job_id: uuid.UUID, rule: selectors.Rule = selectors.visible_to) -> Job:
    """The job, for whom the rule lets see it; else Http404."""
    try:
        return selectors.jobs(request.user, rule=rule).get(pk=job_id)
    except Job.DoesNotExist:
        raise Http404 from None


def finished_job_of(request: HttpRequest, job_id: uuid.UUID) -> Job:
    """The same, with a result. Raises Refusal."""
    found = job_of(request, job_id)
    if _result(found) is None:
        raise Refusal(refusal(409, "no_result", NO_RESULT[Job.Status(found.status)]))
    return found


def upload_of(request: HttpRequest, upload_id: uuid.UUID) -> Upload:
    """The photo or clip, for its owner and staff; else Http404."""
    try:
        return selectors.uploads(request.user).get(pk=upload_id)
    except Upload.DoesNotExist:
        raise Http404 from None


def _progress(job: Job, result: ClipResult | None) -> dict[str, int | None]:
    """While it runs, the row is written now and then; at the end the result knows."""
    if result is None:
        return {name: getattr(job, name) for name in OF_CLIP}
    return dict(zip(OF_CLIP, (result.frames, result.frames, 0), strict=True))


def _result(job: Job) -> Result | ClipResult | None:
    if job.status != Job.Status.SUCCEEDED:
        return None
    return job.clip if job.kind == Job.Kind.CLIP else job.result
