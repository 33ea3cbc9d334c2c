"""Tokens: what a program shows instead of a password. Shown once, kept as a digest, taken back by whoever made it."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poseweb.http.refusals import refuse
from poseweb.models import ApiToken

START = "poseweb_"  # so that a token that lies about is known for what it is
SHOWN = len(START) + 6  # characters that stay to be seen
NOTED_EVERY = timedelta(minutes=1)  # when it was last used, to spare the database
LIFETIMES = [
    ("30", _("for 30 days")),
    ("90", _("for 90 days")),
    ("365", _("for a year")),
    ("", _("until you take it back")),
]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNKNOWN = _("This token is unknown, was taken back, or is too old. Make another one on the account page.")
READ_ONLY = _("This token may only read. Make one that may write on the account page.")


class TokenForm(forms.Form):
    """What a token is for, what it may do, and for how many days (None: until it is taken back)."""

    name = forms.CharField(label=_("What it is for"), max_length=100)
    scope = forms.ChoiceField(label=_("It may"), choices=ApiToken.Scope)
    days = forms.TypedChoiceField(
        label=_("It works"), choices=LIFETIMES, coerce=int, empty_value=None, required=False, initial="90"
    )


@dataclass(frozen=True)
class Made:
    """A new token with the text of it, which nobody can find out later."""

    token: ApiToken
    secret: str


def make(user: User, name: str, scope: str, days: int | None = None) -> Made:
    """A token for the programs of this account; `days` it is good for, None: until it is taken back."""
    secret = START + secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=days) if days else None
    columns = {"name": name, "scope": scope, "prefix": secret[:SHOWN], "expires_at": expires_at}
    return Made(ApiToken.objects.create(user=user, digest=_digest(secret), **columns), secret)


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """The tokens of an account that are good for something, newest first."""
    return user.api_tokens.filter(_alive())


def revoke(user: User, token_id: int) -> bool:
    """Take a token back, at once and for ever; whether it was one of theirs."""
    return bool(user.api_tokens.filter(pk=token_id).delete()[0])


def token_behind(secret: str) -> ApiToken | None:
    """The token that has this text, if it is good for something, with its account."""
    found = ApiToken.objects.filter(_alive(), digest=_digest(secret), user__is_active=True)
    return found.select_related("user").first()


class TokenMiddleware:
    """Signs in for one request under /api/ who sends `Authorization: Bearer …`. Such a request needs no CSRF token:
    no browser sends that header on behalf of another site.

    Stands before whatever asks who somebody is, and lets a token that only reads do no more than that.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if not request.path.startswith("/api/") or scheme.lower() != "bearer":
            return self.get_response(request)
        token = token_behind(secret.strip())
        if token is None:
            response = refuse(request, 401, "bad_token", UNKNOWN)
            response["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return response
        if token.scope == ApiToken.Scope.READ and request.method not in SAFE_METHODS:
            return refuse(request, 403, "read_only_token", READ_ONLY)
        _note_use(token)
        request.user, request.token, request._dont_enforce_csrf_checks = token.user, token, True
        return self.get_response(request)


def _note_use(token: ApiToken) -> None:
    if token.last_used_at is None or token.last_used_at < timezone.now() - NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=Now())


def _alive() -> Q:
    return Q(expires_at=None) | Q(expires_at__gt=Now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
