"""How a request's body comes in: how large it may be, and no file that is lost on the way.

Django has no limit for a whole request, and silently drops a file whose name is no more than dots. Both are mended
where Django lets us: in middleware, and in an upload handler. How long a body may take: patience.py.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.files.uploadhandler import FileUploadHandler, MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParser
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from poseweb.clips.validators import begins_as_clip
from poseweb.errors import RateLimited
from poseweb.http.patience import content_length
from poseweb.http.refusals import refuse

View = Callable[[HttpRequest], HttpResponse]

FORM_BYTES = 2 * 2**20  # a request without photos, and what a form has around its photos
DRAINED_BYTES = 128 * 2**20  # of a refused body: who still sends does not hear the answer
CHUNK = 64 * 1024
TOO_SLOW = _("What you sent arrived too slowly, or not to its end, so nothing of it was kept. Try again.")
NO_LENGTH = _("The request does not say how long it is. Send it with a Content-Length.")
SIGN_IN = _("Sign in first; only then photos are taken.")


class CutShortMiddleware:
    """Answers for bodies that never came to their end, whatever was made of the part that came."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request.META.get("wsgi.input"), "cut_short", False):
            return _closing(refuse(request, 408, "cut_short", TOO_SLOW))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, UnreadablePostError):
            return _closing(refuse(request, 408, "cut_short", TOO_SLOW))
        if isinstance(error, RateLimited):
            return refuse(request, 429, error.code, error.user_message, retry_after_seconds=error.retry_after_seconds)
        return None


class SizeMiddleware:
    """Bounds what a request may weigh, before anybody reads it: much for photos of people who are signed in."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "CONTENT_LENGTH" not in request.META and "HTTP_TRANSFER_ENCODING" in request.META:
            return _closing(refuse(request, 411, "length_required", NO_LENGTH))
        sent = content_length(request.META)
        if sent <= FORM_BYTES:
            return self.get_response(request)
        limit = _limit(request.path)
        if sent > limit:
            _drain(request)
            return _closing(_too_large(request, sent, limit))
        if not request.user.is_authenticated:
            _drain(request)
            return _closing(_sign_in_first(request))
        return self.get_response(request)


def _too_large(request: HttpRequest, sent: int, limit: int) -> HttpResponse:
    sentence = gettext("That is %(sent)s MB at once, and %(limit)s MB are accepted. Send less at once.")
    megabytes = {"sent": f"{-(-sent // 2**20):,}", "limit": f"{limit // 2**20:,}"}
    return refuse(request, 413, "too_large", sentence % megabytes)


def _limit(path: str) -> int:
    largest = max(settings.MAX_UPLOAD_BYTES, settings.MAX_CLIP_BYTES)
    photos = {reverse("home"): settings.MAX_REQUEST_BYTES, reverse("api-jobs"): largest + FORM_BYTES}
    return photos.get(path, FORM_BYTES)


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return refuse(request, 401, "login_required", SIGN_IN)
    return redirect_to_login(request.path)


def _drain(request: HttpRequest) -> None:
    left = DRAINED_BYTES
    with suppress(UnreadablePostError):
        while left > 0 and (data := request.read(CHUNK)):
            left -= len(data)


def _closing(response: HttpResponse) -> HttpResponse:
    """What is left of the body is not the next request."""
    response["Connection"] = "close"
    return response


class IntakeHandler(FileUploadHandler):
    """Takes over the parsing of forms with files: no part is dropped, none is kept beyond what a photo may weigh."""

    def handle_raw_input(self, input_data: Any, meta: dict[str, Any], *_: Any) -> tuple[Any, Any]:
        kinds = (Ceiling, MemoryFileUploadHandler, TemporaryFileUploadHandler)
        return Parser(meta, input_data, [kind(self.request) for kind in kinds], self.request.encoding).parse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class Parser(MultiPartParser):
    """Django's, without its silence: a file called ".." is a file all the same."""

    def sanitize_file_name(self, file_name: str) -> str:
        return super().sanitize_file_name(file_name) or "photo"


class Ceiling(FileUploadHandler):
    """Lets a little more through than a photo or a clip may weigh, so that its check sees it; the rest is skipped."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start == 0:
            self._most = settings.MAX_CLIP_BYTES if begins_as_clip(raw_data) else settings.MAX_UPLOAD_BYTES
        return raw_data if start <= self._most else None

    def file_complete(self, file_size: int) -> None:
        return None
