"""Fixtures of the estimator's tests: people with known keypoints, real photos, real networks."""

import os
from pathlib import Path

import numpy as np
import pytest

from estimator import COCO_18, Pose, PoseEstimator, Zoo


@pytest.fixture(scope="session")
def test_data():
    """Folder of real photos and labels; skipped with one line where it is not at hand."""
    folder = os.environ.get("POSEWEB_TEST_DATA")
    if not folder:
        pytest.skip("POSEWEB_TEST_DATA is not set: no real photos at hand")
    return Path(folder)


@pytest.fixture(scope="session")
def model_source():
    """Folder of published network files; skipped with one line where it is not at hand."""
    folder = os.environ.get("POSEWEB_MODEL_SOURCE")
    if not folder:
        pytest.skip("POSEWEB_MODEL_SOURCE is not set: no published network files at hand")
    return Path(folder)


@pytest.fixture(scope="session")
def zoo(tmp_path_factory, model_source):
    """A zoo with the default network installed from the source folder."""
    zoo = Zoo(tmp_path_factory.mktemp("networks"), model_source)
    zoo.install(zoo.default.name)
    return zoo


@pytest.fixture(scope="session")
def zoo_estimator(zoo):
    return PoseEstimator.load(zoo, zoo.default.name)


@pytest.fixture(scope="session")
def built_in_estimator(tmp_path_factory):
    return PoseEstimator.load(Zoo(tmp_path_factory.mktemp("none")), "poseweb")


# A person standing, facing us, 100 wide and 300 high, nose at (50, 20).
STANDING = {
    "nose": (50, 20), "neck": (50, 60), "r_shoulder": (25, 62), "r_elbow": (12, 110), "r_wrist": (8, 155),
    "l_shoulder": (75, 62), "l_elbow": (88, 110), "l_wrist": (92, 155), "r_hip": (36, 160), "r_knee": (34, 225),
    "r_ankle": (33, 290), "l_hip": (64, 160), "l_knee": (66, 225), "l_ankle": (67, 290), "r_eye": (43, 12),
    "l_eye": (57, 12), "r_ear": (34, 17), "l_ear": (66, 17), "mid_hip": (50, 160), "head": (50, 0), "chest": (50, 110),
    "l_big_toe": (72, 300), "l_small_toe": (80, 298), "l_heel": (64, 297), "r_big_toe": (28, 300),
    "r_small_toe": (20, 298), "r_heel": (36, 297),
}  # fmt: skip


def standing(x=0.0, y=0.0, scale=1.0, skeleton=COCO_18, missing=()):
    """A pose of the person above, moved and scaled."""
    rows = [(0, 0, 0) if k in missing else (STANDING[k][0] * scale + x, STANDING[k][1] * scale + y, 1)
            for k in skeleton.keypoints]  # fmt: skip
    return Pose(skeleton, np.array(rows, np.float32))


def match(found, expected, tolerance):
    """Pair poses by distance; returns the largest error in pixels over all keypoints, or fails on a difference."""
    assert len(found) == len(expected)
    worst = 0.0
    for pose in expected:
        errors = [_error(other, pose) for other in found]
        worst = max(worst, min(errors))
    assert worst <= tolerance
    return worst


def _error(found, expected):
    if not np.array_equal(found.found, expected.found):
        return np.inf
    difference = found.keypoints[expected.found, :2] - expected.keypoints[expected.found, :2]
    return float(np.hypot(*difference.T).max())
