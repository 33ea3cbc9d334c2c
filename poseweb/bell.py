"""The embedded bell: a Kombu transport whose messages are files in one folder.

Kombu's own filesystem transport reads messages that are still being written, and its worker then dies of a
JSONDecodeError. Here a message appears by renaming a whole file, belongs to whoever unlinks it, and a file that
is no message is removed, logged and survived. Nothing is redelivered: a lost message is the sweep's to replace.
"""

import logging
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from django.conf import settings
from kombu.transport import virtual
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)

DRAFT_SECONDS = 3600
MESSAGE = {  # what Kombu and Celery take for granted, and what a worker would die of where it is not so
    "body": str,
    "headers": {"task": str, "id": str},
    "content-type": str,
    "content-encoding": str,
    "properties": {"delivery_tag": str, "delivery_info": {"exchange": str, "routing_key": str}},
}


class Channel(virtual.Channel):
    """Queues as files `<time>-<id>.<queue>.msg`, oldest first."""

    @property
    def folder(self) -> Path:
        return Path(settings.BELL_DIR)

    def _files(self, queue: str) -> list[Path]:
        return sorted(self.folder.glob(f"[!.]*.{queue}.msg"))

    def _size(self, queue: str) -> int:
        return len(self._files(queue))

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        name = f"{time.time_ns():020}-{uuid.uuid4().hex}.{queue}.msg"
        draft = self.folder / f".{name}"
        self.folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(dumps(message), encoding="utf-8")
        draft.rename(self.folder / name)

    def _get(self, queue: str, **_: Any) -> dict[str, Any]:
        for file in self._files(queue):
            content = _take(file)
            if content is None:
                continue
            try:
                message = loads(content)
                _check(message, MESSAGE)
                self.decode_body(message["body"], message["properties"].get("body_encoding"))
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                logger.warning("Removed %s from the bell: it is no message (%r).", file.name, error)
            else:
                return message
        raise Empty

    def _purge(self, queue: str) -> int:
        return sum(_take(file) is not None for file in self._files(queue))


class Transport(virtual.Transport):
    """Chosen by the broker URL `bell://`; the folder is `BELL_DIR` of the settings.

    It says of itself that it works with an event loop, because Celery's pool without one shares a lock between its
    processes: kill one that is idle, and the others wait for ever.
    """

    Channel = Channel
    polling_interval = 0.05  # listing one folder twenty times a second costs nothing worth naming
    driver_type = "bell"
    driver_name = "bell"
    implements = virtual.Transport.implements.extend(asynchronous=True)

    def register_with_event_loop(self, _: Any, loop: Any) -> None:
        loop.call_repeatedly(self.polling_interval, self._listen)

    def _listen(self) -> None:
        """Deliver what has come, as far as the consumers take it."""
        for channel in list(self.channels):
            with suppress(Empty):
                while True:
                    channel.drain_events(callback=self._deliver)

    def driver_version(self) -> str:
        return "1"


def _check(value: Any, shape: Any) -> None:
    """Raise TypeError or KeyError where a value has another shape."""
    if isinstance(shape, dict):
        for key, inner in shape.items():
            _check(value[key], inner)
    elif not isinstance(value, shape):
        raise TypeError(f"{value!r:.50} is no {shape.__name__}")


def _take(file: Path) -> bytes | None:
    """A file's content, for the one whose unlink succeeds; None for everyone else."""
    try:
        content = file.read_bytes()
        file.unlink()
    except OSError:
        return None
    return content


def remove_old_drafts() -> int:
    """Remove what writers left that were killed between writing and renaming; how many."""
    limit = time.time() - DRAFT_SECONDS
    old = [file for file in Path(settings.BELL_DIR).glob(".*.msg") if file.stat().st_mtime < limit]
    return sum(_take(file) is not None for file in old)
