"""Bytes → upright RGB, for everything a phone, a scanner or an enemy may send."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from estimator import ImageError, ImageLimits, read_image, shrink, write_image

RED, WHITE = (255, 0, 0), (255, 255, 255)


def saved(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def code_of(data, limits=None):
    with pytest.raises(ImageError) as caught:
        read_image(data, limits)
    assert caught.value.user_message.endswith(".")
    return caught.value.code


@pytest.fixture
def corner():
    """40 × 20, blue, with a red top left corner."""
    image = Image.new("RGB", (40, 20), (0, 0, 255))
    image.paste(RED, (0, 0, 10, 5))
    return image


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_lossless_formats_come_back_exactly(corner, kind):
    assert np.array_equal(read_image(saved(corner, kind)), np.asarray(corner))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_formats_come_back_nearly(corner, kind):
    picture = read_image(saved(corner, kind, quality=95)).astype(int)
    assert abs(picture - np.asarray(corner)).mean() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_exif_orientations_come_out_upright(corner, orientation):
    undo = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90",
            7: "TRANSVERSE", 8: "ROTATE_270"}  # fmt: skip
    stored = corner.transpose(Image.Transpose[undo[orientation]]) if orientation in undo else corner
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(read_image(saved(stored, "PNG", exif=exif)), np.asarray(corner))


def test_sixteen_bit_grey_is_scaled_not_clipped_to_white():
    ramp = np.linspace(0, 65535, 64 * 32).astype(np.uint16).reshape(32, 64)
    picture = read_image(saved(Image.fromarray(ramp)))
    assert picture[0, 0, 0] == 0
    assert picture[-1, -1, 0] == 255
    assert abs(int(np.median(picture)) - 127) <= 1


def test_cmyk_becomes_rgb():
    picture = read_image(saved(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "JPEG", quality=95))
    assert picture.mean(axis=(0, 1)) == pytest.approx(RED, abs=6)


def test_a_palette_with_transparency_is_laid_on_white():
    image = Image.new("P", (32, 32), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    picture = read_image(saved(image, "PNG", transparency=1))
    assert tuple(picture[0, 0]) == WHITE
    assert tuple(read_image(saved(image))[0, 0]) == RED


def test_alpha_is_laid_on_white():
    image = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 16, 32))
    picture = read_image(saved(image))
    assert tuple(picture[0, 0]) == RED
    assert tuple(picture[0, 31]) == WHITE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I", "F"])
def test_other_modes_decode(mode):
    image = Image.new("L", (32, 32), 200).convert(mode)
    assert read_image(saved(image, "TIFF" if mode in "IF" else "PNG")).shape == (32, 32, 3)


def test_empty_text_and_unknown_formats_are_refused(corner):
    assert code_of(b"") == "empty"
    assert code_of(b"hello, I am a text") == "not_a_picture"
    assert code_of(saved(corner, "ICO")) == "not_a_picture"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_a_file_cut_short_is_refused(kind):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = saved(Image.fromarray(noise), kind)
    assert code_of(data[: len(data) // 2]) in ("truncated", "not_a_picture")


def test_a_bomb_is_refused_from_its_header():
    """A PNG that says 60,000 × 60,000 and holds nothing: anyone who decodes first fails on the data instead."""
    assert code_of(_png_header(60_000, 60_000)) == "too_many_pixels"
    assert code_of(_png_header(16_001, 20)) == "too_many_pixels"
    assert code_of(_png_header(9_000, 9_000)) == "too_many_pixels"


def test_too_small(corner):
    assert code_of(saved(corner.crop((0, 0, 15, 20)))) == "too_small"
    assert read_image(saved(corner.crop((0, 0, 16, 16)))).shape == (16, 16, 3)


def test_limits_can_be_changed(corner):
    assert code_of(saved(corner), ImageLimits(max_pixels=700)) == "too_many_pixels"


def test_written_pictures_read_back():
    noise = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    assert np.array_equal(read_image(write_image(noise, "PNG")), noise)


def _png_header(width, height):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "small"), [((1000, 500), (480, 240)), ((300, 600), (240, 480)), ((100, 20), (100, 20))]
)
def test_a_picture_is_made_small_enough_and_never_larger(size, small):
    flat = np.full((size[1], size[0], 3), 77, np.uint8)
    shrunk = shrink(flat, 480)
    assert (shrunk.shape[1], shrunk.shape[0]) == small
    assert (shrunk == 77).all()
