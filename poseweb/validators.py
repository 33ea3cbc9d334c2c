"""What a picture must be to be taken in: one list of checks, each with a code and a sentence.

Only the header is read here: a small file can hold more pixels than memory. What the header cannot tell (a file
cut short) the worker finds out. The content decides, never the extension.
"""

import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from PIL import Image, UnidentifiedImageError

from poseweb import heic
from poseweb.errors import UploadRefused

EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp", "TIFF": "tif", "GIF": "gif"}
READABLE = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
MAX_PIXELS = 64_000_000
MAX_SIDE = 16_000
MIN_SIDE = 16
NAME_LENGTH = 150

VIDEO = gettext_noop("video")

# Where the bytes of a format that people do upload, and we do not read, lie, and what to call it.
UNREADABLE = (
    (4, b"ftypavi", "AVIF"),
    (4, b"ftypmif1", "AVIF"),  # one that is no HEIC
    (4, b"ftyp", VIDEO),
    (0, b"\x1a\x45\xdf\xa3", VIDEO),
    (8, b"AVI ", VIDEO),
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
        raise UploadRefused(_("The file is empty. Choose the photo again."), "empty")


def _within_bytes(candidate: Candidate) -> None:
    if candidate.bytes > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES // 2**20
        sentence = _("The file is larger than %(limit)s MB. Make the photo smaller first.") % {"limit": limit}
        raise UploadRefused(sentence, "too_large")


def _supported(candidate: Candidate) -> None:
    if candidate.is_heic:
        if not heic.INSTALLED:
            raise UploadRefused(no_heic(), "unsupported_format")
        return
    for offset, magic, name in UNREADABLE:
        if candidate.start[offset:].startswith(magic):
            sentence = _("A %(format)s file cannot be read here. Save it as JPEG or PNG.") % {"format": _(name)}
            raise UploadRefused(sentence, "unsupported_format")


def _is_picture(candidate: Candidate) -> None:
    try:
        candidate.size  # noqa: B018  is read here
    except Image.DecompressionBombError:
        sentence = _(
            "The picture has far more pixels than that; at most %(megapixels)s megapixels and %(side)s pixels a side "
            "are read. Make it smaller first."
        )
        raise UploadRefused(sentence % _most_pixels(), "too_many_pixels") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        sentence = _("This is neither a photo nor a clip. Use one of %(formats)s; MP4, MOV, WebM, MKV or AVI.")
        raise UploadRefused(sentence % {"formats": ", ".join(READABLE)}, "not_a_picture") from None


def _within_pixels(candidate: Candidate) -> None:
    width, height = candidate.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        sentence = _(
            "The picture has %(width)s × %(height)s pixels; at most %(megapixels)s megapixels and %(side)s pixels a "
            "side are read. Make it smaller first."
        )
        raise UploadRefused(sentence % {"width": width, "height": height, **_most_pixels()}, "too_many_pixels")


def _large_enough(candidate: Candidate) -> None:
    width, height = candidate.size
    if min(width, height) < MIN_SIDE:
        sentence = _("The picture has %(width)s × %(height)s pixels; it needs at least %(least)s a side.")
        raise UploadRefused(sentence % {"width": width, "height": height, "least": MIN_SIDE}, "too_small")


def _most_pixels() -> dict[str, Any]:
    """The limits, as sentences name them."""
    return {"megapixels": MAX_PIXELS // 10**6, "side": f"{MAX_SIDE:,}"}


def no_heic() -> str:
    """Why a HEIC file is not taken where nothing is installed that reads it."""
    sentence = _(
        "A HEIC file cannot be read here. Save it as JPEG or PNG, "
        "or have whoever runs this poseweb install what reads it: %(command)s"
    )
    return sentence % {"command": heic.INSTALL}


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
