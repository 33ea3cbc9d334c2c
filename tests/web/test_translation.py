"""Every text of a page can be translated: in a made-up language (texts.py), no page has a word of English left."""

import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from poseweb import services, tasks
from poseweb.models import Job
from poseweb.pages.gallery import DEEDS
from tests.web import texts
from tests.web.clip_cast import submit_clip
from tests.web.conftest import fail, finish, signed_in, submit
from tests.web.routes import MATRIX, OK, address_of, job_for

SCRIPTS = Path(__file__).parents[2] / "static" / "js"
# Names, formats and units.
NAMES = set(
    "poseweb AP API AVI BMP COCO CSV GIF HEIC JPEG JSON MIT MKV MOV MP OpenPose PAF PAFs PNG TIFF WebM WebP ZIP ms mp "
    "onnxruntime cpu alice bob charlie".split()
)
STORED = r"\S+\.(jpg|mp4)|The (better|built-in) one|A line\."  # file names, and what the cast's networks are called
IN_ENGLISH = {"api-docs"}  # the API's description of itself
PAGES = [route for route, row in MATRIX.items() if row[0] == "get" and OK in row[2:] and route not in IN_ENGLISH]


@pytest.fixture(scope="module")
def language(tmp_path_factory):
    """The locale folder of the made-up language."""
    if not shutil.which("xgettext"):
        pytest.skip("Texts cannot be extracted: install the Debian package gettext.")
    return texts.make_language(tmp_path_factory.mktemp("locale"))


@pytest.fixture(autouse=True)
def spoken(settings, language):
    settings.LOCALE_PATHS = [language]
    settings.LANGUAGES = [(texts.CODE, "Made up")]
    settings.LANGUAGE_CODE = texts.CODE


def assert_translated(response):
    content = b"".join(response)  # of a file too: it is closed then
    if response.headers.get("Content-Type", "").startswith("text/html"):
        assert texts.english(re.sub(STORED, "", content.decode())) - NAMES == set()


@pytest.mark.parametrize("route", PAGES)
def test_no_page_has_a_text_that_cannot_be_translated(route, alice, bob, networks):
    address = address_of(route, job_for(route, alice))
    for client in (Client(), signed_in(alice), signed_in(bob)):
        assert_translated(client.get(address))


def running(owner):
    job = submit(owner)
    Job.objects.claim(job.pk)
    return job


def cancelled(job):
    services.cancel(job)
    return job


STATES = {
    "queued": submit,
    "running": running,
    "failed": lambda owner: fail(submit(owner), sentence=tasks.INTERNAL),
    "cancelled": lambda owner: cancelled(submit(owner)),
    "nobody found": lambda owner: finish(submit(owner), people=0),
    "several people": lambda owner: finish(submit(owner), people=3),
    "clip queued": lambda owner: submit_clip(owner, settings.MEDIA_ROOT.parent),
    "clip cancelled": lambda owner: cancelled(submit_clip(owner, settings.MEDIA_ROOT.parent)),
}


@pytest.mark.parametrize("state", STATES)
def test_nor_has_a_job_in_any_state(state, alice, as_alice, networks):
    job = STATES[state](alice)
    for address in (reverse("job", args=[job.pk]), reverse("queue"), reverse("gallery")):
        assert_translated(as_alice.get(address))


def test_nor_has_an_answer_to_what_somebody_does(alice, as_alice, as_bob, networks):
    job = finish(submit(alice))
    assert_translated(as_alice.get("/nothing"))
    assert_translated(as_alice.get(reverse("gallery"), {"people": "0", "status": "failed"}))
    assert_translated(as_alice.post("/", {}))
    assert_translated(as_alice.post("/", {"file": SimpleUploadedFile("photo.jpg", b"text")}))
    assert_translated(as_alice.post(reverse("note", args=[job.upload.pk]), {"note": "alice"}, follow=True))
    assert_translated(as_alice.post(reverse("make-token"), {"name": "", "scope": "read"}, follow=True))
    assert_translated(as_bob.post(reverse("invitations"), {"note": ""}, follow=True))
    for deed in DEEDS:
        assert_translated(as_alice.post(reverse("selection"), {"wish": deed, "photo": [job.upload.pk]}, follow=True))


def test_a_percent_sign_alone_is_no_placeholder(language):
    """Else the tools would not let a translator move it."""
    entries = (language / texts.CODE / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8").split("\n\n")
    of_percent = [entry for entry in entries if 'msgid "% ' in entry]
    assert len(of_percent) == 2
    assert not any("#, python-format" in entry for entry in of_percent)


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.js")), ids=lambda script: script.name)
def test_scripts_say_nothing_that_is_not_in_the_catalogue(script):
    source = re.sub(r"//[^\n]*", "", script.read_text(encoding="utf-8"))  # comments are for us
    for said in re.finditer(r'"[A-Z][a-z]+ [^"]*"', source):
        assert re.search(r"gettext\([^()]*$", source[: said.start()]), said.group()


def test_the_catalogue_of_scripts_is_in_the_language(client):
    assert r"\u27e6Uploading %s\u27e7" in client.get(reverse("texts")).content.decode()
