"""Who is the same person, over frames."""

import numpy as np

from estimator.pose import Pose, PoseFrame
from estimator.skeleton import COCO_18
from estimator.tracking import link, similarity
from tests.estimator.conftest import standing

FPS = 30


def frames_of(paths, count):
    """Frames from functions of the frame's number that give a pose or None; best first is shuffled on purpose."""
    rng = np.random.default_rng(0)
    frames = []
    for i in range(count):
        poses = [pose for path in paths if (pose := path(i)) is not None]
        rng.shuffle(poses)
        frames.append(PoseFrame(COCO_18, 1280, 720, tuple(poses)))
    return frames


def linked(paths, count):
    return link(frames_of(paths, count), np.arange(count) / FPS)


def owner(track, paths):
    """Index of the path that a track follows all along, or None."""
    for index, path in enumerate(paths):
        rows = [row for row in range(track.first, track.stop) if track.pose_at(row) is not None]
        if all(np.array_equal(track.pose_at(row).keypoints, path(row).keypoints) for row in rows):
            return index
    return None


def test_one_person_is_one_track():
    (track,) = linked([lambda i: standing(100 + 3 * i, 50)], 60)
    assert (track.track, track.first, track.stop) == (1, 0, 60)
    assert track.seen.all()


def test_people_who_pass_each_other_keep_their_ids():
    """They walk towards each other at 10 px a frame, 30 px apart in depth, and meet in the middle."""
    paths = [lambda i: standing(50 + 10 * i, 50), lambda i: standing(650 - 10 * i, 80)]
    tracks = linked(paths, 60)
    assert sorted(owner(track, paths) for track in tracks) == [0, 1]


def test_a_person_out_of_sight_for_a_moment_comes_back():
    (track,) = linked([lambda i: None if 20 <= i < 35 else standing(50 + 4 * i, 50)], 60)
    assert not track.seen[20:35].any()
    assert track.seen[35:].all()


def test_a_person_gone_for_long_is_somebody_new():
    tracks = linked([lambda i: None if 20 <= i < 50 else standing(50, 50)], 70)
    assert [(track.first, track.stop) for track in tracks] == [(0, 20), (50, 70)]


def test_somebody_far_away_is_somebody_else():
    tracks = linked([lambda i: standing(50 if i < 30 else 700, 50)], 60)
    assert [(track.first, track.stop) for track in tracks] == [(0, 30), (30, 60)]


def test_two_halves_of_a_person_are_one():
    upper = {"r_knee", "l_knee", "r_ankle", "l_ankle"}

    def whole(i):
        return standing(100 + 2 * i, 50, missing=() if not 20 <= i < 25 else upper)

    def legs(i):
        rest = set(COCO_18.keypoints) - upper
        return standing(100 + 2 * i, 50, missing=rest) if 20 <= i < 25 else None

    (track,) = linked([whole, legs], 50)
    assert track.found.all()


def test_a_stray_leg_does_not_inherit_the_person():
    """For one frame the network sees a knee and an ankle twice; then only the whole person, who moved on."""
    leg = set(COCO_18.keypoints) - {"r_knee", "r_ankle"}

    def whole(i):
        return standing(100 + 12 * i + 8 * (i == 21), 50)

    def stray(i):
        return standing(100 + 12 * 21 + 8, 50, missing=leg) if i == 20 else None

    tracks = linked([whole, stray], 50)
    assert [(t.first, t.stop, int(t.seen.sum())) for t in tracks] == [(0, 50, 50), (20, 21, 1)]


def test_every_pose_is_kept_as_it_was():
    paths = [lambda _: standing(50, 50), lambda i: standing(400 + i, 40, 0.8)]
    tracks = linked(paths, 20)
    for row in range(20):
        found = sorted(track.pose_at(row).keypoints.tobytes() for track in tracks)
        assert found == sorted(path(row).keypoints.tobytes() for path in paths)


def test_the_same_clip_gets_the_same_ids():
    paths = [
        lambda i: standing(50 + 5 * i, 50),
        lambda i: standing(350 - 5 * i, 60),
        lambda _: standing(600, 40),
    ]
    once, again = linked(paths, 60), linked(paths, 60)
    assert [(t.track, t.keypoints.tobytes()) for t in once] == [(t.track, t.keypoints.tobytes()) for t in again]


def test_who_is_seen_longest_has_the_first_id():
    tracks = linked([lambda i: standing(700, 50) if i < 5 else None, lambda _: standing(50, 50)], 60)
    assert [(track.track, int(track.seen.sum())) for track in tracks] == [(1, 60), (2, 5)]


def test_nobody():
    assert link([PoseFrame(COCO_18, 10, 10, ())] * 5, np.arange(5.0)) == ()
    assert link([], np.zeros(0)) == ()


def test_similarity():
    person = standing(100, 100).keypoints
    assert similarity(person, person) == 1
    assert 0.5 < similarity(person, standing(110, 100).keypoints) < 1
    assert similarity(person, standing(400, 100).keypoints) < 0.01
    assert similarity(person, standing(120, 100).keypoints, 2.0) > similarity(person, standing(120, 100).keypoints)
    assert similarity(person, Pose(COCO_18, np.zeros((18, 3))).keypoints) == 0
