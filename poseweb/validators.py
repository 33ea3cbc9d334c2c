"""What a picture must be to be taken in: one list of checks, each with a code and a sentence.

Only the header is read here: a small file can hold more pixels than memory. What the header cannot tell (a file
cut short) the worker finds out. The content decides, never the extension.
"""

import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from django.conf import settings
from PIL import Image, UnidentifiedImageError

from poseweb import heic
from poseweb.errors import UploadRefused

EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp", "TIFF": "tif", "GIF": "gif"}
READABLE = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
MAX_PIXELS = 64_000_000
MAX_SIDE = 16_000
MIN_SIDE = 16
NAME_LENGTH = 150

NO_HEIC = (
    "A HEIC file cannot be read here. Save it as JPEG or PNG, "
    f"or have whoever runs this poseweb install what reads it: {heic.INSTALL}"
)

# Where the bytes of a format that people do upload, and we do not read, lie, and what to call it.
UNREADABLE = (
    (4, b"ftypavi", "AVIF"),
    (4, b"ftypmif1", "AVIF"),  # one that is no HEIC
    (4, b"ftyp", "video"),
    (0, b"\x1a\x45\xdf\xa3", "video"),
    (8, b"AVI ", "video"),
    (0, b"%PDF", "PDF"),
    (0, b"8BPS", "Photoshop"),
    (0, b"<svg", "SVG"),
    (0, b"\x00\x00\x00\x0cjP", "JPEG 2000"),
)


class Candidate:
    """A file that somebody wants to upload."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream = stream
        self.bytes = size

    @cached_property
    def image(self) -> Image.Image:
        """The picture with its header read and its pixels not."""
        self.stream.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            return Image.open(self.stream, formats=READABLE)

    @cached_property
    def is_heic(self) -> bool:
        return heic.is_heic(self.start)

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height, from the header."""
        return heic.read_size(self.stream) if self.is_heic else self.image.size

    @property
    def extension(self) -> str:
        return "heic" if self.is_heic else EXTENSIONS[self.image.format or ""]

    @cached_property
    def start(self) -> bytes:
        self.stream.seek(0)
        return self.stream.read(32)


@dataclass(frozen=True)
class Header:
    """What a picture's header says; width and height before any EXIF rotation."""

    extension: str
    width: int
    height: int


def _not_empty(candidate: Candidate) -> None:
    if not candidate.bytes:
        raise UploadRefused("The file is empty. Choose the photo again.", "empty")


def _within_bytes(candidate: Candidate) -> None:
    if candidate.bytes > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES // 2**20
        raise UploadRefused(f"The file is larger than {limit} MB. Make the photo smaller first.", "too_large")


def _supported(candidate: Candidate) -> None:
    if candidate.is_heic:
        if not heic.INSTALLED:
            raise UploadRefused(NO_HEIC, "unsupported_format")
        return
    for offset, magic, name in UNREADABLE:
        if candidate.start[offset:].startswith(magic):
            raise UploadRefused(f"A {name} file cannot be read here. Save it as JPEG or PNG.", "unsupported_format")


def _is_picture(candidate: Candidate) -> None:
    try:
        _ = candidate.size
    except Image.DecompressionBombError:
        raise _too_many_pixels("far more pixels than that") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        sentence = f"This is neither a photo nor a clip. Use one of {', '.join(READABLE)}; MP4, MOV, WebM, MKV or AVI."
        raise UploadRefused(sentence, "not_a_picture") from None


def _within_pixels(candidate: Candidate) -> None:
    width, height = candidate.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise _too_many_pixels(f"{width} × {height} pixels")


def _large_enough(candidate: Candidate) -> None:
    width, height = candidate.size
    if min(width, height) < MIN_SIDE:
        sentence = f"The picture has {width} × {height} pixels; it needs at least {MIN_SIDE} a side."
        raise UploadRefused(sentence, "too_small")


def _too_many_pixels(size: str) -> UploadRefused:
    limits = f"at most {MAX_PIXELS // 10**6} megapixels and {MAX_SIDE:,} pixels a side are read"
    return UploadRefused(f"The picture has {size}; {limits}. Make it smaller first.", "too_many_pixels")


CHECKS: tuple[Callable[[Candidate], None], ...] = (
    _not_empty,
    _within_bytes,
    _supported,
    _is_picture,
    _within_pixels,
    _large_enough,
)


def check_picture(stream: BinaryIO, size: int) -> Header:
    """Run every check on a file of `size` bytes; the stream is left at its start.

    Raises:
        UploadRefused: code `empty`, `too_large`, `unsupported_format`, `not_a_picture`, `too_many_pixels` or
            `too_small`.
    """
    candidate = Candidate(stream, size)
    for check in CHECKS:
        check(candidate)
    stream.seek(0)
    return Header(candidate.extension, *candidate.size)


def clean_name(name: str) -> str:
    """A file's name for people to read: no folders, nothing invisible, of a bearable length. Never used as a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(sign for sign in unicodedata.normalize("NFC", last) if unicodedata.category(sign)[0] != "C")
    short = " ".join(visible.split()).strip(".")
    if len(short) > NAME_LENGTH:
        stem, dot, extension = short.rpartition(".")
        tail = f"…{dot}{extension}"[:20] if stem else "…"
        short = short[: NAME_LENGTH - len(tail)] + tail
    return short or "photo"
