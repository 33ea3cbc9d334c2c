"""PoseSequence: what it takes, what it answers."""

import numpy as np
import pytest

from estimator.pose import PoseSequence
from estimator.skeleton import COCO_18

KEYPOINTS = np.ones((3, 18, 3), np.float32)


@pytest.mark.parametrize(
    ("times", "keypoints"),
    [
        ([0, 1], KEYPOINTS),
        ([0, 1, 1], KEYPOINTS),
        ([0, 1, 2], KEYPOINTS[:, :17]),
        ([0, 1, 2], np.full_like(KEYPOINTS, np.nan)),
        ([0, 1, np.inf], KEYPOINTS),
    ],
)
def test_what_does_not_fit_is_refused(times, keypoints):
    with pytest.raises(ValueError, match=r"fit|finite"):
        PoseSequence(COCO_18, 0, 0, np.array(times, float), keypoints)


def test_a_pose_of_a_row():
    array = KEYPOINTS.copy()
    array[1] = 0
    sequence = PoseSequence(COCO_18, 3, 10, np.arange(3.0), array)
    assert sequence.stop == 13
    assert sequence.seen.tolist() == [True, False, True]
    assert sequence.pose_at(10).score == 1
    assert [sequence.pose_at(row) for row in (9, 11, 13)] == [None] * 3
