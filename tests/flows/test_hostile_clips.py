"""A real worker and clips that lie, are cut short, stand on their side or are no clips: each ends as it should."""

import json
import struct

import av
import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from poseweb import services
from poseweb.models import Job
from tests.estimator import clips
from tests.flows.conftest import Worker, until

S = Job.Status
SHORT = [40 * i for i in range(8)]


def lying_header(path):
    """AVI: every count of frames in the header says 2,147,483,647."""
    data = bytearray(clips.write(path.with_suffix(".avi"), SHORT, "mjpeg").read_bytes())
    for tag, offset in ((b"avih", 24), (b"strh", 40)):
        struct.pack_into("<I", data, data.index(tag) + offset, 2_147_483_647)
    return bytes(data)


def on_its_side(path):
    return clips.write(path, SHORT, rotation={"degrees": 90}).read_bytes()


def varying_rate(path):
    return clips.write(path, [0, 10, 100, 110, 200, 210, 500, 510]).read_bytes()


def cut_short(path):
    whole = clips.write(path.with_suffix(".mkv"), [40 * i for i in range(20)], "mjpeg").read_bytes()
    return whole[: 2 * len(whole) // 3]


def without_index(path):
    """MP4 with its index at the end, cut: a phone whose battery died."""
    whole = clips.write(path, SHORT).read_bytes()
    return whole[: whole.index(b"moov") - 4]


def sound_alone(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def garbage(_):
    return b"\0\0\0\x18ftypisom" + np.random.default_rng(1).bytes(5000)


def too_long(path):
    return clips.write(path, [0, 1000, 2000, 3000]).read_bytes()


def too_many(path):
    return clips.write(path, [20 * i for i in range(60)]).read_bytes()


def too_small(path):
    return clips.write(path, SHORT, size=(48, 32)).read_bytes()


ENDS = {
    lying_header: {"frames": 8},
    on_its_side: {"frames": 8, "width": 96, "height": 160},
    varying_rate: {"frames": 8},
    cut_short: {"width": 160},
    without_index: "not_a_video",
    sound_alone: "not_a_video",
    garbage: "not_a_video",
    too_long: "too_long",
    too_many: "too_many_frames",
    too_small: "too_small",
}


@pytest.fixture
def ended(start, site, tmp_path):
    """Every one of them, sent at once to one worker: how its job ended."""
    limits = {"POSEWEB_MAX_CLIP_SECONDS": "2", "POSEWEB_MAX_CLIP_FRAMES": "50"}
    worker = start(Worker, "manage.py", "worker", "clips", **limits).says("ready.")
    owner, child = User.objects.create_user("mallory"), worker.child
    jobs = {}
    for make in ENDS:
        file = SimpleUploadedFile("x.mp4", make(tmp_path / f"{make.__name__}.mp4"))
        jobs[make] = services.submit(owner, file).job
    found = {}
    for make, job in jobs.items():
        until(job, S.SUCCEEDED, S.FAILED, seconds=120)
        found[make] = Job.objects.select_related("clip").get(pk=job.pk)
    assert worker.child == child  # nobody died of any
    return found


def test_clips_end_as_they_should(ended, site):
    for make, expected in ENDS.items():
        job = ended[make]
        if isinstance(expected, str):
            assert (job.status, job.error_code) == (S.FAILED, expected), make.__name__
            assert job.error.endswith("."), make.__name__
        else:
            assert job.status == S.SUCCEEDED, (make.__name__, job.error)
            assert {name: getattr(job.clip, name) for name in expected} == expected, make.__name__
    varying = json.loads((site / "media" / ended[varying_rate].clip.keypoints).read_text())
    assert varying["times"] == pytest.approx([0, 0.01, 0.1, 0.11, 0.2, 0.21, 0.5, 0.51], abs=0.002)
    assert 5 < ended[cut_short].clip.frames < 20
    assert not Job.objects.filter(crashes__gt=0).exists()
