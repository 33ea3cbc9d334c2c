"""Names and atomic writes of the files of uploads and results. A file is there whole or not at all.

Uploads and results are spread over 256 shards by the first two digits of their id, so that looking after them can
take a shard at a time. A result's file carries the attempt that made it: two attempts never write the same file.
"""

import errno
import hashlib
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.module_loading import import_string

from poseweb.storage import Storage

SHARDS = tuple(f"{number:02x}" for number in range(256))
KINDS = ("uploads", "results")
ORPHAN_SECONDS = 3600  # far longer than any file waits for its row
DRAFT_SECONDS = 24 * 3600  # a clip's copy from a bucket is read for as long as its job takes


@dataclass(frozen=True)
class Draft:
    """A file that is whole and on disk, and has no name that counts yet."""

    path: Path
    sha256: str
    bytes: int


def storage() -> Storage:
    """Where files lie by the settings: bucket.py, and what it needs, is loaded only where it is used."""
    return import_string(settings.MEDIA_STORAGE)()


def open(name: str) -> BinaryIO:  # noqa: A001 as Path has it
    """The file of that name, to be read. Raises FileNotFoundError."""
    return storage().open(name)


def exists(name: str) -> bool:
    return storage().exists(name)


def upload_name(upload_id: uuid.UUID, extension: str) -> str:
    return f"uploads/{upload_id.hex[:2]}/{upload_id.hex}.{extension}"


def result_name(job_id: uuid.UUID, attempt: int, kind: str, extension: str = "jpg") -> str:
    return f"results/{job_id.hex[:2]}/{job_id.hex}-{attempt}-{kind}.{extension}"


def receive(chunks: Iterable[bytes]) -> Draft:
    """Write a stream to a draft, fsynced."""
    digest, count = hashlib.sha256(), 0
    draft = _draft_path()
    with _whole_or_gone(draft), draft.open("xb") as stream:
        for chunk in chunks:
            digest.update(chunk)
            count += stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    return Draft(draft, digest.hexdigest(), count)


def scratch() -> BinaryIO:
    """A file without a name on the disk of drafts, to be written and read; gone once it is closed."""
    drafts().mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=drafts())


def keep(draft: Draft, name: str) -> None:
    """Give a draft its name; the name outlives a loss of power."""
    storage().keep(draft.path, name)


def write(name: str, data: bytes) -> None:
    """A whole file under its name."""
    draft = receive([data])
    with _whole_or_gone(draft.path):
        keep(draft, name)


@contextmanager
def writing(name: str) -> Iterator[Path]:
    """A local path for those who write files themselves; what lies there at the end gets the name, fsynced."""
    draft = _draft_path()
    with _whole_or_gone(draft):
        yield draft
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        storage().keep(draft, name)


@contextmanager
def local(name: str) -> Iterator[Path]:
    """A local path to read a file from, for those who cannot read a stream. Raises FileNotFoundError."""
    with storage().local(name, _draft_path()) as path:
        yield path


def part(name: str, start: int, length: int) -> BinaryIO:
    """`length` bytes of a file from `start` on, to be read. Raises FileNotFoundError."""
    return storage().part(name, start, length)


def size(name: str) -> int:
    """Bytes of a file. Raises FileNotFoundError."""
    return storage().size(name)


def remove(names: Iterable[str]) -> None:
    """Remove these files; one that is not there is as good as removed."""
    for name in names:
        storage().remove(name)


def probe() -> None:
    """Write, read and remove a small file as uploads do; raises OSError where that does not work."""
    name = f"results/{SHARDS[0]}/{uuid.uuid4().hex}.probe"  # an orphan to the sweep, should this process be killed
    write(name, b"poseweb")
    with open(name) as file:
        whole = file.read() == b"poseweb"
    remove([name])
    if not whole:
        raise OSError(errno.EIO, "what is written comes back changed", name)


def remove_old_drafts() -> int:
    """Remove the drafts that a killed process left; how many."""
    limit = time.time() - DRAFT_SECONDS
    gone = [path.unlink(missing_ok=True) for path in drafts().glob("*") if _written(path) < limit]
    return len(gone)


def remove_orphans(shard: str, known: Callable[[set[str]], set[str]]) -> int:
    """Remove a shard's files that no row knows and that are old enough not to wait for one; how many.

    Args:
        shard: one of SHARDS.
        known: given names, answers those that rows hold.
    """
    limit = time.time() - ORPHAN_SECONDS
    old = {name for kind in KINDS for name in storage().old(f"{kind}/{shard}", limit)}
    orphans = old - known(old) if old else set()
    remove(orphans)
    return len(orphans)


def drafts() -> Path:
    """The folder of files that are still being written; it may not exist yet."""
    return settings.MEDIA_ROOT / "drafts"


def _draft_path() -> Path:
    drafts().mkdir(parents=True, exist_ok=True)
    return drafts() / uuid.uuid4().hex


@contextmanager
def _whole_or_gone(draft: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _written(file: Path) -> float:
    """When, as a Unix time; one that is gone meanwhile is young."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return time.time()
