"""What all of the JSON API has in common: who may come in, how it says no, HEAD, and ETags."""

import hashlib
import uuid
from collections.abc import Callable
from functools import cache, wraps
from types import ModuleType
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from poseweb.api.schemas import Error
from poseweb.errors import PosewebError, RateLimited
from poseweb.http.refusals import refuse

View = Callable[..., HttpResponseBase]

PREFIX = "api/v1/"
STATUSES = {"too_large": 413, "quota_exceeded": 413, "key_reused": 409}  # of what is turned down; else 422
UNCHANGED = (304, None)  # among what an endpoint promises: the answer to If-None-Match with the ETag of the one before
NOT_FOUND = _("There is nothing at this address, or it belongs to somebody else.")
LOGIN = _("Sign in first. A program sends a token, as Authorization: Bearer …; the account page makes them.")
# What comes without a word from where it is noticed.
REFUSED_BY_DJANGO = {
    412: ("changed", _("It is not the version that If-Match asks for.")),
    416: ("no_such_range", _("The file is shorter than that; Content-Range says how long it is.")),
}
# Fields that have a code and a sentence of their own when something is wrong with them: the endpoints fill this in.
OF_FIELDS: dict[str, tuple[str, str]] = {}
DESCRIPTION = (
    "Finds people's keypoints in photos and clips: send one, ask for its job until it is over, fetch the result."
)


class Refusal(Exception):  # noqa: N818  a refusal is no accident
    """An answer that an endpoint would rather raise than return."""

    def __init__(self, answer: HttpResponseBase) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class Token(HttpBearer):
    """`Authorization: Bearer …`, with a token from the account page. One that only reads cannot change anything."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """TokenMiddleware has looked at it already."""
        return getattr(request, "token", None)


class Session(APIKeyCookie):
    """The browser of somebody who is signed in; to change something, it sends its CSRF token too."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Any:
        if not request.user.is_authenticated:
            return None
        if answer := check_csrf(request):
            raise Refusal(answer)
        return request.user

    authenticate = _get_key = __call__


class Api(NinjaAPI):
    """JSON is UTF-8 and needs no charset to say so."""

    def get_content_type(self) -> str:
        return "application/json"


api = Api(
    title="poseweb",
    version="1",
    description=DESCRIPTION,
    auth=[Token(), Session()],
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)


@cache
def document() -> dict[str, Any]:
    """The API's description of itself: OpenAPI 3.1."""
    return api.get_openapi_schema(path_prefix=f"/{PREFIX}")


def routes(*_declared_in: ModuleType) -> list[URLPattern]:
    """Every endpoint that these modules declare, with the address that it has among all of ours."""
    patterns = (pattern for pattern in api.urls[0] if pattern.name != "api-root")
    return [path(f"{PREFIX}{pattern.pattern}", _guarded(pattern.callback), name=pattern.name) for pattern in patterns]


def responses(*answers: tuple[int, Any], refused: tuple[int, ...] = ()) -> dict[Any, Any]:
    """What an endpoint promises: (status, shape) of its answers; the statuses of refusals beside the usual ones."""
    return {**dict(answers), (400, 401, 403, *refused): Error}


def file_answer(content_type: str) -> dict[str, Any]:
    """What the OpenAPI document says of an answer that is a file."""
    return {"responses": {200: {"content": {content_type: {"schema": {"type": "string", "format": "binary"}}}}}}


def url(request: HttpRequest, name: str, *ids: uuid.UUID) -> str:
    """The whole address of one of our routes."""
    return request.build_absolute_uri(reverse(name, args=ids))


def refusal(status: int, code: str, sentence: str) -> JsonResponse:
    return JsonResponse({"error_code": code, "error": sentence}, status=status)


def unless_known(request: HttpRequest, tag: str, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer with this ETag; 304 where the client says that it has it."""
    response = get_conditional_response(request, etag=tag) or answer()
    response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
    return response


def tag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, refused: Refusal) -> HttpResponseBase:
    return refused.answer


@api.exception_handler(PosewebError)
def _turned_down(request: HttpRequest, refused: PosewebError) -> HttpResponse:
    if isinstance(refused, RateLimited):
        seconds = refused.retry_after_seconds
        return refuse(request, 429, refused.code, refused.user_message, retry_after_seconds=seconds)
    return refusal(STATUSES.get(refused.code, 422), refused.code, refused.user_message)


@api.exception_handler(AuthenticationError)
def _stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    answer = refusal(401, "login_required", LOGIN)
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(Http404)
def _nothing(request: HttpRequest, error: Http404) -> HttpResponse:
    return refusal(404, "not_found", NOT_FOUND)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The first thing that is wrong with what was sent."""
    first = error.errors[0]
    name = next(part for part in first["loc"][1:] if isinstance(part, str))
    return refusal(400, *OF_FIELDS.get(name, ("bad_request", f"{name}: {first['msg']}.")))


@api.exception_handler(Exception)
def _ours(request: HttpRequest, error: Exception) -> NoReturn:
    """A fault of ours: the same page, log and code as everywhere, also with POSEWEB_DEBUG."""
    raise error


def _guarded(view: View) -> View:
    """What ninja's view lacks: HEAD is as good as GET, every refusal is JSON, an answer has an ETag."""

    @login_not_required  # a redirect to a login page tells a script nothing
    @csrf_exempt  # Session looks after it
    @wraps(view)
    def guarded(request: HttpRequest, **ids: str) -> HttpResponseBase:
        method = request.method
        if method == "HEAD":
            request.method = "GET"
        response = view(request, **ids)
        if request.method == "GET" and response.status_code == 200:
            response = _tagged(request, response)
        if response.status_code == 405:
            return _method_not_allowed(method, response["Allow"])
        if response.status_code in REFUSED_BY_DJANGO:
            return _spoken(response)
        return response

    return guarded


def _tagged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """With an ETag of its content, unless it has one; 304 where the client says that it has this very answer."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if response.has_header("ETag"):
        return response
    response["ETag"] = tag_of(response.content)
    return get_conditional_response(request, etag=response["ETag"], response=response)


def _spoken(response: HttpResponseBase) -> JsonResponse:
    answer = refusal(response.status_code, *REFUSED_BY_DJANGO[response.status_code])
    if response.has_header("Content-Range"):
        answer["Content-Range"] = response["Content-Range"]
    return answer


def _method_not_allowed(method: str, allowed: str) -> JsonResponse:
    allowed = ", ".join(sorted(allowed.split(", ")))
    sentence = gettext("%(method)s means nothing here; use %(allowed)s.") % {"method": method, "allowed": allowed}
    answer = refusal(405, "method_not_allowed", sentence)
    answer["Allow"] = allowed
    return answer
