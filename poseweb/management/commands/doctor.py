"""`manage.py doctor`: what is wrong, in sentences, and which command mends it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from poseweb.operations import doctor, health


class Command(BaseCommand):
    help = "Look at every part of the installation; say what is wrong and what mends it. Ends with 1 if anything is."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these: {', '.join(doctor.PARTS)}")
        parser.add_argument("--here", action="store_true", help="of workers, look only at those of this machine")

    def handle(self, *_: Any, parts: list[str], here: bool, **__: Any) -> None:
        if unknown := set(parts) - set(doctor.PARTS):
            raise CommandError(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(doctor.PARTS)}.")
        known = {**doctor.PARTS, "worker": health.worker_here} if here else doctor.PARTS
        findings = health.examine((part, known[part]) for part in parts or known)
        for finding in findings:
            self._say(finding)
        if wrong := [finding.part for finding in findings if not finding.ok]:
            raise CommandError(f"Not well: {', '.join(wrong)}.")

    def _say(self, finding: health.Finding) -> None:
        style = self.style.SUCCESS if finding.ok else self.style.ERROR
        self.stdout.write(f"{style('  ok' if finding.ok else '  !!')}  {finding.part}: {finding.sentence}")
        if not finding.ok:
            self.stdout.write(f"      → {finding.mend}")
