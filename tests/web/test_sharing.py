"""Showing a photo to others: to everybody, or to who has the link; never the original, never where it was taken."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from estimator import COCO_18, PoseFrame, draw_poses, read_image, shrink, write_image
from poseweb import services
from poseweb.models import Job, Upload
from tests.files import path_of
from tests.web.conftest import draw, finish, person, submit


@pytest.fixture
def job(alice):
    return finish(submit(alice, "holiday.jpg"), people=2)


def wish(client, job, what):
    response = client.post(reverse("sharing", args=[job.upload.pk]), {"wish": what}, follow=True)
    job.upload.refresh_from_db()
    return response.content.decode()


def test_photos_are_private_until_their_owner_says_otherwise(job, client):
    assert not job.upload.public
    assert job.upload.share_key is None
    assert "Nothing public yet" in client.get("/public").content.decode()


def test_a_link_shows_the_photo_and_is_taken_back(job, as_alice):
    page = wish(as_alice, job, "share")
    link = reverse("shared", args=[job.upload.share_key])
    assert f"http://testserver{link}" in as_alice.get(reverse("job", args=[job.pk])).content.decode()
    assert "Who has the link can see this photo now." in page
    visitor = Client()
    shown = visitor.get(link)
    assert "holiday.jpg" in shown.content.decode()
    assert "Person 2" in shown.content.decode()
    assert "alice" not in shown.content.decode()
    assert (shown.headers["X-Robots-Tag"], "no-store" in shown.headers["Cache-Control"]) == ("noindex", True)
    picture = visitor.get(f"{link}/image")
    assert (picture.headers["Content-Type"], picture.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    assert b"".join(picture).startswith(b"\xff\xd8")
    assert len(visitor.get(f"{link}/poses.json").json()["people"]) == 2
    wish(as_alice, job, "stop")
    assert {visitor.get(link + part).status_code for part in ("", "/image", "/poses.json")} == {404}


def test_another_link_is_another_one(job, as_alice):
    wish(as_alice, job, "share")
    first = job.upload.share_key
    wish(as_alice, job, "share")
    assert job.upload.share_key == first, "asking twice breaks no link"
    wish(as_alice, job, "stop")
    wish(as_alice, job, "share")
    assert job.upload.share_key not in (None, first)
    assert len(first) == 43, "256 bits"


def test_a_link_to_a_photo_without_result_says_so(alice, client):
    job = submit(alice)
    services.share(job.upload)
    job.upload.refresh_from_db()
    link = reverse("shared", args=[job.upload.share_key])
    assert "Nothing to see yet" in client.get(link).content.decode()
    assert client.get(f"{link}/image").status_code == 404


def test_a_public_photo_is_there_for_everybody_until_it_is_hidden(job, as_alice, as_charlie, client):
    wish(as_alice, job, "publish")
    address = reverse("job", args=[job.pk])
    assert address in client.get("/public").content.decode()
    page = client.get(address).content.decode()
    assert "holiday.jpg" in page
    assert "by alice" not in page
    assert "by alice" in as_charlie.get(address).content.decode()
    for forbidden in ("original", "Delete", "Run again", "What the network sees", "Who sees it"):
        assert forbidden not in page
    assert address not in as_charlie.get("/photos").content.decode(), "the gallery is one's own"
    wish(as_alice, job, "hide")
    assert client.get(address).status_code == 302
    assert address not in client.get("/public").content.decode()


@pytest.mark.parametrize("what", ["", "everything", "publish\n"])
def test_an_odd_wish_changes_nothing(job, as_alice, what):
    wish(as_alice, job, what)
    assert (job.upload.public, job.upload.share_key) == (False, None)


def test_nobody_else_shares_it(job, as_charlie, client):
    for visitor in (as_charlie, client):
        for what in ("publish", "share"):
            wish(visitor, job, what)
    assert (job.upload.public, job.upload.share_key) == (False, None)


def with_gps():
    """A photo that says where it was taken, who by, and holds a small copy of itself."""
    exif = Image.Exif()
    exif[0x013B] = "Alice of Lonely Street 7"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    buffer = io.BytesIO()
    profile = b"\0" * 40 + b"a profile that names a printer"
    picture = Image.effect_noise((160, 120), 90).convert("RGB")
    picture.save(buffer, "JPEG", exif=exif, icc_profile=profile, comment=b"a comment")
    return buffer.getvalue()


def test_where_it_was_taken_never_leaves(alice, as_alice):
    """Through the very functions of the pipeline: read, drawn, written."""
    data = with_gps()
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    job = finish(services.submit(alice, SimpleUploadedFile("x.jpg", data)).job)
    image = read_image(path_of(job.upload.file).read_bytes())
    from_photo = {
        "annotated": write_image(image),
        "drawn": write_image(draw_poses(image, PoseFrame(COCO_18, 160, 120, (person(),)))),
        "thumbnail": write_image(shrink(image, 64)),
    }
    served = {name: b"".join(as_alice.get(reverse(name, args=[job.pk]))) for name in ("photo", "image", "thumbnail")}
    served["map"] = b"".join(as_alice.get(reverse("map-image", args=[draw(job).pk])))
    for name, picture in (from_photo | served).items():
        opened = Image.open(io.BytesIO(picture))
        assert not opened.getexif(), name
        assert not {"icc_profile", "exif", "comment", "xmp"} & set(opened.info), name
        assert b"Lonely Street" not in picture
    original = as_alice.get(reverse("original", args=[job.upload.pk]))
    assert b"".join(original) == data, "its owner gets back what was sent"
    assert original.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name", ['a"; filename=evil.exe', "a\r\nSet-Cookie: x=1", "../../etc/passwd", "東京 – ü.jpg", "a;b\\c%00"]
)
def test_a_hostile_name_breaks_no_header(alice, as_alice, name):
    """RFC 6266: the name is quoted or encoded, whatever it is; rows are written past all cleaning."""
    job = finish(submit(alice))
    Upload.objects.update(name=name)
    for address in (reverse("original", args=[job.upload.pk]), reverse("image", args=[job.pk])):
        response = as_alice.get(address)
        b"".join(response)
        said = response.headers["Content-Disposition"]
        assert "\n" not in said
        assert said.count("filename") == 1 + said.count('\\"; filename=evil')
        assert "Set-Cookie" not in response.headers
        assert said.isascii()


def test_deleting_ends_sharing(job, as_alice, client):
    wish(as_alice, job, "share")
    link = reverse("shared", args=[job.upload.share_key])
    services.delete(job.upload)
    assert client.get(link).status_code == 404
    assert not Upload.objects.exists()
    assert not Job.objects.exists()
