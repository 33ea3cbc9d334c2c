"""The files of a clip, for whoever may see it. Its page is pages.views.job's, as that of a photo."""

import uuid

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_safe

from poseweb import selectors
from poseweb.clips import delivery as clip_delivery
from poseweb.models import Job
from poseweb.pages.views import open_to_visitors


@open_to_visitors
@require_safe
def video(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return clip_delivery.annotated(request, _clip(request, job_id))


@open_to_visitors
@require_safe
def plain(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return clip_delivery.plain(request, _clip(request, job_id))


@open_to_visitors
@require_safe
def keypoints(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return clip_delivery.keypoints(request, _clip(request, job_id))


@open_to_visitors
@require_GET
def openpose(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return clip_delivery.openpose(_clip(request, job_id))


@open_to_visitors
@require_GET
def csv(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return clip_delivery.csv(_clip(request, job_id))


@open_to_visitors
@require_GET
def coco(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return clip_delivery.coco(_clip(request, job_id))


def _clip(request: HttpRequest, job_id: uuid.UUID) -> Job:
    return get_object_or_404(selectors.jobs(request.user, [Job.Kind.CLIP]), pk=job_id)
