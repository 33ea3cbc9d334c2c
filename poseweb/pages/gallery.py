"""The pages that show many photos: gallery, public photos, jobs on their way, and what is done with a selection."""

import uuid
from collections.abc import Callable, Iterator
from datetime import date
from types import MappingProxyType
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url

from poseweb import selectors, services
from poseweb.accounts.quickstart import others_come
from poseweb.downloads import archive
from poseweb.errors import PosewebError
from poseweb.models import Job
from poseweb.pages.filters import FilterForm
from poseweb.pages.progress import Progress
from poseweb.selectors import Cursor, Photo
from poseweb.wishes import AS_USUAL, RESOLUTIONS, Wishes

WATCHED = 50  # cards that one poll asks for; their names still fit into an address
MOST = selectors.LONGEST_PAGE  # photos of one selection
ENDED_BADLY = Q(status__in=[Job.Status.FAILED, Job.Status.CANCELLED])


@require_GET
@vary_on_headers("HX-Request")
def gallery(request: HttpRequest) -> HttpResponse:
    """One's own photos, by day. `before` starts behind a photo, `through` shows all from the newest to that photo."""
    form = FilterForm(request.GET, selectors.networks(), staff=request.user.is_staff)
    return _gallery(request, form, reverse("gallery"))


@require_GET
@vary_on_headers("HX-Request")
@login_not_required
def public(request: HttpRequest) -> HttpResponse:
    """Everybody's public photos, for everybody."""
    return _gallery(request, FilterForm(request.GET, selectors.networks(), public=True), reverse("public"))


def _gallery(request: HttpRequest, form: FilterForm, address: str) -> HttpResponse:
    before, through = (_cursor(request.GET.get(cursor, "")) for cursor in ("before", "through"))
    wanted = form.condition(request.user)
    page = selectors.gallery(request.user, public=form.public, before=before, through=through, wanted=wanted)
    shown_day = localdate(before.created_at) if before and request.htmx else None
    context = {"tiles": list(_tiles(page.photos, shown_day)), "older": before, "address": address, "form": form}
    if page.more:
        context["more"] = f"{address}?{_query(request, before=page.more)}"
    if not request.htmx:
        return render(request, "gallery.html", context | _choices(request, form))
    response = render(request, "fragments/tiles.html", context)
    if page.photos:  # the address then brings back what is on the page now
        replace_url(response, f"{address}?{_query(request, through=Cursor.at(page.photos[-1].upload))}")
    return response


def _choices(request: HttpRequest, form: FilterForm) -> dict[str, Any]:
    return {
        "public": form.public,
        "others_come": others_come(),
        "query": _query(request),
        "networks": form.networks,
        "resolutions": RESOLUTIONS,
        "wishes": AS_USUAL,
        "most": MOST,
    }


def _query(request: HttpRequest, **places: Cursor) -> str:
    """The filters of the address, from another place on."""
    query = request.GET.copy()
    for name in ("before", "through"):
        query.pop(name, None)
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    for name, place in places.items():
        query[name] = str(place)
    return query.urlencode()


def _cursor(text: str) -> Cursor | None:
    try:
        return Cursor.parse(text) if text else None
    except ValueError:
        raise BadRequest("This is no place in the gallery.") from None


def _tiles(photos: tuple[Photo, ...], day: date | None) -> Iterator[tuple[date | None, Photo, Progress]]:
    """Each photo with the day to write above it (None under a day that stands already) and its progress."""
    for photo in photos:
        last, day = day, localdate(photo.upload.created_at)
        yield day if day != last else None, photo, Progress(photo.job)


# ── Jobs on their way ───────────────────────────────────────────────────────────────────────────────


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """One's own jobs that wait or run, in the order in which they are taken, and those that ended badly."""
    ended_badly = selectors.gallery(request.user, limit=selectors.LISTED, wanted=ENDED_BADLY)
    context = {
        "on_their_way": [Progress(job) for job in selectors.jobs_on_their_way(request.user)],
        "count": selectors.count_on_their_way(request.user),
        "ended_badly": [Progress(photo.job) for photo in ended_badly.photos],
        "more": ended_badly.more,
    }
    return render(request, "queue.html", context)


@require_POST
def cancel_waiting(request: HttpRequest) -> HttpResponse:
    """Cancel all of one's own jobs that wait or run."""
    jobs = selectors.jobs(request.user, rule=lambda user, upload: Q(**{f"{upload}owner": user.pk}))
    count = services.cancel_all(jobs)
    told = ngettext("%(count)s job is cancelled.", "%(count)s jobs are cancelled.", count) % {"count": count}
    messages.success(request, told if count else _("Nothing waited any more."))
    return redirect("queue")


