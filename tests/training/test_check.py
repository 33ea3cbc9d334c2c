"""check.py: the measure itself, on answers whose worth is known."""

import numpy as np
import pytest

from estimator import Thresholds
from training import check
from training.dataset import Shards


class Answers:
    """A run whose network answers what it is told to."""

    samples = 0

    def __init__(self, maps):
        self.maps = maps

    def judge(self, _):
        return 0.0


@pytest.fixture
def held_out(canvases_folder):
    return Shards(canvases_folder / "held-out")


@pytest.fixture
def judged(monkeypatch, held_out):
    def judge(maps):
        monkeypatch.setattr(check, "answer", lambda run, *_: run.maps)
        return check.check(Answers(maps), held_out, 4)

    return judge


def test_the_teachers_own_answer_is_perfect(judged, held_out):
    verdict = judged([held_out[i][1] for i in range(4)])
    assert verdict.ap == pytest.approx(1, abs=1e-6)
    assert (verdict.precision, verdict.recall) == (1, 1)


def test_silence_scores_nothing(judged):
    verdict = judged([np.zeros((57, 32, 32), np.float32)] * 4)
    assert (verdict.ap, verdict.precision, verdict.recall) == (0, 0, 0)


def test_another_pictures_people_are_wrong(judged, held_out):
    verdict = judged([held_out[3 - i][1] for i in range(4)])
    assert verdict.ap < 0.5


def test_a_weak_ghost_is_silenced_by_the_thresholds_chosen(judged, held_out):
    maps = [held_out[i][1].astype(np.float32) for i in range(4)]
    ghosts = [np.maximum(own, 0.25 * np.roll(own, 12, axis=2)) for own in maps]
    verdict = judged(ghosts)
    assert verdict.precision == 1
    assert verdict.thresholds != Thresholds()


def test_a_limb_that_the_teacher_did_not_join_is_neither_asked_for_nor_invented(held_out):
    maps = np.array(held_out[0][1], np.float32)
    arm = maps.copy()
    arm[[*range(2), *range(5, check.BACKGROUND)]] = 0  # a right arm is left: three keypoints
    alone, both = ([check.frame(m, Thresholds()) for m in frames] for frames in ([arm], [maps]))
    assert len(alone[0].poses) == 1
    assert check._verdict(check.coco_truth(alone), [arm], Thresholds())[1:] == (0, 0)
    assert check._verdict(check.coco_truth(both), [arm], Thresholds())[1:] == (0, 0)
    assert check._verdict(check.coco_truth(both), [maps], Thresholds())[1:] == (1, 1)
