"""A language that nobody speaks, to see what a translator could not reach: every text stands in ⟦ ⟧."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import django
from django.core.management import call_command
from django.test import override_settings

CODE = "eo"  # Django has to know a language by its code
DJANGO = Path(django.__file__).parent
PARTS = ["conf", "contrib/auth", "contrib/humanize"]
NOT_OURS = ["tests", "bench", "training", "docs", "var", "estimator"]
# Attributes that people read or hear, some of them by way of a script.
HEARD = {"alt", "title", "aria-label", "placeholder", "aria-description", "data-idle", "data-no-heic"}
UNREAD = {"script", "style", "code", "pre", "kbd", "textarea"}


def make_language(folder):
    """Extract every text as a translator's tools do, and put it into brackets; the locale folder again."""
    messages = folder / CODE / "LC_MESSAGES"
    messages.mkdir(parents=True)
    for domain in ("django", "djangojs"):
        with override_settings(LOCALE_PATHS=[folder]):
            call_command("makemessages", locale=[CODE], domain=domain, ignore_patterns=NOT_OURS, verbosity=0)
        together = _tool("msgcat", "--use-first", messages / f"{domain}.po", *_of_django(domain))
        english = _tool("msgen", "-", text=together)
        marked = _tool("msgfilter", "--keep-header", "sed", "-e", "1s/^/⟦/", "-e", "$s/$/⟧/", text=english)
        _tool("msgfmt", "--check-format", "-o", messages / f"{domain}.mo", "-", text=marked)
    return folder


def _of_django(domain):
    """Django's own texts stand on our pages too."""
    return [DJANGO / part / f"locale/en/LC_MESSAGES/{domain}.po" for part in PARTS] if domain == "django" else []


def _tool(*command, text=None):
    done = subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def english(page):
    """Words of a page that no translation reaches."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    words = re.findall(r"[^\W\d_]{2,}", "".join(_outside(" ".join(reader.texts))))
    return {word for word in words if word.isascii()}


def _outside(text):
    """The characters that stand in no brackets: those of a sentence may stand in those of another."""
    depth = 0
    for character in text:
        depth += (character == "⟦") - (character == "⟧")
        yield character if depth == 0 else " "


class _Reader(HTMLParser):
    """Collects what a person reads or hears of a page, but for what says of itself that it is not to be translated."""

    def __init__(self):
        super().__init__()
        self.unread, self.texts = "", []  # the tag that nothing is read in

    def handle_starttag(self, tag, attributes):
        if not self.unread and (tag in UNREAD or ("translate", "no") in attributes):
            self.unread = tag
        self.texts += [value for name, value in attributes if name in HEARD and value]
        if tag == "input" and ("type", "submit") in attributes:
            self.texts.append(dict(attributes)["value"])

    def handle_endtag(self, tag):
        if tag == self.unread:
            self.unread = ""

    def handle_data(self, data):
        if not self.unread:
            self.texts.append(data)
