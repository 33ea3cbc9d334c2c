"""augment.py: what a look does to a picture, and to the maps that belong to it."""

import numpy as np
import pytest

from estimator import COCO_18, Thresholds
from tests.estimator.conftest import match, standing
from tests.training.made_up import person_canvas
from training import augment
from training.check import frame
from training.targets import CHANNELS


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


def test_every_second_look_is_the_canvas_as_it_is():
    image, _ = person_canvas(2)
    same = [np.array_equal(augment.look(image, np.random.default_rng(i)), image) for i in range(200)]
    assert 80 < sum(same) < 120


def test_a_look_is_the_generators_alone():
    image, maps = person_canvas(4)
    one, two = (augment.augment(image, maps, np.random.default_rng(9), 128) for _ in range(2))
    for part, again in zip(one, two, strict=True):
        np.testing.assert_array_equal(part, again)
    assert [part.shape for part in one] == [(128, 128, 3), (CHANNELS, 16, 16)]
