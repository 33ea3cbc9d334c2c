"""The quick start: whoever sits at this machine is signed in, and nobody else gets in.

There is no password, so the browser itself could be turned against its owner: by a foreign page that sends forms or
reads pictures, or by a foreign name that resolves to 127.0.0.1 (DNS rebinding). Both are refused here, for pages,
admin and API alike. Programs such as curl send no Origin, and need no CSRF token for the API.
"""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from poseweb.http.refusals import refuse

FOREIGN_HOST = _("The quick start answers only on this machine. Open http://localhost:%(port)s/ there.")
FOREIGN_ORIGIN = _("This request came from another site, so poseweb did nothing. Open poseweb in a tab of its own.")


class QuickStartMiddleware:
    """Stands behind AuthenticationMiddleware, whose user it replaces by the local one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.QUICKSTART:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_local(request):
            return refuse(request, 403, "foreign_host", FOREIGN_HOST % {"port": settings.PORT})
        if _is_foreign(request):
            return refuse(request, 403, "foreign_origin", FOREIGN_ORIGIN)
        request.user = SimpleLazyObject(local_user)
        # The API needs no token here: what a browser sends on behalf of another site was refused above.
        request._dont_enforce_csrf_checks = request.path.startswith("/api/")
        return self.get_response(request)


def others_come() -> bool:
    """Whether anybody can come but who sits at this machine; else there is nobody to show a photo to."""
    return not settings.QUICKSTART


def local_user() -> User:
    """The staff user of the quick start, made on first use; no password ever signs it in."""
    user, made = get_user_model().objects.get_or_create(
        username=settings.QUICKSTART_USER, defaults={"is_staff": True, "is_superuser": True}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _is_local(request: HttpRequest) -> bool:
    host = urlsplit(f"//{request.META.get('HTTP_HOST', '')}").hostname or ""
    known = {name.strip("[]") for name in settings.LOOPBACK_HOSTS}
    return host in known and ip_address(request.META["REMOTE_ADDR"]).is_loopback


def _is_foreign(request: HttpRequest) -> bool:
    """Whether another site had a hand in it, by what browsers say of themselves (Fetch Metadata, Origin, Referer)."""
    own = f"{request.scheme}://{request.META['HTTP_HOST']}"
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in {"same-origin", "none"} and not _follows_link(request):
        return True
    if "Origin" in request.headers:
        return request.headers["Origin"] != own
    referer = request.headers.get("Referer", own)
    return request.method not in {"GET", "HEAD", "OPTIONS"} and not f"{referer}/".startswith(f"{own}/")


def _follows_link(request: HttpRequest) -> bool:
    """A person who clicks a link to poseweb on another page: the one foreign thing that is welcome."""
    navigates = (
        request.headers.get("Sec-Fetch-Mode") == "navigate" and request.headers.get("Sec-Fetch-Dest") == "document"
    )
    return request.method == "GET" and navigates
