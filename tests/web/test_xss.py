"""Thirty payloads in every text field on every page: a page's structure is the same whatever the texts say.

The payloads go straight into the rows, past all cleaning: the pages alone have to stand them.
"""

import json
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from poseweb import services
from poseweb.accounts import access
from poseweb.api import tokens
from poseweb.models import AS_MEASURED, ApiToken, ClipResult, GaitResult, Invitation, Job, Network, Result, Upload
from poseweb.review import reviews
from poseweb.review.corrections import Correction
from tests.web import clips
from tests.web.conftest import draw, fail, finish, signed_in, submit

PAYLOADS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "` onmouseover=`alert(1)",
    '" autofocus onfocus=alert(1) x="',
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<form action=https://evil.example><button>x</button></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "</title><script>alert(1)</script>",
    "</textarea></select></option><img src=x onerror=alert(1)>",
    "<!--><script>alert(1)</script-->",
    "{{ 7|add:7 }}{% load log %}{% debug %}",
    "<div hx-get=/account hx-trigger=load hx-on:load=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u003cscript\u003ealert(1)\u003c/script\u003e\u2028\u0000\x1b",
]
PLAIN = "plain"
URLS = {"href", "src", "action", "formaction", "hx-get", "hx-post", "srcset", "data-submit"}


