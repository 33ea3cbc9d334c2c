"""Pages for showing photos to others: to everybody, or to who has the link. The original stays its owner's."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST, require_safe

from poseweb import selectors, services
from poseweb.clips import delivery as clip_delivery
from poseweb.downloads import delivery
from poseweb.models import Job, Upload
from poseweb.pages import viewer
from poseweb.pages.progress import Progress

SAID = {
    "publish": _("Everybody who reaches this poseweb can see this photo now."),
    "hide": _("Only you can see this photo now, and who has its link."),
    "share": _("Who has the link can see this photo now."),
    "stop": _("The link leads nowhere any more."),
}


@require_POST
def change(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Publish or hide a photo, make its link or take it back; back to the page it was asked on."""
    upload = get_object_or_404(selectors.uploads(request.user), pk=upload_id)
    wish = request.POST.get("wish", "")
    if wish not in SAID:
        raise Http404
    _fulfil(upload, wish)
    messages.success(request, str(SAID[wish]))
    newest = selectors.runs(upload).first()
    return redirect("job", newest.pk) if newest else redirect("gallery")


def _fulfil(upload: Upload, wish: str) -> None:
    if wish in {"publish", "hide"}:
        services.set_public(upload, public=wish == "publish")
    elif wish == "share":
        services.share(upload)
    else:
        services.stop_sharing(upload)


@require_GET
@login_not_required
@never_cache
@gzip_page
def shared(request: HttpRequest, key: str) -> HttpResponse:
    """What somebody sees who has the link: the picture with its poses and the keypoints, and nothing to change."""
    job = _shared(key)
    context = {"job": job, "upload": job.upload, "key": key, "progress": Progress(job)}
    if job.status == Job.Status.SUCCEEDED:
        found = viewer.played if job.kind == Job.Kind.CLIP else viewer.shown
        context |= found(job, key, "shared-")
    response = render(request, "shared.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@login_not_required
def shared_video(request: HttpRequest, key: str) -> HttpResponseBase:
    return _not_kept(clip_delivery.annotated(request, _shared(key)))


@require_safe
@login_not_required
def shared_plain(request: HttpRequest, key: str) -> HttpResponseBase:
    return _not_kept(clip_delivery.plain(request, _shared(key)))


@require_safe
@login_not_required
def shared_keypoints(request: HttpRequest, key: str) -> HttpResponseBase:
    return _not_kept(clip_delivery.keypoints(request, _shared(key)))


@require_GET
@login_not_required
def shared_photo(request: HttpRequest, key: str) -> HttpResponseBase:
    return _not_kept(delivery.photo(_shared(key)))


@require_GET
@login_not_required
def shared_image(request: HttpRequest, key: str) -> HttpResponseBase:
    return _not_kept(delivery.annotated(_shared(key)))


@require_GET
@login_not_required
def shared_poses(request: HttpRequest, key: str) -> HttpResponseBase:
    return _not_kept(delivery.poses(_shared(key)))


@require_GET
@login_not_required
def shared_download(request: HttpRequest, key: str, name: str) -> HttpResponseBase:
    return _not_kept(delivery.download(_shared(key), name, request.GET.get("threshold", "")))


def _shared(key: str) -> Job:
    """The newest job with a result, else the newest."""
    jobs = selectors.shared_jobs(key)
    job = jobs.filter(status=Job.Status.SUCCEEDED).first() or jobs.first()
    if job is None:
        raise Http404
    return job


def _not_kept(response: HttpResponseBase) -> HttpResponseBase:
    """A link that was taken back shows nothing, not even from the browser's cache."""
    response["Cache-Control"] = "no-store"
    return response
