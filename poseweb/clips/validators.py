"""What a clip must be to be taken in. Only its first bytes are looked at here.

What a demuxer or decoder would have to open, the worker opens, for it is the process that may die of a file. There a
clip is measured frame by frame (estimator/video.py): what its header claims is believed nowhere.
"""

from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from poseweb.errors import UploadRefused
from poseweb.validators import Header

START_BYTES = 64  # enough for the name of the format
BOX = slice(4, 8)  # where a QuickTime or MP4 file says what its first part is
BRAND = slice(8, 12)
OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
PICTURES = (b"hei", b"hev", b"mif", b"msf", b"avif", b"avis")  # brands of what is no clip
MATROSKA = b"\x1a\x45\xdf\xa3"
UNMEASURED = (0, 0)


def is_clip(stream: BinaryIO) -> bool:
    """Whether a file begins as a clip does; the stream is left at its start."""
    return begins_as_clip(_start(stream))


def begins_as_clip(start: bytes) -> bool:
    """`is_clip`, by the first bytes of a file: as few as START_BYTES will do."""
    return _extension(start) is not None


def check_clip(stream: BinaryIO, size: int) -> Header:
    """Check a file of `size` bytes that `is_clip`; the stream is left at its start.

    Raises:
        UploadRefused: code `too_large`. Everything else is the worker's to find out.
    """
    if size > settings.MAX_CLIP_BYTES:
        limit = settings.MAX_CLIP_BYTES // 2**20
        sentence = _("The clip is larger than %(limit)s MB. Cut out the part you want to see.") % {"limit": limit}
        raise UploadRefused(sentence, "too_large")
    return Header(_extension(_start(stream)) or "mp4", *UNMEASURED)


def _start(stream: BinaryIO) -> bytes:
    stream.seek(0)
    start = stream.read(START_BYTES)
    stream.seek(0)
    return start


def _extension(start: bytes) -> str | None:
    if start.startswith(MATROSKA):
        return "webm" if b"webm" in start[:START_BYTES] else "mkv"
    if start.startswith(b"RIFF") and start[8:12] == b"AVI ":
        return "avi"
    if start[BOX] == b"ftyp" and not start[BRAND].startswith(PICTURES):
        return "mov" if start[BRAND] == b"qt  " else "mp4"
    return "mov" if start[BOX] in OLD_QUICKTIME else None
