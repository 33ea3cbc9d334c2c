"""The one app of the project, and the admin with a first page of our own."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PosewebConfig(AppConfig):
    name = "poseweb"


class PosewebAdminConfig(AdminConfig):
    default_site = "poseweb.operations.admin_site.PosewebAdminSite"
