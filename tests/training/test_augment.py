"""augment.py: what a look does to a picture, and to the maps that belong to it."""

import numpy as np
import pytest

from estimator import COCO_18, Thresholds, encode
from tests.estimator.conftest import match, standing
from tests.training.made_up import person_canvas
from training import augment
from training.check import frame
from training.targets import CHANNELS


def maps_of(pose):
    maps = encode([pose], COCO_18, 32, 32)
    return np.concatenate([maps.confidence_maps, 1 - maps.confidence_maps.max(0, keepdims=True), maps.pafs])


def test_a_flip_makes_the_maps_of_the_mirrored_person():
    pose = standing(x=40, y=10, scale=0.7)
    keypoints = pose.keypoints.copy()[list(COCO_18.mirror)]
    keypoints[:, 0] = 255 - keypoints[:, 0]
    expected = maps_of(type(pose)(COCO_18, keypoints))
    image = np.zeros((256, 256, 3), np.uint8)
    _, flipped = augment.flip(image, maps_of(pose))
    np.testing.assert_allclose(flipped, expected, atol=1e-5)


def test_two_flips_are_none():
    image, maps = person_canvas(0)
    there = augment.flip(*augment.flip(image, maps))
    np.testing.assert_array_equal(there[0], image)
    np.testing.assert_array_equal(there[1], maps)
    assert sorted(augment.mirrored_channels()[0]) == list(range(CHANNELS))


def test_a_crop_keeps_maps_and_picture_together():
    image, maps = person_canvas(1)
    whole = frame(maps, Thresholds()).poses
    cut_image, cut_maps = augment.crop(image, maps, np.random.default_rng(3), 248)
    (y, x) = next((y, x) for y in (0, 8) for x in (0, 8) if np.array_equal(image[y:, x:][:248, :248], cut_image))
    moved = [standing(*(p.keypoints[0, :2] - (x, y)))
             and type(p)(COCO_18, (p.keypoints - [x, y, 0]) * (p.keypoints[:, 2:] > 0)) for p in whole]  # fmt: skip
    padded = np.pad(cut_maps, ((0, 0), (0, 1), (0, 1)))
    assert match(frame(padded, Thresholds()).poses, moved, tolerance=2) <= 2


@pytest.mark.parametrize("change", [change for _, change in augment.CHANGES] + [augment.light])
def test_every_change_gives_another_picture_of_the_same_kind(change):
    image, _ = person_canvas(2)
    before = image.copy()
    changed = change(image, np.random.default_rng(0))
    np.testing.assert_array_equal(image, before)
    assert changed.shape == image.shape
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, image)
    assert np.abs(changed.astype(int).mean() - image.mean()) < 90


def test_a_look_is_the_generators_alone():
    image, maps = person_canvas(4)
    one, two = (augment.augment(image, maps, np.random.default_rng(9), 128) for _ in range(2))
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])
    assert one[0].shape == (128, 128, 3)
    assert one[1].shape == (CHANNELS, 16, 16)
