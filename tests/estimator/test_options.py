"""Every option does what its line says, on drawn maps or on real photos."""

import numpy as np
import pytest

from estimator import COCO_18, NetResolution, Options, PoseEstimator, Thresholds, encode, read_image
from estimator.maps import average
from estimator.network.engine import Network
from estimator.preprocess import BlobFormat
from tests.estimator.conftest import standing


class Oracle:
    """An engine that answers with the maps of known people, whatever the size of the blob: a perfect network."""

    name, device = "oracle", "cpu"
    network = Network("oracle", COCO_18, BlobFormat("BGR", (0, 0, 0), 1.0, 8), 8, 2, Thresholds())

    def __init__(self, people, width):
        self.people, self.width, self.seen = people, width, []

    def forward(self, blob, outputs):
        self.seen.append((blob.shape, tuple(outputs)))
        rows, columns = blob.shape[2] // 8, blob.shape[3] // 8
        scaled = [
            standing(x * blob.shape[3] / self.width, y, s * blob.shape[3] / self.width) for x, y, s in self.people
        ]
        maps = encode(scaled, COCO_18, rows, columns)
        background = np.zeros((1, rows, columns), np.float32)
        heatmaps = np.concatenate([maps.confidence_maps, background])
        return [np.stack([heatmaps] * len(blob)), np.stack([maps.pafs] * len(blob))]


PICTURE = np.zeros((320, 640, 3), np.uint8)
THREE = [(20, 0, 1), (220, 0, 0.9), (420, 0, 0.8)]


def estimate(**options):
    engine = Oracle(THREE, 640)
    estimator = PoseEstimator(engine, Options(net_resolution=NetResolution(-1, 320), **options))
    return estimator.estimate(PICTURE).frame, engine.seen


def test_scales_are_averaged_and_come_back_to_the_same_people():
    frame, seen = estimate(scale_number=3, scale_gap=0.25)
    assert [shape[3] for shape, _ in seen] == [640, 480, 320]
    assert len(frame.poses) == 3
    single_scale, _ = estimate()
    for one, other in zip(frame.poses, single_scale.poses, strict=True):
        assert np.abs(one.keypoints[:, :2] - other.keypoints[:, :2]).max() < 6


def test_averaging_maps_of_two_sizes_keeps_peaks_in_place():
    big, small = encode([standing(40, 20)], COCO_18, 40, 40), encode([standing(20, 10, 0.5)], COCO_18, 20, 20)
    both = average([big, small], [(1.0, 1.0), (0.5, 0.5)])
    for channel in range(18):
        one = np.unravel_index(big.confidence_maps[channel].argmax(), (40, 40))
        two = np.unravel_index(both.confidence_maps[channel].argmax(), (40, 40))
        assert np.abs(np.subtract(one, two)).max() <= 1


def test_number_people_max_keeps_the_best():
    everyone, _ = estimate()
    two, _ = estimate(number_people_max=2)
    assert [p.keypoints.tobytes() for p in two.poses] == [p.keypoints.tobytes() for p in everyone.poses[:2]]


def test_single_finds_one():
    assert len(estimate(single=True)[0].poses) == 1


def test_thresholds_given_replace_the_networks_own():
    assert estimate(keypoint_threshold=1.0)[0].poses == ()
    assert len(estimate(limb_threshold=1.0)[0].poses) < 3
    assert Options(limb_threshold=0.3).thresholds(Thresholds(min_keypoints=6)) == Thresholds(0.1, 0.3, 6, 0.2)


def test_an_earlier_stage_asks_for_its_own_outputs():
    engine = Oracle(THREE, 640)
    estimator = PoseEstimator(engine)
    assert estimator.maps(PICTURE, 1)[0].stage == 1
    assert estimator.maps(PICTURE)[0].stage == 2
    assert [outputs for _, outputs in engine.seen] == [("heatmaps_stage1", "pafs_stage1"), ("heatmaps", "pafs")]
    for stage in (0, 3):
        with pytest.raises(ValueError, match="stages 1 to 2"):
            estimator.maps(PICTURE, stage)


@pytest.mark.parametrize(
    "senseless",
    [{"scale_number": 0}, {"scale_number": 5, "scale_gap": 0.25}, {"scale_gap": 0}, {"number_people_max": 0},
     {"keypoint_threshold": 2}, {"limb_threshold": -1}],
)  # fmt: skip
def test_a_senseless_option_is_refused_by_name(senseless):
    with pytest.raises(ValueError, match=next(iter(senseless)).split("_", maxsplit=1)[0]):
        Options(**senseless)


def test_a_batch_answers_like_one_by_one(built_in_estimator, test_data):
    images = [read_image((test_data / "media" / name).read_bytes()) for name in ("p2.jpg", "golf.jpg")]
    same_size = [image[:400, :400] for image in images]
    alone = [built_in_estimator.estimate(image).frame for image in same_size]
    together = [estimate.frame for estimate in built_in_estimator.estimate_batch(same_size)]
    for one, other in zip(alone, together, strict=True):
        assert len(one.poses) == len(other.poses)
        for a, b in zip(one.poses, other.poses, strict=True):
            assert np.allclose(a.keypoints, b.keypoints, atol=0.05)
    with pytest.raises(ValueError, match="one size"):
        built_in_estimator.estimate_batch(images)
