"""What every page sends along, and what no page contains: nothing inline, nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from poseweb.models import Job
from tests.web.conftest import fail, finish, submit


class Inline(HTMLParser):
    """Collects what the content security policy would block."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        data = dict(attrs).get("type") == "application/json"  # nothing that runs
        if tag == "style" or (tag == "script" and "src" not in names and not data):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or name.startswith("on")]
        self.found += [value for name, value in attrs if name in ("src", "href", "action") and "//" in (value or "")]


@pytest.fixture
def pages(as_alice, alice, networks, client):
    queued, running, failed, done = (submit(alice, seed=i) for i in range(4))
    Job.objects.claim(running.pk)
    fail(failed)
    finish(done, people=2)
    inside = ["/", "/photos", "/nowhere", *(reverse("job", args=[job.pk]) for job in (queued, running, failed, done))]
    inside += [reverse("account"), reverse("api-docs")]
    return [as_alice.get(address) for address in inside] + [client.get("/login")]


def test_nothing_is_inline_and_nothing_foreign(pages):
    for page in pages:
        parser = Inline()
        parser.feed(page.content.decode())
        assert parser.found == []


def test_every_page_carries_the_headers(pages):
    for page in pages:
        policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'self'"
        assert policy["img-src"] == "'self' blob:"
        assert {policy[name] for name in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}
        assert "unsafe" not in str(policy)
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Referrer-Policy"] == "same-origin"


def test_every_form_that_posts_carries_its_token(pages):
    for page in pages:
        for form in re.findall(r'<form[^>]*method="post".*?</form>', page.content.decode(), re.DOTALL):
            assert "csrfmiddlewaretoken" in form
