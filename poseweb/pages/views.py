"""The pages. Each works without JavaScript; htmx and two small modules make them quicker."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from poseweb import heic, selectors, services
from poseweb.accounts.quickstart import others_come
from poseweb.downloads import delivery
from poseweb.errors import JobRefused, PosewebError, RateLimited
from poseweb.models import Job, Result, Upload
from poseweb.pages import viewer
from poseweb.pages.progress import Progress
from poseweb.validators import clean_name, no_heic
from poseweb.wishes import AS_USUAL, RESOLUTIONS, Wishes

View = Callable[..., HttpResponseBase]
Answer = TypeVar("Answer", bound=HttpResponseBase)

RECENT = 12  # photos below the upload form
REMEMBER = "wishes"  # the cookie
REMEMBER_SECONDS = 365 * 24 * 3600
BUILT_IN_NETWORK = "poseweb"
BETTER_NETWORK = "human-pose-estimation-0001"


def open_to_visitors(view: View) -> View:
    """A view on public photos: who has no account sees those, and is asked to sign in for whatever else."""

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **ids: uuid.UUID) -> HttpResponseBase:
        try:
            return view(request, *args, **ids)
        except Http404:
            if request.user.is_authenticated:
                raise
            return redirect_to_login(request.get_full_path())

    return guarded


# ── Upload ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Outcome:
    """What became of one file of a form: a job, or the sentence that says why not, and until when."""

    name: str
    progress: Progress | None = None
    duplicate: bool = False
    sentence: str = ""
    retry_after_seconds: int = 0


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The upload form with the latest photos below; takes the form in where there is no JavaScript."""
    if request.method != "POST":
        return _home(request)
    outcomes = [_take(request, file) for file in request.FILES.getlist("file")]
    if not outcomes or any(outcome.sentence for outcome in outcomes):
        return _not_all(request, outcomes)
    if len(outcomes) == 1:
        return _remember(redirect("job", outcomes[0].progress.job.pk), _remembered(request))
    taken = ngettext("%(count)s photo is in.", "%(count)s photos are in.", len(outcomes))
    messages.success(request, taken % {"count": len(outcomes)})
    return _remember(redirect("gallery"), _remembered(request))


def _take(request: HttpRequest, file: UploadedFile) -> Outcome:
    try:
        submission = services.submit(request.user, file, Wishes.read(request.POST))
    except RateLimited as refused:
        name = clean_name(file.name)
        return Outcome(name, sentence=refused.user_message, retry_after_seconds=refused.retry_after_seconds)
    except PosewebError as refused:
        return Outcome(clean_name(file.name), sentence=refused.user_message)
    job = selectors.jobs(request.user).get(pk=submission.job.pk)
    return Outcome(file.name, Progress(job), submission.duplicate)


def _not_all(request: HttpRequest, outcomes: list[Outcome]) -> HttpResponse:
    """The form again, with what became of each file."""
    wait = max((outcome.retry_after_seconds for outcome in outcomes), default=0)
    nothing_chosen = not outcomes and not request.FILES
    context = {"outcomes": outcomes, "nothing_chosen": nothing_chosen, "wrong_field": not outcomes and request.FILES}
    response = _home(request, status=429 if wait else 422, **context)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _home(request: HttpRequest, status: int = 200, **context: Any) -> HttpResponse:
    page = selectors.gallery(request.user, limit=RECENT)
    wishes = _remembered(request)
    seconds = selectors.seconds_here()
    context |= {
        "networks": [(network, seconds.get(network.name)) for network in selectors.networks()],
        "max_upload_bytes": settings.MAX_UPLOAD_BYTES,
        "max_clip_bytes": settings.MAX_CLIP_BYTES,
        "wishes": wishes,
        "chosen": wishes.network,
        "resolutions": RESOLUTIONS,
        "heic": heic.INSTALLED,
        "no_heic": no_heic(),
        "tiles": [(None, photo, Progress(photo.job)) for photo in page.photos],
    }
    response = render(request, "home.html", context, status=status)
    return _remember(response, wishes) if request.method == "POST" else response


def _remembered(request: HttpRequest) -> Wishes:
    """What the form was sent with, else what was last chosen in this browser."""
    sent = request.POST or QueryDict(unquote(request.COOKIES.get(REMEMBER, "")))
    try:
        return Wishes.read(sent)
    except JobRefused:
        return AS_USUAL


def _remember(response: Answer, wishes: Wishes) -> Answer:
    """static/js/remember.js writes the same cookie as soon as something is chosen."""
    kept = {"network": wishes.network, "resolution": wishes.resolution, "single": "1" if wishes.single else ""}
    response.set_cookie(REMEMBER, quote(urlencode(kept), safe=""), max_age=REMEMBER_SECONDS, samesite="Lax")
    return response


# ── One photo ───────────────────────────────────────────────────────────────────────────────────────


