"""`manage.py prepare`: everything the application needs before it can start. Run it as often as you like."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from estimator import NetworkError, Zoo
from poseweb import media

ROUGH = """\
{reason}
Going on with the built-in network, which is rough. The better one comes with
    {python} -m estimator models install {name}"""


class Command(BaseCommand):
    help = "Make the folders, bring the database up to date, collect static files, get the default network."

    def handle(self, *_: Any, **__: Any) -> None:
        for folder in (media.drafts(), settings.NETWORKS_DIR, settings.BELL_DIR, settings.DATA_DIR / "logs"):
            folder.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        self._install_network(Zoo(settings.NETWORKS_DIR, settings.MODEL_SOURCE))

    def _install_network(self, zoo: Zoo) -> None:
        """The zoo's default network, where it can be had; the built-in one is always there."""
        name = zoo.default.name
        if name in {entry.name for entry in zoo.installed()}:
            return
        self.stdout.write(f"Getting the network {name} …")
        try:
            zoo.install(name)
        except NetworkError as error:
            self.stdout.write(ROUGH.format(reason=error.user_message, python=settings.PYTHON, name=name))
