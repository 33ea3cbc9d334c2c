"""Keypoints → drawn maps and PAFs → the real decoder → tracks → report: the errors stay within budget."""

from dataclasses import replace

import numpy as np

from estimator.clip import estimate_frames
from estimator.decoding import decode
from estimator.encoding import encode
from estimator.gait import GaitOptions, analyse
from estimator.gait.accuracy import BUDGETS
from estimator.options import Thresholds
from estimator.pose import Pose, PoseFrame
from estimator.skeleton import BODY_25
from estimator.tracking import link
from tests.estimator.gait.films import NOISE_FREE, synthetic_film

PICTURE, NETWORK = (1280, 720), (656, 368)
SCALE = NETWORK[1] / PICTURE[1]


def through_the_decoder(sequence):
    """What the decoder makes of perfect maps of every frame, as tracks."""
    frames = []
    for row in range(len(sequence.times_s)):
        small = (sequence.keypoints[row] + [0.5, 0.5, 0]) * [SCALE, SCALE, 1] - [0.5, 0.5, 0]
        maps = encode([Pose(BODY_25, small)], BODY_25, NETWORK[1] // 8, NETWORK[0] // 8)
        poses = [_back(pose) for pose in decode(maps, Thresholds())]
        frames.append(PoseFrame(BODY_25, *PICTURE, tuple(poses)))
    return link(frames, sequence.times_s)


def _back(pose):
    points = (pose.keypoints[:, :2] + 0.5) / SCALE - 0.5
    return Pose(BODY_25, np.column_stack([np.where(pose.found[:, None], points, 0), pose.keypoints[:, 2]]), pose.score)


def test_the_report_survives_the_decoder():
    made = synthetic_film(0, replace(NOISE_FREE, seconds=10.0))
    report = analyse(through_the_decoder(made.sequence), GaitOptions(height_m=made.height_m))
    assert report.activity == "running"
    off = {
        name: abs(value.both.median - sum(made.truth.values[name]) / 2)
        for name, value in report.values.items()
        if value.both is not None
    }
    assert {"cadence_spm", "contact_time_s", "foot_strike_deg"} <= set(off)
    assert {name: error for name, error in off.items() if error > BUDGETS[name][0]} == {}


def test_the_walker_of_the_real_clip(test_data, zoo_estimator):
    """A woman walks by while a man on a roof does jumping jacks: every third frame is enough to tell."""
    clip = estimate_frames(test_data / "media" / "walk-side.mp4", zoo_estimator, 50, 185, every=3)
    report = analyse(link(clip.frames, clip.times_s))
    assert report.activity == "walking"
    assert all(value.both is None for value in report.values.values())
