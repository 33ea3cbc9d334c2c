"""Handing out files and keypoints, once a view has made sure that the person may have them.

A browser never runs what comes from here: re-encoded pictures are shown, originals only downloaded.
"""

import logging
from pathlib import PurePath
from typing import TypeVar

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from poseweb import media, results
from poseweb.models import ClipResult, Job, Result, Upload

Answer = TypeVar("Answer", bound=HttpResponseBase)
logger = logging.getLogger(__name__)

# The address of a result's file names its attempt, so what was fetched once stays right for ever.
KEEP = "private, max-age=31536000, immutable"
NOTHING_RUNS = "default-src 'none'; sandbox"


def photo(job: Job) -> HttpResponseBase:
    """The upright picture without anything drawn into it, inline."""
    return _picture(result_of(job).photo, f"{stem(job.upload)}.jpg")


def annotated(job: Job) -> HttpResponseBase:
    """The picture with the poses drawn into it, inline; of a clip, its poster."""
    name = clip_of(job).poster if job.kind == Job.Kind.CLIP else result_of(job).annotated
    return _picture(name, f"{stem(job.upload)}-pose.jpg")


def thumbnail(job: Job) -> HttpResponseBase:
    found = clip_of(job) if job.kind == Job.Kind.CLIP else result_of(job)
    return _picture(found.thumbnail, f"{stem(job.upload)}-small.jpg")


def map_picture(job: Job) -> HttpResponseBase:
    """A drawn confidence map or PAF, inline."""
    if job.status != Job.Status.SUCCEEDED:
        raise Http404("This map is not drawn yet.")
    return _picture(job.map_picture.picture, f"{stem(job.upload)}-map.jpg")


def original(upload: Upload) -> HttpResponseBase:
    """The file as it was sent, as a download only: nobody vouches for what is in it."""
    return locked(_file(upload.file, upload.name, "application/octet-stream", download=True))


def poses(job: Job) -> JsonResponse:
    """OpenPose JSON 1.3 of everyone found."""
    response = JsonResponse(results.openpose_of(result_of(job)))
    response["Content-Disposition"] = f'inline; filename="{job.id}-poses.json"'
    return locked(response)


def coco(job: Job) -> HttpResponseBase:
    """COCO keypoints of everyone found, as a download."""
    response = JsonResponse(results.coco_of({job.upload.name: result_of(job)}))
    return download(response, f"{stem(job.upload)}-coco.json")


def csv(job: Job) -> HttpResponseBase:
    """A table of the keypoints found, as a download."""
    text = results.csv_of({job.upload.name: result_of(job)})
    return download(HttpResponse(text, content_type="text/csv; charset=utf-8"), f"{stem(job.upload)}-poses.csv")


def result_of(job: Job) -> Result:
    """The job's result; Http404 as long as there is none."""
    try:
        return job.result
    except Result.DoesNotExist:
        raise Http404("This job has no result.") from None


def clip_of(job: Job) -> ClipResult:
    """The same of a clip."""
    try:
        return job.clip
    except ClipResult.DoesNotExist:
        raise Http404("This job has no clip.") from None


def download(response: Answer, filename: str) -> Answer:
    """To be saved and not shown, under that name."""
    response["Content-Disposition"] = content_disposition_header(True, filename)  # noqa: FBT003  Django's signature
    return locked(response)


def _picture(name: str, filename: str) -> HttpResponseBase:
    response = _file(name, filename, "image/jpeg")
    response["Cache-Control"] = KEEP
    return locked(response)


def _file(name: str, filename: str, content_type: str, *, download: bool = False) -> HttpResponseBase:
    """The file itself, or the word to nginx which file to send: that is quicker, and holds up no thread here."""
    try:
        stream = media.open(name)
    except FileNotFoundError:
        logger.exception("%s is named by a row and is not in the storage", name)
        raise Http404("The file is gone.") from None
    if not settings.ACCEL_REDIRECT:
        return FileResponse(stream, as_attachment=download, filename=filename, content_type=content_type)
    stream.close()
    return HttpResponse(
        content_type=content_type,
        headers={
            "X-Accel-Redirect": f"{settings.ACCEL_REDIRECT}{name}",
            "Content-Disposition": content_disposition_header(download, filename),
        },
    )


def locked(response: Answer) -> Answer:
    """Nothing in it runs, whatever a browser takes it for."""
    response["Content-Security-Policy"] = NOTHING_RUNS
    response["X-Content-Type-Options"] = "nosniff"
    return response


def stem(upload: Upload) -> str:
    """The name to begin a download's with."""
    return PurePath(upload.name).stem or "photo"
