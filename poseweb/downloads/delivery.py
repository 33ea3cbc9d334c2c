"""Handing out files and keypoints, once a view has made sure that the person may have them.

A browser never runs what comes from here: re-encoded pictures are shown, originals only downloaded.
"""

import logging
from pathlib import PurePath
from types import MappingProxyType
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from estimator import RENDER_THRESHOLD
from poseweb import media, results
from poseweb.downloads import drawings
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


def poses(job: Job, *, network: bool = False) -> JsonResponse:
    """OpenPose JSON 1.3 of everyone as they stand; with `network`, as the network said."""
    response = JsonResponse(results.openpose_of(result_of(job), network=network))
    response["Content-Disposition"] = f'inline; filename="{job.id}-{"network" if network else "poses"}.json"'
    return locked(response)


def coco(job: Job) -> HttpResponseBase:
    """COCO keypoints of everyone found, as a download."""
    response = JsonResponse(results.coco_of({job.upload.name: result_of(job)}))
    return as_download(response, f"{stem(job.upload)}-coco.json")


def csv(job: Job) -> HttpResponseBase:
    """A table of the keypoints found, as a download."""
    text = results.csv_of({job.upload.name: result_of(job)})
    return as_download(HttpResponse(text, content_type="text/csv; charset=utf-8"), f"{stem(job.upload)}-poses.csv")


def download(job: Job, name: str, threshold: str = "") -> HttpResponseBase:
    """A file made on request, as a download, by what its name ends on: a drawing, COCO keypoints, or a table.

    Args:
        job: with its result.
        name: "coco.json", "poses.csv", or one of drawings.DRAWINGS.
        threshold: of a drawing, 0..1, as somebody typed it; empty: as in the annotated picture.

    Raises:
        Http404: there is no such file.
        BadRequest: the threshold is none.
    """
    if name in DATA:
        return DATA[name](job)
    if name not in drawings.DRAWINGS:
        raise Http404("There is no such file.")
    found, least = result_of(job), _threshold(threshold)
    try:
        drawn = drawings.draw(found, name, least)
    except FileNotFoundError:
        logger.exception("%s is named by a row and is not in the storage", found.photo)
        raise Http404("The photo is gone.") from None
    kind = "image/png" if name.endswith("png") else "image/jpeg"
    return as_download(HttpResponse(drawn, content_type=kind), f"{stem(job.upload)}-{name}")


DATA = MappingProxyType({"coco.json": coco, "poses.csv": csv})


def _threshold(text: str) -> float:
    try:
        least = float(text or RENDER_THRESHOLD)
    except ValueError:
        least = -1
    if not 0 <= least <= 1:
        raise BadRequest("The threshold is a number from 0 to 1.")
    return least


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


def as_download(response: Answer, filename: str) -> Answer:
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
