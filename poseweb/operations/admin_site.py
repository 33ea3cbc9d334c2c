"""The admin's own first page: Django's, with the numbers of the day on it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from poseweb.operations.today import today


class PosewebAdminSite(admin.AdminSite):
    site_header = "poseweb"
    site_title = "poseweb"
    index_title = _("Everything poseweb knows")
    index_template = "admin/today.html"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().index(request, {**(extra_context or {}), "today": today()})
