"""A clip estimated in chunks: the same whole whatever was interrupted, and an annotated MP4 of it."""

import gc
import json
import weakref
from pathlib import Path

import av
import numpy as np
import pytest

from estimator.cli import main
from estimator.clip import Chunk, annotate, estimate_chunks, estimate_frames, join, tracked_poses
from estimator.errors import FormatError, VideoError
from estimator.estimator import PoseEstimator
from estimator.network.zoo import Zoo
from estimator.options import Options
from estimator.preprocess import NetResolution
from estimator.tracking import link
from estimator.video import VideoLimits, probe, read_frames
from tests.estimator import clips

TIMES = [33 * i for i in range(20)]


@pytest.fixture(scope="module")
def estimator(tmp_path_factory):
    """The built-in network at a small size: real, and quick; whatever it sees in every frame is a pose."""
    small = Options(net_resolution=NetResolution(-1, 64), single=True, keypoint_threshold=0.0)
    return PoseEstimator.load(Zoo(tmp_path_factory.mktemp("none")), "poseweb", small)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return clips.write(tmp_path_factory.mktemp("clip") / "a.mp4", TIMES)


def same(one, other):
    assert all(frame.poses for frame in one.frames)
    poses = [[p.keypoints.tobytes() for f in clip.frames for p in f.poses] for clip in (one, other)]
    return (
        poses[0] == poses[1]
        and np.array_equal(one.indices, other.indices)
        and np.array_equal(one.times_s, other.times_s)
    )


def test_chunks_are_as_long_as_asked(path, estimator):
    chunks = list(estimate_chunks(path, estimator, size=8))
    assert [chunk.indices.tolist() for chunk in chunks] == [
        list(range(8)),
        list(range(8, 16)),
        list(range(16, 20)),
    ]
    assert np.allclose(join(chunks).times_s, np.array(TIMES) / 1000, atol=0.001)


def test_a_run_that_was_killed_goes_on_where_its_chunks_end(path, estimator, tmp_path):
    whole = join(estimate_chunks(path, estimator, size=6))
    seen = []

    def killed(index):
        if index == 14:
            raise KeyboardInterrupt

    def work():
        for number, chunk in enumerate(estimate_chunks(path, estimator, size=6, on_frame=killed)):
            chunk.save(tmp_path / f"{number}.npz")

    with pytest.raises(KeyboardInterrupt):
        work()
    kept = [Chunk.load(file) for file in sorted(tmp_path.glob("*.npz"))]
    start = kept[-1].next_index
    rest = list(estimate_chunks(path, estimator, start=start, size=6, on_frame=seen.append))
    assert start == 12
    assert seen == list(range(12, 20))
    assert same(join([*rest, *kept]), whole)


def test_any_stretch_can_be_estimated_alone(path, estimator):
    whole = join(estimate_chunks(path, estimator))
    parts = [estimate_frames(path, estimator, a, b) for a, b in ((0, 7), (7, 15), (15, 99))]
    assert same(join(parts), whole)
    assert estimate_frames(path, estimator, 50, 60) is None


def test_every_third_frame(path, estimator):
    clip = join(estimate_chunks(path, estimator, every=3, size=4))
    assert clip.indices.tolist() == [0, 3, 6, 9, 12, 15, 18]
    assert clip.times_s[1] == pytest.approx(0.099, abs=0.001)


def test_a_chunk_reads_back_as_it_was_written(path, estimator, tmp_path):
    (chunk,) = estimate_chunks(path, estimator)
    chunk.save(tmp_path / "a.npz")
    back = Chunk.load(tmp_path / "a.npz")
    assert same(chunk, back)
    assert back.ms_network == chunk.ms_network
    assert [p.score for f in back.frames for p in f.poses] == [p.score for f in chunk.frames for p in f.poses]
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize("kept", [0, 0.5, 0.98])
def test_a_damaged_chunk_is_said_to_be_one(path, estimator, tmp_path, kept):
    (chunk,) = estimate_chunks(path, estimator)
    file = tmp_path / "a.npz"
    chunk.save(file)
    data = file.read_bytes()
    file.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(FormatError, match="estimate those frames again"):
        Chunk.load(file)


