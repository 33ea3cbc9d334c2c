"""The endpoints of the JSON API that hand out what a job found, in every format."""

import uuid

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from poseweb.api import schemas as shapes
from poseweb.api.frame import UNCHANGED, Refusal, api, file_answer, refusal, responses, tag_of, unless_known
from poseweb.api.rows import finished_job_of
from poseweb.clips import delivery as clip_delivery
from poseweb.downloads import delivery
from poseweb.models import Job

REFUSED = (404, 409)
A_PHOTO = _("This is a photo; only a clip has that.")
A_CLIP = _("This is a clip, with one OpenPose JSON for each frame: fetch poses.zip.")


@api.get(
    "jobs/{uuid:job_id}/poses.json",
    url_name="api-poses",
    tags=["Results"],
    response=responses((200, shapes.OpenPose), UNCHANGED, refused=REFUSED),
    summary="Keypoints as OpenPose JSON",
)
def poses(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """Of a photo: version 1.3, in pixels of the upright picture."""
    return delivery.poses(_photo(request, job_id))


@api.get(
    "jobs/{uuid:job_id}/poses.zip",
    url_name="api-poses-zip",
    tags=["Results"],
    response=responses((200, None), UNCHANGED, refused=REFUSED),
    openapi_extra=file_answer("application/zip"),
    summary="Keypoints of a clip as OpenPose JSON",
)
def poses_zip(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """A ZIP with a file for each frame, version 1.3."""
    return clip_delivery.openpose(_clip(request, job_id))


@api.get(
    "jobs/{uuid:job_id}/poses.coco.json",
    url_name="api-coco",
    tags=["Results"],
    response=responses((200, shapes.Coco), UNCHANGED, refused=REFUSED),
    summary="Keypoints in COCO's format",
)
def coco(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """A data set of the photo or of the clip's frames, with every keypoint of the network's skeleton."""
    found = finished_job_of(request, job_id)
    return (clip_delivery if found.kind == Job.Kind.CLIP else delivery).coco(found)


@api.get(
    "jobs/{uuid:job_id}/poses.csv",
    url_name="api-csv",
    tags=["Results"],
    response=responses((200, None), UNCHANGED, refused=REFUSED),
    openapi_extra=file_answer("text/csv"),
    summary="Keypoints as a table",
)
def csv(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """A header, then a line for each keypoint found."""
    found = finished_job_of(request, job_id)
    return (clip_delivery if found.kind == Job.Kind.CLIP else delivery).csv(found)


@api.get(
    "jobs/{uuid:job_id}/image",
    url_name="api-image",
    tags=["Results"],
    response=responses((200, None), UNCHANGED, refused=REFUSED),
    openapi_extra=file_answer("image/jpeg"),
    summary="The annotated picture",
)
def image(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """A JPEG of the upright photo with everyone's skeleton drawn into it; of a clip, one frame of it."""
    found = finished_job_of(request, job_id)
    name = found.clip.poster if found.kind == Job.Kind.CLIP else found.result.annotated
    return unless_known(request, tag_of(name.encode()), lambda: delivery.annotated(found))  # another name: another file


@api.get(
    "jobs/{uuid:job_id}/video.mp4",
    url_name="api-video",
    tags=["Results"],
    response=responses((200, None), (206, None), UNCHANGED, refused=(*REFUSED, 416)),
    openapi_extra=file_answer("video/mp4"),
    summary="The annotated clip",
)
def video(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """An MP4 with everyone's skeleton drawn into it; with Range, a part of it."""
    found = _clip(request, job_id)
    tag = tag_of(found.clip.annotated.encode())
    return unless_known(request, tag, lambda: clip_delivery.annotated(request, found))


def _photo(request: HttpRequest, job_id: uuid.UUID) -> Job:
    found = finished_job_of(request, job_id)
    if found.kind == Job.Kind.CLIP:
        raise Refusal(refusal(409, "is_a_clip", A_CLIP))
    return found


def _clip(request: HttpRequest, job_id: uuid.UUID) -> Job:
    found = finished_job_of(request, job_id)
    if found.kind != Job.Kind.CLIP:
        raise Refusal(refusal(409, "is_a_photo", A_PHOTO))
    return found
