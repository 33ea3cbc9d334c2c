"""Being turned down: a page for people, `{"error_code", "error"}` under /api/ for programs, one sentence for both."""

import sys

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from poseweb.faults import passing

HEADLINES = {
    400: _("That request makes no sense here"),
    403: _("Not allowed"),
    401: _("Sign in first"),
    404: _("There is nothing here"),
    408: _("That took too long"),
    410: _("This link is used up"),
    411: _("How long is it?"),
    413: _("That is too much at once"),
    429: _("Not so fast"),
    500: _("Something broke on our side"),
    503: _("Not at the moment"),
}


def refuse(
    request: HttpRequest, status: int, code: str, sentence: str, *, retry_after_seconds: int | None = None
) -> HttpResponse:
    """The answer to a request that goes no further; reads neither the session nor the database."""
    if request.path.startswith("/api/"):
        response = JsonResponse({"error_code": code, "error": sentence}, status=status)
    else:
        context = {"status": status, "headline": HEADLINES[status], "sentence": sentence}
        response = render(request, "refusal.html", context, status=status)
    if retry_after_seconds is not None:
        response["Retry-After"] = str(retry_after_seconds)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, DisallowedHost):
        sentence = gettext("poseweb does not answer to this address. Use the address that it printed when it started.")
        return refuse(request, 400, "unknown_host", sentence)
    if isinstance(exception, TooManyFilesSent):
        sentence = gettext("At most %(most)s photos fit into one upload. Send them in several parts.")
        return refuse(request, 413, "too_many_files", sentence % {"most": settings.MAX_BATCH_FILES})
    if isinstance(exception, RequestDataTooBig):
        sentence = gettext("That form is larger than poseweb accepts. Send less at once.")
        return refuse(request, 413, "too_large", sentence)
    sentence = gettext("The browser sent something poseweb cannot read. Go back and try again.")
    return refuse(request, 400, "bad_request", sentence)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = gettext("Your account may not do this. Ask the person who runs this poseweb.")
    return refuse(request, 403, "forbidden", sentence)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = gettext(
        "This form was open for too long, or came from another site. Go back, reload the page and try again."
    )
    return refuse(request, 403, "csrf_failed", sentence)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = gettext("It was deleted, it never was, or it belongs to somebody else.")
    return refuse(request, 404, "not_found", sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    if fault := passing(sys.exception()):
        return refuse(request, 503, "unavailable", gettext(fault.asked) % fault.known, retry_after_seconds=60)
    sentence = gettext("Your photos are safe. Try again in a minute; if it stays, the log of the web process says why.")
    return refuse(request, 500, "server_error", sentence)