class Structure(HTMLParser):
    """Elements with the names of their attributes, and where their addresses lead: everything but the texts."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, sorted(name for name, _ in attrs)))
        for name, value in attrs:
            if name in URLS:
                assert value.startswith(("/", "?", "#", "http://testserver/")), value

    def handle_endtag(self, tag):
        self.found.append(tag)

    def handle_comment(self, data):
        self.found.append(("comment", data))


def structure(response):
    parser = Structure()
    parser.feed(response.content.decode())
    return parser.found


@pytest.fixture
def world(alice, bob, networks):
    """Rows with a text in every field that holds one; who looks where."""
    done, failed, waiting, unseen = (submit(alice, seed=seed) for seed in range(4))
    drawing = draw(finish(done, people=2))
    again = finish(services.run_again(done))
    finish(unseen)
    reviews.save(Result.objects.get(job=done), alice, 0, [Correction(0, removed=True)], accept=True)
    fail(failed)
    services.share(done.upload)
    services.set_public(done.upload, public=True)
    access.invite(bob, PLAIN)
    tokens.make(alice, PLAIN, "read")
    done.upload.refresh_from_db()
    as_alice, as_bob = signed_in(alice), signed_in(bob)
    jobs = [reverse("job", args=[job.pk]) for job in (done, failed, waiting)]
    cards = f"/jobs/cards?watch=row:{done.pk}:&watch=tile:{failed.pk}:&watch=row:{waiting.pk}:"
    fragments = [reverse("job-status", args=[done.pk]), reverse("map-status", args=[drawing.pk]), cards]
    mine = [
        reverse("review", args=[done.pk]),
        "/",
        "/photos",
        "/photos?people=many",
        "/jobs",
        "/public",
        "/account",
        "/account/password",
        *jobs,
        *fragments,
        f"{jobs[0]}?map={drawing.pk}",
    ]
    lists = [f"/admin/{name}/" for name in ("poseweb/job", "poseweb/upload", "poseweb/network", "auth/user")]
    changes = [reverse("admin:poseweb_job_change", args=[done.pk])]
    changes += [reverse(f"admin:poseweb_upload_{what}", args=[done.upload.pk]) for what in ("change", "delete")]
    review = reverse("review", args=[done.pk])
    theirs = ["/review", review, "/photos", "/invitations", "/admin/", jobs[0], *lists, *changes]
    compared = f"{reverse('compare', args=[done.pk])}?with={again.pk}"
    anyone = ["/public", reverse("job", args=[done.pk]), compared, reverse("shared", args=[done.upload.share_key])]
    return [(as_alice, mine + gait_pages(alice)), (as_bob, theirs), (Client(), anyone)]


def gait_pages(owner):
    """Reports of a run from behind and of a walk, one that failed, and the pages around them."""
    runs = clips.clip(owner, clips.run(rear=True))
    rear, walk = clips.report(runs), clips.report(clips.clip(owner, clips.walk()))
    failed = services.read_gait(runs, {**AS_MEASURED, "slow_motion": 2.0})
    fail(failed)
    pages = [reverse("gait", args=[job.pk]) for job in (rear, walk, failed)]
    ask = f"{reverse('gait-compare')}?a={rear.pk}&b={walk.pk}"
    return [*pages, reverse("protractor", args=[rear.pk]), ask, reverse("job", args=[runs.pk])]


def write_everywhere(text):
    """Every text field that people, files, networks or programs fill; those that are keys or closed lists stay."""
    Upload.objects.update(name=text[:150], note=text[:500])
    Job.objects.update(waiting_reason=text, error=text, error_code=text[:50])
    Job.objects.filter(kind=Job.Kind.MAP).update(options={"view": text, "stage": text, "alone": False})
    Result.objects.update(engine=text[:50], device=text[:50])
    ClipResult.objects.update(engine=text[:50], device=text[:50])
    GaitResult.objects.update(summary=text[:200])
    Network.objects.update(title=text, licence=text, summary=text, seen_at=timezone.now())
    Invitation.objects.update(note=text[:100])
    ApiToken.objects.update(name=text[:100])
    User.objects.filter(username="alice").update(first_name=text, last_name=text)
    User.objects.exclude(is_staff=True).update(username=text[:150], email=text[:100])


def test_a_text_is_a_text_on_every_page(world):
    def seen(text):
        write_everywhere(text)
        return {
            (number, address): structure(client.get(address))
            for number, (client, addresses) in enumerate(world)
            for address in addresses
        }

    expected = seen(PLAIN)
    assert len(expected) > 25
    for payload in PAYLOADS:
        for page, found in seen(payload.replace("\0", "")).items():
            assert found == expected[page], (page, payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_somebody_sends_comes_back_as_text(as_bob, bob, payload):
    """Fields that are shown again at once: forms that were not right, addresses, notes."""
    job, done = submit(bob, f"{PLAIN}.jpg", 1), finish(submit(bob, f"{PLAIN}.jpg", 2))
    answers = [
        lambda text: as_bob.post("/invitations", {"note": text}),
        lambda text: as_bob.post("/", {"network": text}),
        lambda text: as_bob.post("/account/tokens", {"name": text}),
        lambda text: as_bob.post("/account/tokens", {"name": text, "scope": text, "days": text}),
        lambda text: as_bob.get("/admin/poseweb/upload/", {"q": text}),
        lambda text: to_be_deleted(as_bob, job, text),
        lambda text: as_bob.post(reverse("review", args=[done.pk]), {"people": json.dumps(text), "revision": 0}),
        lambda text: Client().post("/login", {"username": text, "password": "x", "next": text}),
        lambda text: Client().get("/login", {"next": text}),
        lambda text: Client().post(access.invite(None).path, {"username": text, "email": text}),
        lambda text: as_bob.post("/account/password", {"old_password": text, "new_password1": text}),
        lambda text: as_bob.get("/photos", {"before": text}),
        lambda text: as_bob.get("/photos", {"q": text}),
        lambda text: as_bob.get("/photos", {"people": text, "since": text, "network": text}),
        lambda text: as_bob.post("/photos/selected", {"wish": "delete", "back": f"q={text}"}, follow=True),
        lambda text: as_bob.get("/nowhere/" + text.replace("\0", "")),
    ]
    for ask in answers:
        assert names(ask(payload)) <= names(ask(PLAIN)) | FAULTS


def to_be_deleted(client, job, text):
    """The admin's question about a photo of that name."""
    Upload.objects.filter(pk=job.upload_id).update(name=text[:150].replace("\0", ""))
    return client.post("/admin/poseweb/job/", {"action": "delete_photos", "_selected_action": [job.pk]})


# What a form adds to say what is wrong with a field; filters open to show it.
FAULTS = {
    "details open",
    "ul",
    "li",
    "ul class",
    "ul id",
    "input aria-invalid",
    "input aria-describedby",
    "input value",
}


def names(response):
    """The elements of a page, and their attributes, each once."""
    parts = [part for part in structure(response) if isinstance(part, tuple)]
    return {tag for tag, _ in parts} | {f"{tag} {name}" for tag, found in parts for name in found}