@open_to_visitors
@require_GET
@gzip_page  # fifty people have long tables
def job(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """One job on one photo, from the queue to the result."""
    context = _job_context(request, _job(request, job_id))
    if "map" in request.GET:
        drawing = _map(request, request.GET["map"])
        context |= {"drawing": drawing, "drawing_progress": Progress(drawing)}
    return render(request, "job.html", context | {"fragment": _fragment(context["job"])})


@open_to_visitors
@require_GET
@never_cache
@gzip_page
def job_status(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """What the job page asks for every second; 204 while the browser has `seen` it all."""
    found = _job(request, job_id)
    if request.GET.get("seen") == Progress(found).seen:
        return HttpResponse(status=204)
    return render(request, _fragment(found), _job_context(request, found))


def _fragment(job: Job) -> str:
    return "fragments/clip.html" if job.kind == Job.Kind.CLIP else "fragments/job.html"


@require_POST
def run_again(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    try:
        fresh = services.run_again(_own_job(request, job_id), Wishes.read(request.POST))
    except JobRefused as refused:
        messages.error(request, refused.user_message)
        return redirect("job", job_id)
    return redirect("job", fresh.pk)


@require_POST
def draw_map(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask for a picture of a map: a fragment that polls for it; without JavaScript, the job page that shows it."""
    found = _own_job(request, job_id)
    drawing = services.draw_map(found, *_map_asked(request, delivery.result_of(found)), alone="alone" in request.POST)
    if request.htmx:
        return _map_fragment(request, selectors.maps(request.user).get(pk=drawing.pk))
    return redirect(f"{reverse('job', args=[job_id])}?map={drawing.pk}#maps")


def _map_asked(request: HttpRequest, result: Result) -> tuple[str, int]:
    views = {view for _, group in viewer.map_views(result) for view, _ in group}
    view, stage = request.POST.get("view", ""), request.POST.get("stage", "")
    if view not in views or stage not in {str(number) for number in range(1, result.stages + 1)}:
        raise BadRequest("There is no such map.")
    return view, int(stage)


@open_to_visitors
@require_GET
@never_cache
def map_status(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """What the fragment of a map asks for until the map is drawn."""
    return _map_fragment(request, _map(request, job_id))


def _map_fragment(request: HttpRequest, drawing: Job) -> HttpResponse:
    return render(request, "fragments/map.html", {"drawing": drawing, "drawing_progress": Progress(drawing)})


@require_POST
def cancel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    if not services.cancel(_own_job(request, job_id)):
        messages.info(request, _("It had ended already."))
    return _after(request, job_id)


@require_POST
def retry(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The same job once more, where it failed or was cancelled."""
    try:
        if not services.retry(_own_job(request, job_id)):
            messages.info(request, _("It is not over without a result, so there is nothing to try again."))
    except RateLimited as refused:
        messages.error(request, refused.user_message)
    return _after(request, job_id)


def _after(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The row of the job to whoever asked from a row; else the page it was asked on."""
    if request.htmx:
        found = _job(request, job_id)
        return render(request, "fragments/row.html", {"job": found, "progress": Progress(found)})
    return redirect("queue") if request.POST.get("from") == "queue" else redirect("job", job_id)


@require_POST
def note(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Write down what the owner wants to remember about the photo."""
    upload = _upload(request, upload_id)
    services.write_note(upload, request.POST.get("note", "").strip())
    messages.success(request, _("The note is kept."))
    return redirect("job", upload.newest_job_id) if upload.newest_job_id else redirect("gallery")


@require_POST
def delete(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    upload = _upload(request, upload_id)
    services.delete(upload)
    messages.success(request, _("%(name)s and everything found in it are deleted.") % {"name": upload.name})
    return redirect("gallery")


def _job_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    networks = selectors.networks()
    context = {
        "job": job,
        "upload": job.upload,
        "mine": selectors.owns(request.user, job.upload),
        "others_come": others_come(),
        "share_link": share_link(request, job.upload),
        "progress": Progress(job),
        "networks": networks,
        "wishes": services.wishes_of(job),
        "resolutions": RESOLUTIONS,
        "runs": [(run, viewer.run_title(run, networks)) for run in selectors.runs(job.upload)],
    }
    if job.status == Job.Status.SUCCEEDED:
        context |= viewer.played(job, job.pk) if job.kind == Job.Kind.CLIP else _photo_found(job)
        context |= {
            "network_title": viewer.network_title(job, networks),
            "suggested": next((best for best in networks[:1] if best.name != job.found.network), None),
            "built_in_network": BUILT_IN_NETWORK,
            "better_network": BETTER_NETWORK,
            "python": settings.PYTHON,
        }
    return context


def _photo_found(job: Job) -> dict[str, Any]:
    maps = {"map_views": viewer.map_views(job.result), "stages": range(1, job.result.stages + 1)}
    return viewer.shown(job, job.pk) | maps


def share_link(request: HttpRequest, upload: Upload) -> str:
    """The whole address under which the photo is shared; empty where it is not."""
    return request.build_absolute_uri(reverse("shared", args=[upload.share_key])) if upload.share_key else ""


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────


@open_to_visitors
@require_GET
def photo(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return delivery.photo(_job(request, job_id))


@open_to_visitors
@require_GET
def image(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return delivery.annotated(_job(request, job_id))


@open_to_visitors
@require_GET
def thumbnail(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return delivery.thumbnail(_job(request, job_id))


@open_to_visitors
@require_GET
def map_image(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return delivery.map_picture(_map(request, job_id))


@open_to_visitors
@require_GET
def poses(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    return delivery.poses(_job(request, job_id), network=request.GET.get("values") == "network")


@open_to_visitors
@require_GET
def download(request: HttpRequest, job_id: uuid.UUID, name: str) -> HttpResponseBase:
    return delivery.download(_job(request, job_id), name, request.GET.get("threshold", ""))


@require_GET
def original(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponseBase:
    return delivery.original(_upload(request, upload_id))


def _job(request: HttpRequest, job_id: uuid.UUID) -> Job:
    return get_object_or_404(selectors.jobs(request.user), pk=job_id)


def _own_job(request: HttpRequest, job_id: uuid.UUID) -> Job:
    return get_object_or_404(selectors.jobs(request.user, rule=selectors.belongs_to), pk=job_id)


def _map(request: HttpRequest, job_id: uuid.UUID | str) -> Job:
    try:
        return get_object_or_404(selectors.maps(request.user), pk=job_id)
    except ValidationError:  # no UUID
        raise Http404 from None


def _upload(request: HttpRequest, upload_id: uuid.UUID) -> Upload:
    return get_object_or_404(selectors.uploads(request.user), pk=upload_id)
