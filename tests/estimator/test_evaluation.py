"""COCO accuracy: perfect answers score 1, shifted ones less, and the real network what it scored before."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from estimator import COCO_18, Estimate, PoseFrame
from estimator.evaluation import evaluate, judge_answers
from estimator.formats import COCO_17, to_coco, to_coco_17
from tests.estimator.conftest import standing


class Oracle:
    """Answers with poses given beforehand; stands where a PoseEstimator would."""

    def __init__(self, poses):
        self.poses = poses

    def estimate(self, image):
        return Estimate(PoseFrame(COCO_18, image.shape[1], image.shape[0], tuple(self.poses)), 1.0, 1.0)


@pytest.fixture
def labelled(tmp_path):
    """Two pictures with the same two people in them, as COCO annotates."""
    people = [standing(10, 10), standing(160, 10)]
    images = [{"id": i, "file_name": f"{i}.png", "width": 320, "height": 320} for i in (1, 2)]
    for image in images:
        Image.new("RGB", (320, 320)).save(tmp_path / image["file_name"])
    annotations = [
        {"id": 10 * i + n, "image_id": i, "category_id": 1, "iscrowd": 0, "area": 20_000.0, "num_keypoints": 17,
         "bbox": [0, 0, 100, 300], "keypoints": [v for x, y, s in to_coco_17(p).tolist() for v in (x, y, 2 * s)]}
        for i in (1, 2) for n, p in enumerate(people)
    ]  # fmt: skip
    file = tmp_path / "labels.json"
    file.write_text(
        json.dumps({"images": images, "annotations": annotations,
                    "categories": [{"id": 1, "name": "person", "keypoints": COCO_17, "skeleton": []}]})
    )  # fmt: skip
    return file, tmp_path, people


def test_perfect_answers_score_one(labelled):
    file, folder, people = labelled
    accuracy = evaluate(Oracle(people), file, folder, resamples=20)
    assert (accuracy.ap, accuracy.ap50, accuracy.ar) == pytest.approx((1, 1, 1))
    assert (accuracy.ap_low, accuracy.ap_high) == pytest.approx((1, 1))
    assert accuracy.images == 2


def test_shifted_answers_score_less_and_none_score_nothing(labelled):
    file, folder, people = labelled
    moved = [replace(p, keypoints=p.keypoints + np.array([15, 0, 0], np.float32)) for p in people]
    assert 0 < evaluate(Oracle(moved), file, folder, resamples=5).ap < 0.9
    assert evaluate(Oracle([]), file, folder, resamples=5).ap == 0


def test_stored_answers_are_judged_over_the_pictures_that_were_answered():
    people = standing(10, 10), standing(160, 10)
    frame = PoseFrame(COCO_18, 320, 320, people)
    truth = to_coco({"1.jpg": frame, "2.jpg": frame}, subset_17=True)
    half = PoseFrame(COCO_18, 320, 320, people[:1])
    assert judge_answers(truth, {"1.jpg": frame}, 5)[:3] == pytest.approx((1, 1, 1))
    assert judge_answers(truth, {"1.jpg": frame, "2.jpg": half}, 5)[2] == pytest.approx(0.75)
    assert judge_answers(truth, {"unknown.jpg": frame}, 5)[0] == 0


def test_the_zoo_network_is_as_accurate_as_promised(zoo_estimator, test_data):
    """The pictures are COCO train2017's: its teachers may have seen them, so this judges the decoder, not the net."""
    coco = test_data / "coco-dev"
    accuracy = evaluate(zoo_estimator, coco / "person_keypoints.json", coco / "images", resamples=20)
    assert accuracy.images == 80
    assert accuracy.ap >= 0.31
    assert accuracy.ap_low < accuracy.ap < accuracy.ap_high
