"""Handing out what was found in a clip: videos to play and to seek in, keypoints, files to keep."""

import io
import json
import logging
import zipfile
from threading import Lock

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from estimator import clip_to_coco, clip_to_csv, clip_to_openpose
from poseweb.clips import results as clip_results
from poseweb.clips.results import Clip
from poseweb.downloads import ranges
from poseweb.downloads.delivery import KEEP, as_download, clip_of, locked, stem
from poseweb.models import Job

logger = logging.getLogger(__name__)
_one_at_a_time = Lock()  # a long clip's people take memory, and seconds to link


def annotated(request: HttpRequest, job: Job) -> HttpResponseBase:
    """The MP4 with the poses drawn into it."""
    return _file(request, clip_of(job).annotated, "video/mp4", f"{stem(job.upload)}-pose.mp4")


def plain(request: HttpRequest, job: Job) -> HttpResponseBase:
    """The MP4 that the player draws on: the clip's frames, and nothing of what the original's metadata told."""
    return _file(request, clip_of(job).plain, "video/mp4", f"{stem(job.upload)}.mp4")


def keypoints(request: HttpRequest, job: Job) -> HttpResponseBase:
    """What the player draws (clips.results.keypoints_of)."""
    return _file(request, clip_of(job).keypoints, "application/json", f"{stem(job.upload)}-keypoints.json")


def openpose(job: Job) -> HttpResponse:
    """A ZIP of OpenPose JSON 1.3, one file a frame."""
    buffer = io.BytesIO()
    with _one_at_a_time, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        clip = _clip(job)
        for name, document in clip_to_openpose(clip.poses, clip.tracks, stem(job.upload)):
            archive.writestr(name, json.dumps(document))
    answer = HttpResponse(buffer.getvalue(), content_type="application/zip")
    return as_download(answer, f"{stem(job.upload)}-openpose.zip")


def csv(job: Job) -> HttpResponse:
    with _one_at_a_time:
        clip = _clip(job)
        answer = HttpResponse(clip_to_csv(clip.poses, clip.tracks), content_type="text/csv; charset=utf-8")
    return as_download(answer, f"{stem(job.upload)}-keypoints.csv")


def coco(job: Job) -> HttpResponse:
    name = stem(job.upload)
    with _one_at_a_time:
        clip = _clip(job)
        answer = JsonResponse(clip_to_coco(clip.poses, clip.tracks, name))
    return as_download(answer, f"{name}-coco.json")


def _clip(job: Job) -> Clip:
    result = clip_of(job)
    try:
        return clip_results.clip_of(result)
    except FileNotFoundError:
        raise _gone(result.poses) from None


def _gone(name: str) -> Http404:
    logger.error("%s is named by a row and is not in the storage", name)
    return Http404("The file is gone.")


def _file(request: HttpRequest, name: str, content_type: str, filename: str) -> HttpResponseBase:
    if settings.ACCEL_REDIRECT:
        accel = {"X-Accel-Redirect": f"{settings.ACCEL_REDIRECT}{name}"}
        response: HttpResponseBase = HttpResponse(content_type=content_type, headers=accel)
    else:
        try:
            response = ranges.answer(request, name, content_type)
        except FileNotFoundError:
            raise _gone(name) from None
    response["Content-Disposition"] = content_disposition_header(False, filename)  # noqa: FBT003  Django's signature
    response["Cache-Control"] = KEEP
    return locked(response)
