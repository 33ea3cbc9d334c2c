"""targets.py: labels fill in what the teacher missed, and nothing else."""

import numpy as np
import pytest
import torch

from estimator import COCO_18, Thresholds
from tests.estimator.conftest import match, standing
from tests.training.made_up import person_canvas
from training import targets
from training.check import frame
from training.targets import BACKGROUND, Labels

PERSON = standing(x=60, y=10, scale=0.7)


def fill_in(maps, people):
    """One canvas, as arrays."""
    return targets.fill_in(torch.from_numpy(maps)[None], Labels.of([people]))[0].numpy()


def test_a_person_the_teacher_did_not_see_is_drawn_whole():
    empty = np.zeros((57, 32, 32), np.float32)
    empty[BACKGROUND] = 1
    maps = fill_in(empty, [PERSON.keypoints])
    assert not empty[:BACKGROUND].any(), "the teacher's maps were changed"
    assert match(frame(maps, Thresholds()).poses, [PERSON], tolerance=4) <= 4
    assert maps[BACKGROUND].min() < 0.2


def test_what_the_teacher_saw_nearby_stays_as_it_is():
    _, seen = person_canvas(3)
    maps = seen.astype(np.float32)
    pose = frame(maps, Thresholds()).poses[0]
    np.testing.assert_array_equal(fill_in(maps, [pose.keypoints]), maps)


@pytest.mark.parametrize("keypoint", ["r_wrist", "l_ankle"])
def test_only_the_missing_keypoint_is_drawn(keypoint):
    channel = COCO_18.index(keypoint)
    empty = np.zeros((57, 32, 32), np.float32)
    maps = fill_in(empty, [PERSON.keypoints])
    maps[channel] = 0
    filled = fill_in(maps, [PERSON.keypoints])
    changed = {int(c) for c in np.flatnonzero((filled != maps).any(axis=(1, 2)))}
    assert changed == {channel}


def test_labels_outside_or_not_given_say_nothing():
    empty = np.zeros((57, 32, 32), np.float32)
    nobody = PERSON.keypoints * [1, 1, 0]
    assert not fill_in(empty, [nobody]).any()
