"""Who may have an account, and who may come in with it. There is no open sign-up: accounts come by invitation."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from poseweb.accounts import limits
from poseweb.errors import InvitationRefused
from poseweb.models import Invitation

USED_UP = _("This invitation was used, withdrawn or is too old. Ask the person who sent it for another one.")


class ThrottledBackend(ModelBackend):
    """Names and passwords, with a limit on guessing, whichever page asks for them."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **other: Any
    ) -> User | None:
        """Raises RateLimited, before the password is looked at: a right guess must not be told from a wrong one."""
        name = username or ""
        limits.login_tried(request, name)
        user = super().authenticate(request, username=username, password=password, **other)
        if user:
            limits.login_succeeded(request, name)
        return user


class JoinForm(BaseUserCreationForm):
    """A name, an address for mails, and a password twice."""

    class Meta:
        model = User
        fields = ("username", "email")
        labels = {"username": _("Name"), "email": _("Mail address")}
        help_texts = {
            "username": _("Letters, digits and @ . + - _"),
            "email": _("For a forgotten password; may stay empty."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.MAIL:  # then an address is good for nothing
            del self.fields["email"]


@dataclass(frozen=True)
class Invited:
    """A new invitation with the path of its link, which nobody can find out later."""

    invitation: Invitation
    path: str


def invite(made_by: User | None, note: str = "", *, staff: bool = False) -> Invited:
    """Make a link that makes one account; `made_by` nobody means the command line."""
    key = secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=settings.INVITATION_DAYS)
    columns = {"made_by": made_by, "note": note, "staff": staff, "expires_at": expires_at}
    return Invited(Invitation.objects.create(digest=_digest(key), **columns), reverse("join", args=[key]))


def open_invitations() -> QuerySet[Invitation]:
    return Invitation.objects.filter(used_at=None, expires_at__gt=Now())


def invitation_of(key: str) -> Invitation:
    """The invitation behind a link. Raises InvitationRefused where it is good for nothing any more."""
    found = open_invitations().filter(digest=_digest(key)).first()
    if found is None:
        raise InvitationRefused(USED_UP, "invitation_used_up")
    return found


def join(key: str, form: JoinForm) -> User:
    """Make the account; of two people with the same link, the first. Raises InvitationRefused."""
    with transaction.atomic():
        invitation = invitation_of(key)
        if not open_invitations().filter(pk=invitation.pk).update(used_at=Now()):
            raise InvitationRefused(USED_UP, "invitation_used_up")
        user = form.save(commit=False)
        user.is_staff = user.is_superuser = invitation.staff
        user.save()
    return user


def first_invitation() -> Invited | None:
    """A link for the first account that may do everything, where nobody can sign in as such; the last one counts."""
    staff = User.objects.filter(is_active=True, is_staff=True)
    if any(user.has_usable_password() for user in staff):
        return None
    open_invitations().filter(made_by=None, staff=True).delete()
    return invite(None, "the first account", staff=True)


def password_link(user: User) -> str:
    """The path of a link under which this person chooses a new password, once, within two days (Django's token)."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(user)])


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
