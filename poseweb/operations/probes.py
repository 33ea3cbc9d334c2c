"""/livez and /readyz, for whoever watches over the site: orchestrators, load balancers, monitoring.

They are answered before any other middleware: a probe knows neither the site's name nor a session, and asks by the
address of the machine. What they tell is no secret.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from poseweb.operations import health

READ = ("GET", "HEAD")


class ProbeMiddleware:
    """Answers the two addresses, and leaves every other one alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/livez" and request.method in READ:
            return _answer({"live": True}, 200)
        if request.path == "/readyz" and request.method in READ:
            return _ready()
        return self.get_response(request)


def _ready() -> JsonResponse:
    """200 where everything is well, else 503; a sentence for each part."""
    findings = health.examine(health.PARTS.items())
    ready = all(finding.ok for finding in findings)
    checks = {finding.part: {"ok": finding.ok, "sentence": finding.sentence} for finding in findings}
    return _answer({"ready": ready, "checks": checks}, 200 if ready else 503)


def _answer(content: dict[str, object], status: int) -> JsonResponse:
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})
