"""Being turned down: a page for people, `{"error_code", "error"}` under /api/ for programs, one sentence for both."""

import sys

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from poseweb.faults import passing

HEADLINES = {
    400: "That request makes no sense here",
    403: "Not allowed",
    401: "Sign in first",
    404: "There is nothing here",
    408: "That took too long",
    410: "This link is used up",
    411: "How long is it?",
    413: "That is too much at once",
    429: "Not so fast",
    500: "Something broke on our side",
    503: "Not at the moment",
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
        sentence = "poseweb does not answer to this address. Use the address that it printed when it started."
        return refuse(request, 400, "unknown_host", sentence)
    if isinstance(exception, TooManyFilesSent):
        sentence = f"At most {settings.MAX_BATCH_FILES} photos fit into one upload. Send them in several parts."
        return refuse(request, 413, "too_many_files", sentence)
    if isinstance(exception, RequestDataTooBig):
        return refuse(request, 413, "too_large", "That form is larger than poseweb accepts. Send less at once.")
    return refuse(request, 400, "bad_request", "The browser sent something poseweb cannot read. Go back and try again.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 403, "forbidden", "Your account may not do this. Ask the person who runs this poseweb.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = "This form was open for too long, or came from another site. Go back, reload the page and try again."
    return refuse(request, 403, "csrf_failed", sentence)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 404, "not_found", "It was deleted, it never was, or it belongs to somebody else.")


def server_error(request: HttpRequest) -> HttpResponse:
    if reason := passing(sys.exception()):
        sentence = f"{reason}. What was taken in is safe; try the rest again in a minute."
        return refuse(request, 503, "unavailable", sentence, retry_after_seconds=60)
    sentence = "Your photos are safe. Try again in a minute; if it stays, the log of the web process says why."
    return refuse(request, 500, "server_error", sentence)
