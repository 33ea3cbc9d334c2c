"""The embedded bell: every message once, whatever else lies in its folder."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kombu import Connection

from poseweb import bell
from poseweb.celery import app  # noqa: F401  names the transport

WRITER = """
import sys
import django
django.setup()
from poseweb.tasks import run_job
for number in range(150):
    run_job.apply_async((f"{sys.argv[1]}-{number}",), retry=False)
"""
READER = """
import json, pathlib, sys
from kombu import Connection
from poseweb.celery import app
with Connection("bell://localhost").SimpleQueue("celery") as queue:
    while True:
        try:
            message = queue.get(timeout=0.3)
        except queue.Empty:
            if pathlib.Path(sys.argv[1]).exists():
                break
            continue
        message.ack()
        print(json.loads(message.body)[0][0])
"""


@pytest.fixture
def queue():
    with Connection("bell://localhost") as connection, connection.SimpleQueue("celery") as queue:
        yield queue


def put(queue, payload):
    queue.put(payload, headers={"task": "poseweb.run_job", "id": "1"})


@pytest.fixture
def folder(settings):
    settings.BELL_DIR.mkdir()
    return settings.BELL_DIR


def start(program, data, *args):
    environment = {**os.environ, "POSEWEB_DATA": str(data), "DJANGO_SETTINGS_MODULE": "poseweb.settings"}
    return subprocess.Popen([sys.executable, "-c", program, *args], env=environment, stdout=subprocess.PIPE, text=True)


def test_messages_come_out_in_order_and_once(queue):
    for number in range(5):
        put(queue, {"number": number})
    assert len(queue) == 5
    assert [queue.get(timeout=1).payload["number"] for _ in range(5)] == list(range(5))
    with pytest.raises(queue.Empty):
        queue.get(block=False)


def test_a_purge_empties_the_queue(queue, folder):
    put(queue, "one")
    put(queue, "two")
    assert queue.clear() == 2
    assert list(folder.iterdir()) == []


def test_another_queue_is_not_ours(queue, folder):
    with queue.channel.connection.client.SimpleQueue("other") as other:
        put(other, "theirs")
    assert len(queue) == 0
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b'{"body": "W10',
        b"\xff\xfe\x00",
        b"[]",
        b"{}",
        b"null",
        b'"text"',
        b'{"properties": {}}',
        b'{"properties": null, "body": ""}',
        b'{"properties": {"delivery_tag": "1", "body_encoding": "base64"}, "body": "abc"}',
        b'{"properties": {"delivery_tag": "1", "body_encoding": "rot13"}, "body": "x"}',
        b"[" * 100_000,
    ],
)
def test_garbage_is_removed_logged_and_survived(queue, folder, caplog, garbage):
    (folder / "0-garbage.celery.msg").write_bytes(garbage)
    put(queue, "after it")
    assert queue.get(timeout=1).payload == "after it"
    assert "Removed 0-garbage.celery.msg from the bell" in caplog.text
    assert list(folder.iterdir()) == []


def test_what_cannot_be_taken_is_passed_over(queue, folder):
    (folder / "0-folder.celery.msg").mkdir()
    put(queue, "after it")
    assert queue.get(timeout=1).payload == "after it"


def test_a_message_that_is_being_written_is_not_seen(queue, folder):
    (folder / ".0-half.celery.msg").write_text('{"body": "W10')
    with pytest.raises(queue.Empty):
        queue.get(block=False)


def test_drafts_of_killed_writers_go_in_time(folder):
    old, young = folder / ".0-old.celery.msg", folder / ".0-young.celery.msg"
    for file in (old, young):
        file.write_text("half")
    long_ago = time.time() - bell.DRAFT_SECONDS - 1
    os.utime(old, (long_ago, long_ago))
    assert bell.remove_old_drafts() == 1
    assert list(folder.iterdir()) == [young]


def test_a_folder_that_was_removed_comes_back(queue, folder):
    folder.rmdir()
    with pytest.raises(queue.Empty):
        queue.get(block=False)
    put(queue, "still here")
    assert queue.get(timeout=1).payload == "still here"


def test_many_processes_write_and_read_and_every_message_arrives_once(folder):
    data = folder.parent
    writers = [start(WRITER, data, name) for name in ("a", "b", "c")]
    no_more = data / "no more"
    readers = [start(READER, data, str(no_more)) for _ in range(2)]
    for number in range(40):
        Path(folder / f"{number}-garbage.celery.msg").write_bytes(json.dumps({"n": number}).encode()[: number % 5])
        time.sleep(0.02)
    for writer in writers:
        writer.communicate(timeout=60)
    no_more.touch()
    read = [name for reader in readers for name in reader.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in writers + readers] == [0] * 5
    assert sorted(read) == sorted(f"{name}-{number}" for name in "abc" for number in range(150))
    assert list(folder.iterdir()) == []
