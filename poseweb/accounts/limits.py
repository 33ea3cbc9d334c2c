"""How often and how much: rates per window of time, and how much of the storage one account may fill.

A rate is counted in the database in fixed windows (docs/decisions.md): one row for each key and window, shared by all
web processes, without Redis. Staff are not limited.
"""

import hashlib
import time
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from poseweb.errors import RateLimited, UploadRefused
from poseweb.models import Tally

HOUR = 3600
LOGIN_WINDOW = 15 * 60
LOGINS_EACH = 10  # attempts at one account from one address
LOGINS_IN_ALL = 100  # attempts from one address, or at one account
PASSWORD_MAILS = 5  # an hour, to one account or from one address
JOINS = 30  # attempts at invitation links from one address, an hour
# Each by the minutes that are left.
TOO_MANY_JOBS = ngettext_lazy(
    "You asked for %(limit)s photos within an hour, and more is not allowed at once. Go on in a minute.",
    "You asked for %(limit)s photos within an hour, and more is not allowed at once. Go on in %(minutes)s minutes.",
    "minutes",
)
TOO_MANY_LOGINS = ngettext_lazy(
    "Too many attempts to sign in. Try again in a minute.",
    "Too many attempts to sign in. Try again in %(minutes)s minutes.",
    "minutes",
)
TOO_MANY_MAILS = ngettext_lazy(
    "Too many mails were asked for. Try again in a minute.",
    "Too many mails were asked for. Try again in %(minutes)s minutes.",
    "minutes",
)
TOO_MANY_JOINS = ngettext_lazy(
    "Too many attempts. Try again in a minute.",
    "Too many attempts. Try again in %(minutes)s minutes.",
    "minutes",
)


def job_asked(user: User) -> None:
    """Count a job that somebody asks for. Raises RateLimited."""
    if settings.JOBS_PER_HOUR and not user.is_staff:
        _spend(f"jobs {user.pk}", settings.JOBS_PER_HOUR, HOUR, TOO_MANY_JOBS)


def login_tried(request: HttpRequest | None, name: str) -> None:
    """Count an attempt to sign in, before it is known how it ends. Raises RateLimited."""
    address = client_address(request)
    _spend(_login_key(name, address), LOGINS_EACH, LOGIN_WINDOW, TOO_MANY_LOGINS)
    _spend(f"logins from {address}", LOGINS_IN_ALL, LOGIN_WINDOW, TOO_MANY_LOGINS)
    _spend(f"logins to {name}", LOGINS_IN_ALL, LOGIN_WINDOW, TOO_MANY_LOGINS)


def login_succeeded(request: HttpRequest | None, name: str) -> None:
    """Who knows the password starts afresh."""
    Tally.objects.filter(key=_digest(_login_key(name, client_address(request)))).delete()


def password_mail_asked(request: HttpRequest, address: str) -> None:
    _spend(f"mails to {address.lower()}", PASSWORD_MAILS, HOUR, TOO_MANY_MAILS)
    _spend(f"mails from {client_address(request)}", PASSWORD_MAILS, HOUR, TOO_MANY_MAILS)


def join_tried(request: HttpRequest) -> None:
    _spend(f"joins from {client_address(request)}", JOINS, HOUR, TOO_MANY_JOINS)


def client_address(request: HttpRequest | None) -> str:
    """Who is asking. Behind a proxy, what the proxy itself wrote: the last address of the list, not the first."""
    if request is None:
        return ""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def usage(user: User) -> dict[str, int]:
    """What somebody's originals fill: `photos` and `bytes`."""
    return user.uploads.aggregate(photos=Count("pk"), bytes=Coalesce(Sum("bytes"), 0))


def check_quota(user: User, more_bytes: int) -> None:
    """Whether one more photo of that size fits. To be exact, call where uploads of this user wait for each other.

    Raises:
        UploadRefused: code `quota_exceeded`.
    """
    if user.is_staff:
        return
    used = usage(user)
    photos, megabytes = settings.QUOTA_PHOTOS, settings.QUOTA_MB
    if photos and used["photos"] >= photos:
        sentence = _("You have %(used)s photos here, and %(allowed)s are allowed. Delete some that you no longer need.")
        raise UploadRefused(sentence % {"used": used["photos"], "allowed": photos}, "quota_exceeded")
    if megabytes and used["bytes"] + more_bytes > megabytes * 2**20:
        sentence = _(
            "With this photo you would have more than the %(allowed)s MB that are allowed. "
            "Delete some that you no longer need."
        )
        raise UploadRefused(sentence % {"allowed": megabytes}, "quota_exceeded")


def _login_key(name: str, address: str) -> str:
    return f"logins to {name} from {address}"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _spend(key: str, limit: int, window_seconds: int, sentence: str) -> None:
    """Count one more in the window that is open now; beyond the limit it still counts, and is refused."""
    now = time.time()
    end = (now // window_seconds + 1) * window_seconds
    window = {"key": _digest(key), "ends_at": datetime.fromtimestamp(end, UTC)}
    Tally.objects.bulk_create([Tally(**window)], ignore_conflicts=True)
    Tally.objects.filter(**window).update(count=F("count") + 1)
    if Tally.objects.filter(**window, count__gt=limit).exists():
        wait = max(1, round(end - now))
        told = sentence % {"limit": limit, "minutes": -(-wait // 60)}
        raise RateLimited(told, "rate_limited", retry_after_seconds=wait)
