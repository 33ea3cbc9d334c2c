"""Parts of files, as players ask for them while they seek (RFC 9110, section 14): one range at a time.

nginx does this by itself where it sends the files (POSEWEB_ACCEL_REDIRECT); Django has nothing for it.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from poseweb import media

ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
BLOCK = 256 * 1024


def answer(request: HttpRequest, name: str, content_type: str) -> HttpResponseBase:
    """The file, or the part of it that the request asks for. Raises FileNotFoundError.

    A range that makes no sense is ignored, as are several at once; one beyond the file's end is answered with 416.
    """
    size = media.size(name)
    start, stop = _asked(request, size)
    if start >= size > 0:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    length = stop - start
    response = StreamingHttpResponse(_blocks(media.part(name, start, length), length), content_type=content_type)
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(length)
    if length < size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response


def _asked(request: HttpRequest, size: int) -> tuple[int, int]:
    """From where to before which byte; the whole file where nothing else is asked for in earnest."""
    found = ONE_RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if request.method != "GET" or "If-Range" in request.headers or not found or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) else (size, size)
    stop = min(int(last) + 1, size) if last else size
    return (int(first), stop) if int(first) < stop or int(first) >= size else (0, size)


def _blocks(file: BinaryIO, length: int) -> Iterator[bytes]:
    try:
        while length > 0 and (block := file.read(min(BLOCK, length))):
            length -= len(block)
            yield block
    finally:
        file.close()
