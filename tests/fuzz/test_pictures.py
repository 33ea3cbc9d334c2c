"""Hostile files through every door: the check on upload, the decoder, the API, and a real worker."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from estimator import ImageError, read_image
from poseweb.errors import UploadRefused
from poseweb.models import Job, Upload
from poseweb.validators import check_picture
from tests.fuzz.hostile import SIZE, bombs, broken_metadata, mutations, polyglots
from tests.web.conftest import alice, as_alice, folders  # noqa: F401  fixtures

# What Pillow has to say about a file is for the log; everywhere else in these tests a warning is an error.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

MUTATIONS, SEED = 420, 20_261_122
NAMED = {**polyglots(), **bombs(), **broken_metadata()}
ROOT = Path(__file__).parents[2]
CODES = {"empty", "too_large", "unsupported_format", "not_a_picture", "too_many_pixels", "too_small"}


def through_the_check(data):
    """The code of the refusal, or nothing."""
    try:
        header = check_picture(SimpleUploadedFile("x", data), len(data))
    except UploadRefused as refused:
        return refused.code
    assert header.width * header.height <= 64_000_000
    return ""


def through_the_decoder(data):
    try:
        picture = read_image(data)
    except ImageError as error:
        return error.code
    assert picture.ndim == 3
    assert picture.dtype.name == "uint8"
    return ""


@pytest.mark.parametrize("batch", range(6))
def test_mutations_are_read_or_refused_and_nothing_else(batch):
    """Nothing but our own refusals comes out, and some files get through: the mutations are not all nonsense."""
    count = MUTATIONS // 6
    ends = {"check": {}, "decoder": {}}
    for _, data in mutations(count, SEED + batch):
        for door, send in (("check", through_the_check), ("decoder", through_the_decoder)):
            code = send(data)
            ends[door][code] = ends[door].get(code, 0) + 1
    assert sum(ends["check"].values()) == count
    assert set(ends["check"]) <= CODES | {""}
    assert ends["check"][""] > count // 10
    assert ends["decoder"][""] > count // 20
    assert ends["decoder"]["truncated"]


@pytest.mark.parametrize("name", NAMED)
def test_named_horrors_are_read_or_refused(name):
    assert through_the_check(NAMED[name]) in CODES | {""}
    through_the_decoder(NAMED[name])


MEMORY = """
import contextlib, io, resource, warnings
from django.conf import settings
settings.configure(MAX_UPLOAD_BYTES=2**30, USE_I18N=False)
from estimator import ImageError, read_image
from poseweb.errors import UploadRefused
from poseweb.validators import check_picture
from tests.fuzz.hostile import bombs
warnings.simplefilter("ignore")
made = bombs()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for data in made.values():
    with contextlib.suppress(UploadRefused):
        check_picture(io.BytesIO(data), len(data))
    with contextlib.suppress(ImageError):
        read_image(data)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_bombs_cost_little_memory():
    """In a process of its own, whose peak says something."""
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, check=True, cwd=ROOT)
    assert int(done.stdout) < 100_000, "kB"


@pytest.mark.parametrize("name", broken_metadata())
def test_sound_pixels_are_read_whatever_their_metadata_says(name):
    picture = read_image(broken_metadata()[name])
    assert sorted(picture.shape[:2]) == sorted(SIZE)


def test_a_polyglot_is_served_as_a_download_that_nothing_runs(as_alice):  # noqa: F811
    for name, data in polyglots().items():
        response = as_alice.post("/api/v1/jobs", {"file": SimpleUploadedFile("x.html", data, content_type="text/html")})
        if response.status_code == 202:
            upload = Job.objects.get(pk=response.json()["id"]).upload
            served = as_alice.get(f"/photos/{upload.pk}/original")
            assert b"".join(served) == data
            assert served.headers["Content-Type"] == "application/octet-stream", name
            assert served.headers["Content-Disposition"].startswith("attachment")
            assert served.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in served.headers["Content-Security-Policy"]
            assert not upload.file.endswith("html")


def test_the_api_answers_every_one_of_them(as_alice, settings):  # noqa: F811
    settings.JOBS_PER_HOUR = 0
    files = [*mutations(340, SEED), *NAMED.items()]
    answers = [as_alice.post("/api/v1/jobs", {"file": SimpleUploadedFile("x.jpg", data)}) for _, data in files]
    codes = {answer.status_code for answer in answers}
    assert codes == {202, 422}
    for answer in answers:
        assert answer.status_code == 202 or answer.json()["error_code"] in CODES
    assert Upload.objects.count() == len({answer.json()["id"] for answer in answers if answer.status_code == 202})
