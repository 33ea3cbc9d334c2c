"""A full disk, a real one: a small tmpfs in the data folder. What cannot be kept is refused, what was taken waits."""

import errno
import os
import sqlite3
import subprocess
from contextlib import suppress

import pytest

from poseweb import services
from poseweb.models import Job
from tests.chaos import stacks
from tests.files import pictures_of
from tests.flows.conftest import free_port, photo, row, until, wait_for

S = Job.Status
MEGABYTES = 48


@pytest.fixture
def small_disk(site):
    """Mounts a small disk on a folder, and knows how to fill it."""
    mounted = []

    def mount(folder):
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", folder]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("needs the right to mount a tmpfs (root)")
        mounted.append(folder)
        return SmallDisk(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)


class SmallDisk:
    def __init__(self, folder):
        self.filler = folder / "filler"

    def fill(self, *, leave_kb=0):
        """Write until nothing more fits, then give back that much."""
        with suppress(OSError), self.filler.open("ab", buffering=0) as stream:
            while True:
                stream.write(bytes(4096))
        os.truncate(self.filler, max(0, self.filler.stat().st_size - leave_kb * 1024))

    def free(self):
        self.filler.unlink()


def test_an_upload_that_does_not_fit_is_refused_and_leaves_nothing(site, small_disk, submit, files, monkeypatch):
    monkeypatch.setattr(services, "ring_soon", lambda *_: None)
    disk = small_disk(site / "media")
    disk.fill(leave_kb=64)
    with pytest.raises(OSError, match="No space left") as caught:
        submit(size=(640, 480))
    assert caught.value.errno == errno.ENOSPC
    assert files() == {"filler"}
    assert not Job.objects.exists()
    disk.free()
    submit(size=(640, 480))


def test_a_result_that_does_not_fit_waits_for_room_without_counting_against_the_photo(
    site, small_disk, submit, broker, start_worker, files
):
    disk = small_disk(site / "media")
    job = submit(size=(640, 480))
    disk.fill()
    start_worker()
    waiting = wait_for(lambda: (now := row(job)).waiting_reason and now)
    assert "No space left on device" in waiting.waiting_reason
    disk.free()
    done = until(job, S.SUCCEEDED, S.FAILED, seconds=60)
    assert (done.status, done.crashes) == (S.SUCCEEDED, 0)
    assert files() == {done.upload.file, *pictures_of(done.result)}


def test_everything_on_one_full_disk(start, broker, small_disk, tmp_path):
    """Database, files and bell, as `make run` has them: refused politely while it is full, and as before afterwards."""
    folder = tmp_path / "everything"
    disk = small_disk(folder)
    variables = {"POSEWEB_DATA": str(folder), "POSEWEB_DATABASE_URL": "", "POSEWEB_BROKER_URL": ""}
    stack = stacks.embedded(start, free_port(), **variables)
    stack.keep_up()
    taken = [stack.upload_until_taken(photo(seed).read()) for seed in range(3)]
    disk.fill()
    refused = [stack.upload(photo(seed).read()) for seed in range(3, 8)]
    assert {answer.status for answer in refused} == {503}
    assert {answer.body["error_code"] for answer in refused} == {"unavailable"}
    assert stack.status(taken[0]).status in {200, 503}  # SQLite may need room even to read
    disk.free()
    taken += [stack.upload_until_taken(photo(seed).read()) for seed in range(3, 8)]
    for job_id in taken:
        assert wait_for(lambda job_id=job_id: ended(stack, job_id), 60) == "succeeded"
    with sqlite3.connect(folder / "db.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


def ended(stack, job_id):
    status = stack.status(job_id).body["status"]
    return status if status in {"succeeded", "failed", "cancelled"} else None
