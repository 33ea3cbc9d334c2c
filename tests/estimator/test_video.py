"""Clips in, upright frames with real timestamps out; frames in, an MP4 for browsers out."""

import struct

import av
import numpy as np
import pytest

from estimator.errors import VideoError
from estimator.video import VideoFrame, VideoLimits, probe, read_frames, write_video
from tests.estimator import clips

EVEN = [40 * i for i in range(25)]
UNEVEN = [0, 30, 70, 75, 200, 210, 260, 500, 533, 566]


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.avi"])
def test_every_frame_comes_once_and_in_order(tmp_path, name):
    path = clips.write(tmp_path / name, EVEN, "mpeg4" if name.endswith("avi") else "libx264")
    frames = list(read_frames(path))
    assert [frame.index for frame in frames] == list(range(25))
    assert [clips.index_of(frame.image) for frame in frames] == list(range(25))


def test_webm(tmp_path):
    path = clips.write(tmp_path / "a.webm", EVEN, "libvpx", options={"deadline": "realtime"})
    assert [clips.index_of(frame.image) for frame in read_frames(path)] == list(range(25))


def test_a_varying_frame_rate_keeps_its_timestamps(tmp_path):
    path = clips.write(tmp_path / "a.mp4", UNEVEN)
    assert [round(1000 * frame.time_s) for frame in read_frames(path)] == UNEVEN


def test_times_count_from_the_first_frame(tmp_path):
    path = clips.write(tmp_path / "a.mkv", [time + 5000 for time in EVEN])
    assert [round(1000 * frame.time_s) for frame in read_frames(path)] == EVEN


def test_probe_counts_what_is_there(tmp_path):
    info = probe(clips.write(tmp_path / "a.mp4", EVEN))
    assert (info.width, info.height, info.frames, info.codec) == (160, 96, 25, "h264")
    assert info.seconds == pytest.approx(0.96)
    assert info.fps == pytest.approx(25)


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
@pytest.mark.parametrize("mirrored", [False, True])
def test_frames_come_upright(tmp_path, degrees, mirrored):
    """FFmpeg's angle turns counter-clockwise, then mirrors."""
    plain = next(read_frames(clips.write(tmp_path / "plain.mp4", EVEN))).image
    rotation = {"degrees": degrees, "hflip": mirrored}
    turned = next(read_frames(clips.write(tmp_path / "turned.mp4", EVEN, rotation=rotation))).image
    expected = np.rot90(plain, degrees // 90)
    assert np.abs(turned.astype(int) - (expected[:, ::-1] if mirrored else expected)).max() < 8


def test_start_stop_and_every(tmp_path):
    path = clips.write(tmp_path / "a.mp4", EVEN)
    frames = list(read_frames(path, start=5, stop=20, every=3))
    assert [frame.index for frame in frames] == [6, 9, 12, 15, 18]
    assert [clips.index_of(frame.image) for frame in frames] == [6, 9, 12, 15, 18]
    assert [round(1000 * frame.time_s) for frame in frames] == [240, 360, 480, 600, 720]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (VideoLimits(max_seconds=0.5), "too_long"),
        (VideoLimits(max_frames=10), "too_many_frames"),
        (VideoLimits(max_pixels=15_000), "too_many_pixels"),
        (VideoLimits(min_side=100), "too_small"),
    ],
)
def test_limits(tmp_path, limits, code):
    path = clips.write(tmp_path / "a.mp4", EVEN)
    for work in (lambda: probe(path, limits), lambda: list(read_frames(path, limits))):
        with pytest.raises(VideoError) as caught:
            work()
        assert caught.value.code == code


def test_a_header_that_lies_about_the_frames_is_not_believed(tmp_path):
    path = clips.write(tmp_path / "a.avi", EVEN, "mpeg4")
    data = bytearray(path.read_bytes())
    for tag, offset in ((b"avih", 8 + 16), (b"strh", 8 + 32)):
        struct.pack_into("<I", data, data.index(tag) + offset, 2_147_483_647)
    path.write_bytes(data)
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 2_147_483_647
    assert probe(path).frames == 25
    assert len(list(read_frames(path))) == 25


def test_an_index_that_lies_about_the_samples_ends(tmp_path):
    path = clips.write(tmp_path / "a.mp4", EVEN)
    data = bytearray(path.read_bytes())
    struct.pack_into(">I", data, data.index(b"stsz") + 12, 2_147_483_647)
    path.write_bytes(data)
    with pytest.raises(VideoError):
        probe(path)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"no video at all" * 100, "not_a_video"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "not_a_video"),
        (b"ffconcat version 1.0\nfile '/etc/hostname'\n", "not_a_video"),
        (b"\xff\xd8\xff\xe0" + bytes(2000), "not_a_video"),
    ],
)
def test_what_is_no_video(tmp_path, content, code):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError) as caught:
        probe(path)
    assert caught.value.code == code


def test_sound_alone_is_no_video(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(VideoError) as caught:
        probe(tmp_path / "a.mp4")
    assert caught.value.code == "not_a_video"


def test_a_clip_cut_short_gives_what_it_has(tmp_path):
    path = clips.write(tmp_path / "a.mkv", [40 * i for i in range(100)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 5 < len(list(read_frames(path))) < 100


def test_damage_in_the_middle_is_passed_over(tmp_path):
    path = clips.write(tmp_path / "a.avi", EVEN, "mjpeg")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    path.write_bytes(data)
    indices = [clips.index_of(frame.image) for frame in read_frames(path) if frame.image[16].max() > 150]
    assert indices[:3] == [0, 1, 2]
    assert indices[-1] == 24


def frames(times_ms, size=(160, 96)):
    return [VideoFrame(i, time / 1000, clips.picture(i, *size)) for i, time in enumerate(times_ms)]


def test_what_is_written_reads_back_with_its_timestamps(tmp_path):
    path = tmp_path / "out.mp4"
    assert write_video(path, frames(UNEVEN), fps=20) == len(UNEVEN)
    back = list(read_frames(path))
    assert [round(1000 * frame.time_s) for frame in back] == UNEVEN
    assert [clips.index_of(frame.image) for frame in back] == list(range(len(UNEVEN)))


def test_browsers_can_play_it(tmp_path):
    path = tmp_path / "out.mp4"
    write_video(path, frames(EVEN), fps=25)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_odd_sides_are_made_even(tmp_path):
    path = tmp_path / "out.mp4"
    write_video(path, frames(EVEN[:3], (161, 97)))
    info = probe(path)
    assert (info.width, info.height) == (162, 98)


def test_a_failure_leaves_no_file(tmp_path):
    def broken():
        yield from frames(EVEN[:3])
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        write_video(tmp_path / "out.mp4", broken())
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_write(tmp_path):
    with pytest.raises(ValueError, match="at least one frame"):
        write_video(tmp_path / "out.mp4", [])


def test_real_clips(test_data):
    walk = probe(test_data / "media" / "walk-side.mp4")
    assert (walk.width, walk.height, walk.frames) == (1768, 994, 230)
    dance = probe(test_data / "media" / "dance.avi")
    assert (dance.frames, round(dance.fps)) == (205, 50)
