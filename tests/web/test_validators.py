"""Every check on an upload: its code, its sentence, and what passes."""

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from poseweb.errors import UploadRefused
from poseweb.validators import READABLE, Header, check_picture, clean_name


def encoded(kind, size=(40, 30), mode="RGB", **options):
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width, height):
    """A PNG of that size by its header; hardly any data follows."""
    parts = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")):
        parts += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return parts


def check(data, size=None):
    return check_picture(io.BytesIO(data), len(data) if size is None else size)


def refusal(data, size=None):
    with pytest.raises(UploadRefused) as caught:
        check(data, size)
    assert caught.value.user_message.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("kind", "extension"),
    [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("BMP", "bmp"), ("TIFF", "tif"), ("GIF", "gif")],
)
def test_each_format_is_taken_under_the_extension_of_its_content(kind, extension):
    assert kind in READABLE
    assert check(encoded(kind)) == Header(extension, 40, 30)


def test_a_phone_picture_with_a_second_one_inside_is_a_jpeg():
    data = encoded("MPO", save_all=True, append_images=[Image.new("RGB", (40, 30))])
    assert check(data) == Header("jpg", 40, 30)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK"])
def test_colour_is_no_reason_to_refuse(mode):
    assert check(encoded("TIFF", mode=mode)).extension == "tif"


def test_sixteen_bits_and_alpha_are_no_reason_to_refuse():
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((30, 40), np.uint16)).save(buffer, "PNG")
    assert check(buffer.getvalue()) == Header("png", 40, 30)
    assert check(encoded("PNG", mode="RGBA")) == Header("png", 40, 30)


def test_empty():
    assert refusal(b"").code == "empty"


def test_too_large(settings):
    settings.MAX_UPLOAD_BYTES = 2**20
    assert check(encoded("JPEG"), size=2**20)
    error = refusal(encoded("JPEG"), size=2**20 + 1)
    assert error.code == "too_large"
    assert "1 MB" in error.user_message


@pytest.mark.parametrize(
    "data", [b"text", b"\0" * 1000, b"\xff\xd8\xff", encoded("JPEG")[:20], encoded("PNG")[:20], b"RIFF\0\0\0\0WEBP"]
)
def test_not_a_picture(data):
    assert refusal(data).code == "not_a_picture"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "video"),
        (b"%PDF-1.7", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    ],
)
def test_what_people_do_send_and_we_do_not_read_is_named(data, name):
    error = refusal(data)
    assert error.code == "unsupported_format"
    assert name in error.user_message


@pytest.mark.parametrize("kind", ["PPM", "ICNS", "PCX", "TGA", "EPS"])
def test_what_pillow_could_read_besides_is_not_tried(kind):
    assert refusal(encoded(kind, size=(32, 32))).code == "not_a_picture"


@pytest.mark.parametrize("size", [(8001, 8000), (16_001, 16), (16, 16_001), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels(size):
    assert refusal(png_header(*size)).code == "too_many_pixels"


@pytest.mark.parametrize("size", [(8000, 8000), (16_000, 16), (16, 16)])
def test_the_limits_themselves_are_taken(size):
    assert check(png_header(*size)) == Header("png", *size)


@pytest.mark.parametrize("size", [(15, 16), (16, 15), (1, 1)])
def test_too_small(size):
    error = refusal(encoded("PNG", size=size))
    assert error.code == "too_small"
    assert f"{size[0]} × {size[1]}" in error.user_message


BOMB = """
import io, resource, sys
from django.conf import settings
settings.configure(MAX_UPLOAD_BYTES=2**30, USE_I18N=False)
from poseweb.errors import UploadRefused
from poseweb.validators import check_picture
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
data = sys.stdin.buffer.read()
try:
    check_picture(io.BytesIO(data), len(data))
except UploadRefused as error:
    print(error.code)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF"])
def test_a_bomb_is_refused_before_it_costs_memory(kind):
    size = (16_300, 4_000) if kind == "WEBP" else (16_001, 4_000)
    options = {"lossless": True, "method": 0} if kind == "WEBP" else {}
    compression = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
    bomb = encoded(kind, size=size, mode="RGB" if kind == "WEBP" else "L", **options, **compression)
    assert len(bomb) < 2_000_000
    done = subprocess.run([sys.executable, "-c", BOMB], input=bomb, capture_output=True, check=True)
    code, kibibytes = done.stdout.split()
    assert code == b"too_many_pixels"
    assert int(kibibytes) < 60_000


def test_the_stream_is_left_at_its_start():
    stream = io.BytesIO(encoded("JPEG"))
    check_picture(stream, 100)
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("a\0b\nc\x1b[31m.jpg", "abc[31m.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("  much   space .jpg ", "much space .jpg"),
        ("Zoe\u0308.jpg", "Zoë.jpg"),
        ("<script>alert(1)<", "<script>alert(1)<"),
        ("<script>alert(1)</script>.jpg", "script>.jpg"),
        ("", "photo"),
        ("..", "photo"),
        ("/", "photo"),
        ("\u200b", "photo"),
        ("東京.jpg", "東京.jpg"),
    ],
)
def test_a_name_is_cleaned_for_display(name, clean):
    assert clean_name(name) == clean


def test_a_long_name_keeps_its_end():
    name = clean_name("x" * 5000 + ".jpeg")
    assert len(name) == 150
    assert name.endswith("….jpeg")
    assert len(clean_name("x" * 200 + "." + "y" * 200)) == 150
