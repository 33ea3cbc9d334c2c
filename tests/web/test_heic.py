"""HEIC: taken in by its header alone, decoded by the estimator, upright."""

import io
import subprocess
import sys

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from estimator import ImageError, read_image
from poseweb import heic, services
from poseweb.errors import UploadRefused
from poseweb.models import Upload
from poseweb.validators import check_picture

pillow_heif = pytest.importorskip("pillow_heif")


def picture(width=200, height=120):
    """Red on the left, green above on the right: no two turns of it look the same."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = 255, 0, 0
    pixels[: height // 2, width // 2 :] = 0, 255, 0
    return Image.fromarray(pixels)


def encoded(kind, orientation=1, **size):
    exif = Image.Exif()
    exif[0x0112] = orientation
    pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    picture(**size).save(buffer, kind, quality=90, exif=exif.tobytes())
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_as_of_a_jpeg(orientation):
    upright = read_image(encoded("JPEG", orientation)).astype(int)
    found = read_image(encoded("HEIF", orientation)).astype(int)
    assert found.shape == upright.shape
    assert np.abs(found - upright).mean() < 4


@pytest.mark.parametrize("size", [(200, 120), (64, 64), (1200, 800)])
def test_the_header_tells_the_size(size):
    data = encoded("HEIF", 6, width=size[0], height=size[1])
    header = check_picture(io.BytesIO(data), len(data))
    assert (header.extension, header.width, header.height) == ("heic", *size)


def test_taking_one_in_decodes_nothing(alice):
    upload = services.submit(alice, SimpleUploadedFile("IMG_1.HEIC", encoded("HEIF"))).job.upload
    assert upload.file.endswith(".heic")
    assert (upload.width, upload.height) == (200, 120)
    code = "import poseweb.validators, sys; sys.exit('pillow_heif' in sys.modules)"
    environment = {"DJANGO_SETTINGS_MODULE": "poseweb.settings", "PATH": "/usr/bin"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:60],
        lambda data: data[:24] + b"\0" * 200,
        lambda data: data.replace(b"ispe", b"spie"),
        lambda data: data[:24] + b"\0\0\0\x01meta" + b"\xff" * 8 + data[24:],
        lambda data: data[:24] + (b"\0\0\0\x08free" * 5000) + data[24:],
    ],
)
def test_a_damaged_one_is_refused_and_nothing_is_kept(alice, damage):
    with pytest.raises(UploadRefused) as refused:
        services.submit(alice, SimpleUploadedFile("x.heic", damage(encoded("HEIF"))))
    assert refused.value.code == "not_a_picture"
    assert not Upload.objects.exists()


@pytest.mark.parametrize("seed", range(4))
def test_any_bytes_are_read_or_refused_and_nothing_else(seed):
    data, random = encoded("HEIF"), np.random.default_rng(seed)
    for _ in range(150):
        bad = bytearray(data)
        for place in random.integers(8, 500, random.integers(1, 12)):
            bad[place] = random.integers(0, 256)
        try:
            header = check_picture(io.BytesIO(bad), len(bad))
        except UploadRefused:
            continue
        assert min(header.width, header.height) >= 16


def test_one_cut_short_fails_in_the_worker_with_its_sentence():
    data = encoded("HEIF", width=800, height=600)
    with pytest.raises(ImageError) as refused:
        read_image(data[: len(data) - 300])
    assert refused.value.code in {"truncated", "not_a_picture"}


def test_a_bomb_is_seen_in_the_header(alice):
    data = encoded("HEIF")
    place = data.index(b"ispe") + 8
    bomb = data[:place] + (60_000).to_bytes(4, "big") * 2 + data[place + 8 :]
    with pytest.raises(UploadRefused) as refused:
        services.submit(alice, SimpleUploadedFile("x.heic", bomb))
    assert refused.value.code == "too_many_pixels"


def test_without_the_extra_a_sentence_says_how_to_install_it(alice, monkeypatch):
    data = encoded("HEIF")
    monkeypatch.setattr(heic, "INSTALLED", False)
    with pytest.raises(UploadRefused) as refused:
        services.submit(alice, SimpleUploadedFile("x.heic", data))
    assert refused.value.code == "unsupported_format"
    assert "Save it as JPEG or PNG" in refused.value.user_message
    assert "requirements-heic.txt" in refused.value.user_message
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(ImageError, match="requirements-heic"):
        read_image(data)
