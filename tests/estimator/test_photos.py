"""Real networks on real photos: the number of people that a person counts."""

import numpy as np
import pytest

from estimator import read_image

PEOPLE = {"p2.jpg": 2, "p3.jpg": 3, "golf.jpg": 1, "ski.jpg": 5, "COCO_val2014_000000000328.jpg": 3}


@pytest.mark.parametrize("name", PEOPLE)
def test_the_zoo_network_counts_people(zoo_estimator, test_data, name):
    frame = zoo_estimator.estimate(read_image((test_data / "media" / name).read_bytes())).frame
    assert len(frame.poses) == PEOPLE[name]
    for pose in frame.poses:
        assert (pose.keypoints[:, 0] <= frame.width).all()
        assert (pose.keypoints[:, 1] <= frame.height).all()


def test_nobody_in_the_dark(zoo_estimator, built_in_estimator):
    black = np.zeros((480, 640, 3), np.uint8)
    assert zoo_estimator.estimate(black).frame.poses == ()
    assert built_in_estimator.estimate(black).frame.poses == ()


@pytest.mark.parametrize("name", ["p1.jpg", "golf.jpg"])
def test_the_built_in_network_finds_a_whole_player(built_in_estimator, test_data, name):
    frame = built_in_estimator.estimate(read_image((test_data / "media" / name).read_bytes())).frame
    assert max(pose.found.sum() for pose in frame.poses) >= 16


def test_a_mirrored_photo_gives_mirrored_poses(zoo_estimator, test_data):
    """The network is only nearly symmetric, so poses agree within a few pixels, not exactly."""
    image = read_image((test_data / "media" / "golf.jpg").read_bytes())
    (pose,) = zoo_estimator.estimate(image).frame.poses
    (other,) = zoo_estimator.estimate(np.ascontiguousarray(image[:, ::-1])).frame.poses
    mirrored = other.keypoints[list(pose.skeleton.mirror)]
    both = (pose.keypoints[:, 2] > 0.3) & (mirrored[:, 2] > 0.3)
    assert both.sum() >= 12
    error = np.abs(image.shape[1] - 1 - mirrored[both, 0] - pose.keypoints[both, 0])
    _, top, _, bottom = pose.box
    assert np.median(error) < 0.03 * (bottom - top)


def test_the_same_photo_gives_the_same_answer(zoo_estimator, test_data):
    image = read_image((test_data / "media" / "p3.jpg").read_bytes())
    one, two = (zoo_estimator.estimate(image).frame.poses for _ in range(2))
    assert [pose.keypoints.tobytes() for pose in one] == [pose.keypoints.tobytes() for pose in two]
