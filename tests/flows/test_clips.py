"""Clips through a real worker of their own: progress, results, kill -9 in the middle, cancel; photos go on beside."""

import json
import os
import signal
import time
from types import SimpleNamespace

import av
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from estimator import Chunk, read_frames
from poseweb import services
from poseweb.models import ClipChunk, ClipResult, Job
from poseweb.wishes import Wishes
from tests.estimator import clips
from tests.flows.conftest import Worker, alive, photo, until, wait_for

S = Job.Status
SHORT, LONG = 12, 75  # frames


@pytest.fixture
def clip_worker(start):
    def clip_worker(**variables):
        return start(Worker, "manage.py", "worker", "clips", **variables).says("ready.")

    return clip_worker


@pytest.fixture
def send(site, tmp_path):
    """Submit a clip of numbered frames; its job."""
    owner = User.objects.create_user("clara")

    def send(frames=SHORT, *, every=1, **options):
        path = clips.write(tmp_path / f"{frames}.mp4", [33 * i for i in range(frames)], **options)
        return services.submit(owner, SimpleUploadedFile("walk.mp4", path.read_bytes()), Wishes(every=every)).job

    return send


def row(job):
    return Job.objects.select_related("clip", "upload").get(pk=job.pk)


def kept(job):
    return ClipChunk.objects.filter(job=job).count()


def names(job):
    done = row(job)
    return {done.upload.file, *(getattr(done.clip, column) for column in ClipResult.FILES)}


def spans_of(worker):
    """First and last frame of every chunk that the log says was kept."""
    spans = [line.partition("Frames ")[2].split() for line in worker.log.splitlines() if "Frames " in line]
    return [(int(first), int(last)) for first, _, last, *_ in spans]


def test_a_clip_becomes_two_mp4s_a_poster_and_keypoints(clip_worker, send, site, files):
    worker, job = clip_worker(), send()
    until(job, S.SUCCEEDED, S.FAILED)
    done = row(job)
    assert (done.status, done.error) == (S.SUCCEEDED, "")
    clip = done.clip
    assert (clip.frames, clip.width, clip.height, clip.network) == (SHORT, 160, 96, "poseweb")
    assert (round(clip.fps, 1), round(clip.duration_s, 2)) == (30.3, 0.4)
    assert (done.upload.width, done.upload.height) == (160, 96)
    wait_for(lambda: files() == names(job))
    for column in ("annotated", "plain"):
        with av.open(str(site / "media" / getattr(clip, column))) as video:
            assert video.streams.video[0].codec_context.name == "h264"
        times = [frame.time_s for frame in read_frames(site / "media" / getattr(clip, column))]
        assert times == pytest.approx([0.033 * i for i in range(SHORT)], abs=0.001)
    assert len(Chunk.load(site / "media" / clip.poses).frames) == SHORT
    document = json.loads((site / "media" / clip.keypoints).read_text())
    assert len(document["times"]) == SHORT
    assert worker.popen.poll() is None


def test_every_third_frame(clip_worker, send, site):
    clip_worker()
    job = send(every=3)
    until(job, S.SUCCEEDED, S.FAILED)
    clip = row(job).clip
    assert (clip.frames, clip.every) == (4, 3)
    assert len(list(read_frames(site / "media" / clip.plain))) == 4


@pytest.mark.parametrize("whom", ["child", "worker"])
def test_kill_9_in_the_middle_goes_on_where_the_chunks_end(whom, clip_worker, send, files):
    first, job = clip_worker(), send(LONG)
    child = first.child
    wait_for(lambda: kept(job))
    os.kill(child if whom == "child" else first.pid, signal.SIGKILL)
    worker = first
    if whom == "worker":
        first.ends()
        wait_for(lambda: not alive(child))
        worker = clip_worker()
    until(job, S.SUCCEEDED, S.FAILED, seconds=60)
    done = row(job)
    assert (done.status, done.attempt) == (S.SUCCEEDED, 2)
    assert done.clip.frames == LONG
    assert ClipResult.objects.count() == 1
    assert ClipChunk.objects.count() == 0
    wait_for(lambda: files() == names(job))
    spans = spans_of(first) + (spans_of(worker) if whom == "worker" else [])
    assert spans == [(0, 29), (30, 59), (60, 74)]  # no frame twice


def test_kills_that_find_the_clip_further_on_do_not_count(clip_worker, send):
    worker, job = clip_worker(POSEWEB_CRASH_LIMIT="2"), send(LONG)
    for chunks in (1, 2):
        wait_for(lambda chunks=chunks: kept(job) >= chunks or row(job).status == S.FAILED)
        os.kill(worker.child, signal.SIGKILL)
        until(job, S.QUEUED, S.FAILED)
    until(job, S.SUCCEEDED, S.FAILED, seconds=60)
    assert (row(job).status, row(job).attempt) == (S.SUCCEEDED, 3)


def test_a_clip_that_kills_every_worker_has_failed(clip_worker, send, files):
    worker, job = clip_worker(), send(LONG)
    while row(job).status not in {S.FAILED, S.SUCCEEDED}:
        child = worker.child
        if until(job, S.RUNNING, S.FAILED).status == S.RUNNING:
            os.kill(child, signal.SIGKILL)
            until(job, S.QUEUED, S.FAILED)
    assert (row(job).error_code, row(job).crashes) == ("worker_crashed", 3)


def test_a_cancel_takes_effect_within_two_seconds(clip_worker, send):
    worker, job = clip_worker(), send(LONG)
    wait_for(lambda: row(job).frames_done)
    asked = time.monotonic()
    services.cancel(job)
    until(job, S.CANCELLED, S.SUCCEEDED)
    assert row(job).status == S.CANCELLED
    worker.says("is over", 5)
    assert time.monotonic() - asked < 2


def test_progress_is_told_by_the_frame(clip_worker, send):
    clip_worker()
    job = send(LONG)
    seen = SimpleNamespace(done=set(), total=set(), left=set())
    while (now := row(job)).status in {S.QUEUED, S.RUNNING}:
        seen.done.add(now.frames_done)
        seen.total.add(now.frames_total)
        seen.left.add(now.seconds_left)
        time.sleep(0.05)
    assert now.status == S.SUCCEEDED
    assert seen.total <= {0, LONG}
    assert len(seen.done) >= 3
    assert seen.left - {None, 0}


def test_a_clip_in_work_does_not_hold_up_a_photo(clip_worker, worker, send):
    clip_worker()
    job = send(LONG)
    until(job, S.RUNNING)
    owner = User.objects.create_user("alice")
    other = services.submit(owner, photo()).job
    until(other, S.SUCCEEDED, S.FAILED)
    assert Job.objects.get(pk=other.pk).status == S.SUCCEEDED
    assert row(job).status == S.RUNNING