def test_a_frame_may_be_there_only_once(path, estimator):
    chunk = estimate_frames(path, estimator, 0, 5)
    with pytest.raises(ValueError, match="every frame once"):
        join([chunk, chunk])
    with pytest.raises(ValueError, match="at least one chunk"):
        join([])


def test_a_limit_stops_the_work(path, estimator):
    with pytest.raises(VideoError) as caught:
        list(estimate_chunks(path, estimator, limits=VideoLimits(max_frames=5)))
    assert caught.value.code == "too_many_frames"


def test_annotate_draws_on_every_frame_and_keeps_the_time(test_data, zoo_estimator, tmp_path):
    source = test_data / "media" / "walk-side.mp4"
    clip = estimate_frames(source, zoo_estimator, 60, 72, every=3)
    tracks = link(clip.frames, clip.times_s)
    target = tmp_path / "out.mp4"
    assert annotate(source, target, clip, tracks) == 4
    drawn, plain = (list(read_frames(p)) for p in (target, source))
    assert [frame.time_s for frame in drawn] == pytest.approx([0, 0.1, 0.2, 0.3], abs=0.002)
    assert drawn[0].image.shape == (720, 1280, 3)
    knees = [pose.keypoints[9] for _, pose in tracked_poses(tracks, 0)]
    knee = max(knees, key=lambda point: point[1])[:2]  # the walker's is the lowest in the picture
    assert _changed(plain[60].image, drawn[0].image, knee) > 30
    assert _changed(plain[60].image, drawn[0].image, np.array([300.0, 700.0])) < 8  # a wall


def _changed(before, after, point):
    """How far the colour around a point of the full-size picture changed."""
    scale = after.shape[1] / before.shape[1]
    return np.abs(_colour(after, point * scale) - _colour(before, point)).max()


def test_a_person_keeps_the_id_in_the_json(test_data, zoo_estimator, tmp_path, monkeypatch, zoo):
    monkeypatch.setenv("POSEWEB_DATA", str(zoo.folder.parent))
    source = _cut(test_data / "media" / "walk-side.mp4", tmp_path / "walk.mp4", 8)
    assert (
        main(
            [
                str(source),
                "--json",
                str(tmp_path / "json"),
                "--video",
                str(tmp_path / "o.mp4"),
                "--every",
                "4",
            ]
        )
        == 0
    )
    files = sorted((tmp_path / "json").iterdir())
    assert [file.name for file in files] == [f"walk_{i:012}_keypoints.json" for i in (0, 4)]
    documents = [json.loads(file.read_text()) for file in files]
    assert all(document["version"] == 1.3 for document in documents)
    ids = [{person["person_id"][0] for person in document["people"]} for document in documents]
    assert ids[0] & ids[1]
    assert probe(tmp_path / "o.mp4").frames == 2


def test_poses_of_a_row_come_with_their_track(path, estimator):
    clip = join(estimate_chunks(path, estimator))
    tracks = link(clip.frames, clip.times_s)
    for row, frame in enumerate(clip.frames):
        assert len(tracked_poses(tracks, row)) <= len(frame.poses)


def test_a_file_that_is_no_video(tmp_path, capsys):
    file = Path(tmp_path / "a.mp4")
    file.write_bytes(b"nothing of the kind")
    assert main([str(file), "--network", "poseweb"]) == 1
    assert "not a video" in capsys.readouterr().err


def _colour(image, point):
    x, y = point.round().astype(int)
    return image[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1))


def _cut(source, target, frames):
    """The first frames of a clip, copied without encoding."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for number, packet in enumerate(given.demux(stream)):
            if number >= frames or packet.dts is None:
                break
            packet.stream = copy
            made.mux(packet)
    return target


def test_pictures_do_not_pile_up(path, estimator):
    """A chunk of thirty 4K pictures would fill 750 MB."""
    pictures, alive = [], []

    class Watched:
        def estimate(self, image):
            pictures.append(weakref.ref(image))
            return estimator.estimate(image)

    def count(_):
        gc.collect()
        alive.append(sum(picture() is not None for picture in pictures))

    list(estimate_chunks(path, Watched(), size=20, on_frame=count))
    assert len(pictures) == 20
    assert max(alive) <= 6
