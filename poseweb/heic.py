"""The size of a HEIC picture, from its header alone: nothing is decoded, and no library is needed.

HEIC is a tree of boxes (ISO 14496-12): four bytes of size, four of type, then what is in it. `meta` → `iprp` → `ipco`
holds an `ispe` with width and height for the picture, and for each of the tiles it is cut into.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from io import BytesIO
from typing import BinaryIO

BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
LONGEST_META = 2**20  # bytes; that of a telephone's photo has a few thousand
MOST_BOXES = 64  # that a file has before its `meta`

INSTALLED = find_spec("pillow_heif") is not None  # which only a worker loads
INSTALL = "pip install -r requirements-heic.txt"


def is_heic(start: bytes) -> bool:
    """Whether a file's first 32 bytes or more say so; AVIF, which is packed alike, is another thing."""
    return start[4:8] == b"ftyp" and start[8:12] in BRANDS and b"avif" not in start[8:32]


def read_size(stream: BinaryIO) -> tuple[int, int]:
    """Width and height before any rotation, odd sides made even. Raises ValueError: there is no picture."""
    stream.seek(0)
    meta = next((body for kind, body in _top_boxes(stream) if kind == b"meta"), b"")
    sizes = [
        (int.from_bytes(ispe[4:8], "big"), int.from_bytes(ispe[8:12], "big"))
        for iprp in _boxes(meta[4:], b"iprp")
        for ipco in _boxes(iprp, b"ipco")
        for ispe in _boxes(ipco, b"ispe")
        if len(ispe) >= 12
    ]
    if not sizes:
        raise ValueError("no size")
    return max(sizes, key=lambda size: size[0] * size[1])


def _top_boxes(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Type and body of a file's boxes; of long ones, which hold pixels, the body is left out."""
    for _ in range(MOST_BOXES):
        head = stream.read(8)
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        body = size - 8
        if size == 1:
            body = int.from_bytes(stream.read(8), "big") - 16
        if len(head) < 8 or body < 0:
            return
        if body > LONGEST_META:
            stream.seek(body, 1)
        yield kind, stream.read(body) if body <= LONGEST_META else b""


def _boxes(data: bytes, wanted: bytes) -> Iterator[bytes]:
    return (body for kind, body in _top_boxes(BytesIO(data)) if kind == wanted)
