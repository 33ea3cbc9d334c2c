"""Keypoints → drawn maps and PAFs → the real decoder → tracks → report: the errors stay within budget."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from estimator.cli.gait import table
from estimator.clip import Chunk, estimate_frames
from estimator.decoding import decode
from estimator.encoding import encode
from estimator.gait import choose_runner, read_gait
from estimator.gait.accuracy import BUDGETS, errors
from estimator.options import Thresholds
from estimator.pose import Pose, PoseFrame
from estimator.skeleton import BODY_25
from estimator.tracking import link
from tests.estimator.gait.films import NOISE_FREE

WALK = Path(__file__).parent / "walk-side.npz"  # found in walk-side.mp4 of Sports2D, by human-pose-estimation-0001
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
    conditions = replace(NOISE_FREE, seconds=10.0)
    found = errors(range(6), conditions, lambda sequence: choose_runner(through_the_decoder(sequence)))
    assert {"cadence_spm", "contact_time_s", "foot_strike_deg"} <= set(found)
    assert {name: error.p95 for name, error in found.items() if error.p95 > BUDGETS[name][0]} == {}
    assert all(error.told == 1 for error in found.values())


def test_the_walker_of_the_real_clip(test_data, zoo_estimator):
    """A woman walks by while a man on a roof does jumping jacks: every third frame is enough to tell."""
    clip = estimate_frames(test_data / "media" / "walk-side.mp4", zoo_estimator, 50, 185, every=3)
    assert_walking(clip)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_the_walker_as_she_was_stored(every):
    """All of that clip's poses, as the same network found them: no frame may break the woman's track in two."""
    stored = Chunk.load(WALK)
    frames = stored.frames[::every]
    report = assert_walking(replace(stored, frames=frames, times_s=stored.times_s[::every]))
    assert max(len(report.contacts[side]) for side in report.contacts) >= 1


def assert_walking(clip):
    report = read_gait(link(clip.frames, clip.times_s))
    assert (report.activity, report.view) == ("walking", "side")
    assert all(value.both is None for value in report.values.values())
    return report


def test_the_table_says_a_reason_once():
    stored = Chunk.load(WALK)
    report = read_gait(link(stored.frames, stored.times_s))
    lines = [line for line in table(report).splitlines() if line.startswith("Not given: ")]
    assert len(lines) == len({value.reason for value in report.values.values()}) == 1
    assert all(value.title in lines[0] for value in report.values.values())
