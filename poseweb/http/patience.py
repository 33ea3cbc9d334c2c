"""How long a request's body may take, and what it means that it ends early.

Django waits for a slow sender for ever, and takes half a photo for a whole one when the sender goes away.
"""

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, BinaryIO

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

GRACE_SECONDS = 20
SLOWEST_BYTES_PER_SECOND = 32 * 1024  # who sends more slowly than that for long only keeps a thread busy


class CutShortError(OSError):
    """A body ended before its Content-Length."""


class Body:
    """The WSGI input, which knows its length and notices when the sender gave up, or was given up on."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._missing = length
        self.cut_short = False

    def read(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read(self._missing if size < 0 else size))

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self._stream.readline(size))

    def _counted(self, data: bytes) -> bytes:
        self._missing -= len(data)
        if not data and self._missing > 0:
            self.cut_short = True
            raise CutShortError(f"{self._missing} bytes of the body never came")
        return data


class Patience:
    """A WSGI application around another one: a body gets the time that its length needs, and then no more."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = content_length(environ)
        if not length:
            return self._application(environ, start_response)
        environ["wsgi.input"] = Body(environ["wsgi.input"], length)
        if not (connection := environ.get("gunicorn.socket")):
            return self._application(environ, start_response)
        seconds = GRACE_SECONDS + length / SLOWEST_BYTES_PER_SECOND
        impatience = threading.Timer(seconds, _read_no_more, [connection])
        impatience.daemon = True
        impatience.start()
        try:
            return self._application(environ, start_response)
        finally:
            impatience.cancel()


def content_length(environ: dict[str, Any]) -> int:
    """How long the body is, read as Django reads it: what is no number is 0."""
    try:
        return max(0, int(environ.get("CONTENT_LENGTH", "")))
    except ValueError:
        return 0


def _read_no_more(connection: socket.socket) -> None:
    """Whoever reads finds the end; the answer can still be written."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
