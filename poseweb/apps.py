"""The one app of the project."""

from django.apps import AppConfig


class PosewebConfig(AppConfig):
    name = "poseweb"
