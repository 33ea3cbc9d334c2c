"""`manage.py invite`: print a link that makes one account, without going through a page."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from poseweb.accounts import access


class Command(BaseCommand):
    help = "Print the path of a link that makes one account; put the address of your poseweb before it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("note", nargs="?", default="", help="whom it is for")
        parser.add_argument("--staff", action="store_true", help="the account may do everything")

    def handle(self, *_: Any, note: str, staff: bool, **__: Any) -> None:
        self.stdout.write(access.invite(None, note, staff=staff).path)
