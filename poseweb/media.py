"""Names and atomic writes of the files under MEDIA_ROOT. A file is there whole or not at all.

Uploads and results are spread over 256 shards by the first two digits of their id, so that looking after them can
take a shard at a time. A result's file carries the attempt that made it: two attempts never write the same file.
"""

import hashlib
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

SHARDS = tuple(f"{number:02x}" for number in range(256))
KINDS = ("uploads", "results")
ORPHAN_SECONDS = 3600  # far longer than any file waits for its row


@dataclass(frozen=True)
class Draft:
    """A file that is whole and on disk, and has no name that counts yet."""

    path: Path
    sha256: str
    bytes: int


def path(name: str) -> Path:
    """Where the file of that name, as rows hold it, lies."""
    return settings.MEDIA_ROOT / name


def upload_name(upload_id: uuid.UUID, extension: str) -> str:
    return f"uploads/{upload_id.hex[:2]}/{upload_id.hex}.{extension}"


def result_name(job_id: uuid.UUID, attempt: int, kind: str) -> str:
    return f"results/{job_id.hex[:2]}/{job_id.hex}-{attempt}-{kind}.jpg"


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


def keep(draft: Draft, name: str) -> None:
    """Give a draft its name; the name outlives a loss of power."""
    target = path(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft.path.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write(name: str, data: bytes) -> None:
    """A whole file under its name."""
    keep(receive([data]), name)


def remove(names: Iterable[str]) -> None:
    """Remove these files; one that is not there is as good as removed."""
    for name in names:
        path(name).unlink(missing_ok=True)


def remove_old_drafts() -> int:
    """Remove the drafts that a killed process left; how many."""
    return _remove_old(_drafts().glob("*"))


def remove_orphans(shard: str, known: Callable[[set[str]], set[str]]) -> int:
    """Remove a shard's files that no row knows and that are old enough not to wait for one; how many.

    Args:
        shard: one of SHARDS.
        known: given names, answers those that rows hold.
    """
    old = {f"{kind}/{shard}/{file.name}" for kind in KINDS for file in _old(path(f"{kind}/{shard}").glob("*"))}
    return _remove_old(path(name) for name in old - known(old)) if old else 0


def _drafts() -> Path:
    return settings.MEDIA_ROOT / "drafts"


def _draft_path() -> Path:
    _drafts().mkdir(parents=True, exist_ok=True)
    return _drafts() / uuid.uuid4().hex


@contextmanager
def _whole_or_gone(draft: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _old(files: Iterable[Path]) -> Iterator[Path]:
    limit = time.time() - ORPHAN_SECONDS
    for file in files:
        try:
            if file.stat().st_mtime < limit:
                yield file
        except FileNotFoundError:
            continue  # removed meanwhile


def _remove_old(files: Iterable[Path]) -> int:
    gone = [file.unlink(missing_ok=True) for file in _old(files)]
    return len(gone)
