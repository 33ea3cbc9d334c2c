"""Pages of accounts: signing in, one's own account, passwords, invitations."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import (
    LoginView,
    PasswordChangeView,
    PasswordResetConfirmView,
    PasswordResetDoneView,
    PasswordResetView,
)
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from poseweb.accounts import access, limits
from poseweb.api import tokens
from poseweb.errors import InvitationRefused
from poseweb.http.refusals import refuse
from poseweb.models import Invitation

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    """The login page; a fragment that asks after the session ended makes its page reload instead."""

    redirect_authenticated_user = True
    extra_context = {"mail": settings.MAIL}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return HttpResponseClientRefresh() if request.htmx else super().dispatch(request, *args, **kwargs)


@require_GET
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Who one is, what one fills, the tokens of one's programs, and the way out."""
    return _account(request, tokens.TokenForm())


def _account(request: HttpRequest, form: tokens.TokenForm, status: int = 200, **context: Any) -> HttpResponse:
    context |= {
        "used": limits.usage(request.user),
        "quota_bytes": settings.QUOTA_MB * 2**20,
        "quota_photos": settings.QUOTA_PHOTOS,
        "tokens": tokens.tokens_of(request.user),
        "form": form,
    }
    return render(request, "registration/account.html", context, status=status)


@require_POST
@never_cache
def make_token(request: HttpRequest) -> HttpResponse:
    """Make a token for a program; this answer is the only one that shows it."""
    form = tokens.TokenForm(request.POST)
    if not form.is_valid():
        return _account(request, form, status=422)
    made = tokens.make(request.user, form.cleaned_data["name"], form.cleaned_data["scope"], form.cleaned_data["days"])
    return _account(request, tokens.TokenForm(), made=made)


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    if not tokens.revoke(request.user, token_id):
        raise Http404
    messages.success(request, _("The token is taken back; whatever used it is signed out."))
    return redirect("account")


class ChangePassword(PasswordChangeView):
    """The old password, and twice the new one; other browsers are signed out."""

    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your password is changed. Other browsers are signed out."))
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class ForgottenPassword(PasswordResetView):
    """Ask for a link by mail; says the same whether there is such an account or not."""

    extra_context = {"mail": settings.MAIL}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.MAIL:
            raise PermissionDenied
        limits.password_mail_asked(request, request.POST.get("email", ""))
        return super().post(request, *args, **kwargs)


@method_decorator(login_not_required, name="dispatch")
class MailSent(PasswordResetDoneView):
    pass


@method_decorator(login_not_required, name="dispatch")
class NewPassword(PasswordResetConfirmView):
    """What a link for a new password opens."""

    success_url = reverse_lazy("login")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your new password is set. Sign in with it."))
        return super().form_valid(form)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitations(request: HttpRequest) -> HttpResponse:
    """For staff: make a link for somebody, and see which ones are open. A link is shown once, when it is made."""
    _only_staff(request)
    context: dict[str, Any] = {"days": settings.INVITATION_DAYS}
    if request.method == "POST":
        staff = "staff" in request.POST and request.user.is_superuser
        invited = access.invite(request.user, request.POST.get("note", "").strip()[:100], staff=staff)
        context |= {"made": invited.invitation, "link": request.build_absolute_uri(invited.path)}
    return render(request, "registration/invitations.html", context | {"open": access.open_invitations()})


@require_POST
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    _only_staff(request)
    get_object_or_404(Invitation, pk=invitation_id).delete()
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("invitations")


def _only_staff(request: HttpRequest) -> None:
    if not request.user.is_staff:
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
def join(request: HttpRequest, key: str) -> HttpResponse:
    """What an invitation opens: choose a name and a password, and be in."""
    limits.join_tried(request)
    try:
        invitation = access.invitation_of(key)
        form = access.JoinForm(request.POST or None)
        if form.is_valid():
            login(request, access.join(key, form), backend=BACKEND)
            return redirect("home")
    except InvitationRefused as refused:
        return refuse(request, 410, refused.code, refused.user_message)
    return render(request, "registration/join.html", {"form": form, "invitation": invitation})
