"""Files are there whole or not at all, and what nobody knows goes in time."""

import errno
import hashlib
import os
import time
import uuid

import pytest

from poseweb import media
from tests.files import path_of


def age(path):
    long_ago = time.time() - media.DRAFT_SECONDS - 1
    os.utime(path, (long_ago, long_ago))


def files():
    root = path_of("")
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


def test_a_file_is_written_and_removed():
    media.write("results/ab/x.jpg", b"data")
    assert path_of("results/ab/x.jpg").read_bytes() == b"data"
    assert files() == {"results/ab/x.jpg"}
    media.remove(["results/ab/x.jpg", "results/ab/never-there.jpg"])
    assert files() == set()


def test_a_draft_knows_what_it_holds():
    draft = media.receive([b"pose", b"", b"web"])
    assert (draft.bytes, draft.sha256) == (7, hashlib.sha256(b"poseweb").hexdigest())
    media.keep(draft, "uploads/00/a.png")
    assert files() == {"uploads/00/a.png"}


def test_a_stream_that_breaks_off_leaves_nothing():
    def broken():
        yield b"half"
        raise OSError(errno.EIO, "the browser went away")

    with pytest.raises(OSError, match="went away"):
        media.receive(broken())
    assert files() == set()


def test_names_are_sharded_and_carry_the_attempt():
    identity = uuid.UUID("ab000000-0000-0000-0000-000000000001")
    assert media.upload_name(identity, "png") == f"uploads/ab/{identity.hex}.png"
    assert media.result_name(identity, 2, "annotated") == f"results/ab/{identity.hex}-2-annotated.jpg"
    assert media.SHARDS[0xAB] == "ab"


def test_old_drafts_go_and_young_ones_stay():
    old, young = media.receive([b"old"]), media.receive([b"young"])
    age(old.path)
    assert media.remove_old_drafts() == 1
    assert files() == {f"drafts/{young.path.name}"}


def test_of_a_shard_only_old_files_that_no_row_knows_go():
    names = ["uploads/ab/known.jpg", "uploads/ab/orphan.jpg", "results/ab/orphan.jpg", "results/ac/other.jpg"]
    for name in names:
        media.write(name, b"data")
        age(path_of(name))
    media.write("results/ab/young.jpg", b"data")
    asked = []

    def known(candidates):
        asked.append(candidates)
        return candidates & {"uploads/ab/known.jpg"}

    assert media.remove_orphans("ab", known) == 2
    assert files() == {"uploads/ab/known.jpg", "results/ac/other.jpg", "results/ab/young.jpg"}
    assert asked == [set(names[:3])]


def test_where_there_is_nothing_there_is_nothing_to_remove():
    assert media.remove_old_drafts() == 0
    assert media.remove_orphans("ab", lambda names: names) == 0