@require_GET
@never_cache
def cards(request: HttpRequest) -> HttpResponse:
    """The cards that changed of those a page watches: `watch=kind:job:seen`, kind row or tile. 204: none did."""
    watched = [_watched(text) for text in request.GET.getlist("watch")[:WATCHED]]
    found = selectors.jobs(request.user).in_bulk([job_id for _, job_id, _ in watched])
    shown = [
        (kind, job_id, Progress(found[job_id]) if job_id in found else None, seen) for kind, job_id, seen in watched
    ]
    changed = [card[:3] for card in shown if card[2] is None or card[2].seen != card[3]]
    if not changed:
        return HttpResponse(status=204)
    return render(request, "fragments/cards.html", {"cards": changed})


def _watched(text: str) -> tuple[str, uuid.UUID, str]:
    try:
        kind, job_id, seen = text.split(":")
        if kind in {"row", "tile"}:
            return kind, uuid.UUID(job_id), seen
    except ValueError:
        pass
    raise BadRequest("This is no card.")


# ── A selection ─────────────────────────────────────────────────────────────────────────────────────


@require_POST
def selection(request: HttpRequest) -> HttpResponseBase:
    """Do what is wished for to every photo ticked, and go back to where they were ticked."""
    deed = DEEDS.get(request.POST.get("wish", ""))
    if not deed:
        raise Http404
    ticked = _ticked(request)
    if not ticked:
        messages.error(request, _("Tick at least one photo first."))
    elif len(ticked) > MOST:
        messages.error(request, _("Tick at most %(most)s photos at once.") % {"most": MOST})
    else:
        try:
            if answer := deed(request, selectors.uploads(request.user).filter(pk__in=ticked)):
                return answer
        except PosewebError as refused:
            messages.error(request, refused.user_message)
    return redirect(f"{reverse('gallery')}?{QueryDict(request.POST.get('back', '')).urlencode()}")


def _ticked(request: HttpRequest) -> set[uuid.UUID]:
    try:
        return {uuid.UUID(text) for text in request.POST.getlist("photo")}
    except ValueError:
        raise BadRequest("This is no photo.") from None


def _download(request: HttpRequest, uploads: Any) -> HttpResponseBase:
    newest = list(uploads.order_by("-created_at", "-id").values_list("newest_job", flat=True))
    found = selectors.jobs(request.user).prefetch_related("result__poses").in_bulk(newest)
    file = archive.pack(found[job_id] for job_id in newest if job_id in found)
    return FileResponse(file, as_attachment=True, filename="poseweb.zip", content_type="application/zip")


def _again(request: HttpRequest, uploads: Any) -> None:
    jobs = selectors.jobs(request.user).in_bulk(list(uploads.values_list("newest_job", flat=True)))
    wishes = Wishes.read(request.POST)
    done = 0
    try:
        for job in jobs.values():
            services.run_again(job, wishes)
            done += 1
    finally:
        told = ngettext("%(count)s photo is in the queue again.", "%(count)s photos are in the queue again.", done)
        _say(request, told, done)


def _delete(request: HttpRequest, uploads: Any) -> None:
    count = services.delete_all(uploads)
    told = ngettext("%(count)s photo is deleted for good.", "%(count)s photos are deleted for good.", count)
    _say(request, told, count)


def _show(request: HttpRequest, uploads: Any) -> None:
    count = services.set_public_all(uploads, public=True)
    told = ngettext(
        "%(count)s photo can be seen by everybody now.", "%(count)s photos can be seen by everybody now.", count
    )
    _say(request, told, count)


def _hide(request: HttpRequest, uploads: Any) -> None:
    count = services.set_public_all(uploads, public=False)
    told = ngettext("%(count)s photo is not public any more.", "%(count)s photos are not public any more.", count)
    _say(request, told, count)


def _share(request: HttpRequest, uploads: Any) -> None:
    count = services.share_all(uploads)
    told = ngettext(
        "%(count)s photo has a link now: its page shows it.",
        "%(count)s photos have a link each now: their pages show it.",
        count,
    )
    _say(request, told, count)


def _stop_sharing(request: HttpRequest, uploads: Any) -> None:
    count = services.stop_sharing_all(uploads)
    told = ngettext("%(count)s photo has no link any more.", "%(count)s photos have no link any more.", count)
    _say(request, told, count)


def _say(request: HttpRequest, sentence: str, count: int) -> None:
    """What became of so many photos; of none, nothing."""
    if count:
        messages.success(request, sentence % {"count": count})


Deed = Callable[[HttpRequest, Any], HttpResponseBase | None]
DEEDS: MappingProxyType[str, Deed] = MappingProxyType(
    {
        "download": _download,
        "again": _again,
        "delete": _delete,
        "publish": _show,
        "hide": _hide,
        "share": _share,
        "stop": _stop_sharing,
    }
)
