"""Where the files of media lie. Here: a folder, which several machines may have mounted. Elsewhere: bucket.py."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings


class Storage(Protocol):
    """Files under names such as uploads/ab/x.jpg, each there whole or not at all.

    Whatever does not answer, or is full, raises OSError; a file that is not there raises FileNotFoundError.
    """

    def keep(self, draft: Path, name: str) -> None:
        """Move a local file here, for good: it outlives a loss of power."""

    def open(self, name: str) -> BinaryIO:
        """The file, to be read and sought in."""

    def part(self, name: str, start: int, length: int) -> BinaryIO:
        """From `start` on, to be read no further than `length` bytes."""

    def size(self, name: str) -> int:
        """In bytes."""

    def local(self, name: str, copy: Path) -> AbstractContextManager[Path]:
        """The file itself, where it lies on this machine, or else a copy that goes again."""

    def exists(self, name: str) -> bool: ...

    def remove(self, name: str) -> None:
        """One that is not there is as good as removed."""

    def old(self, folder: str, before: float) -> Iterator[str]:
        """Names of the files in a folder such as uploads/ab that were last written before then (a Unix time)."""


class Folder:
    """MEDIA_ROOT. Drafts lie in it too, so that giving them their name is one rename."""

    def keep(self, draft: Path, name: str) -> None:
        target = settings.MEDIA_ROOT / name
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, name: str) -> BinaryIO:
        return (settings.MEDIA_ROOT / name).open("rb")

    def part(self, name: str, start: int, length: int) -> BinaryIO:  # noqa: ARG002 the caller counts
        file = self.open(name)
        file.seek(start)
        return file

    def size(self, name: str) -> int:
        return (settings.MEDIA_ROOT / name).stat().st_size

    @contextmanager
    def local(self, name: str, copy: Path) -> Iterator[Path]:  # noqa: ARG002 needs none
        file = settings.MEDIA_ROOT / name
        file.stat()
        yield file

    def exists(self, name: str) -> bool:
        return (settings.MEDIA_ROOT / name).exists()

    def remove(self, name: str) -> None:
        (settings.MEDIA_ROOT / name).unlink(missing_ok=True)

    def old(self, folder: str, before: float) -> Iterator[str]:
        for file in (settings.MEDIA_ROOT / folder).glob("*"):
            try:
                if file.stat().st_mtime < before:
                    yield f"{folder}/{file.name}"
            except FileNotFoundError:
                continue  # removed meanwhile
