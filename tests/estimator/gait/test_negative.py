"""What is no run, or not seen well enough, gets a reason and no number."""

from dataclasses import replace

import numpy as np
import pytest

from estimator.gait import GaitOptions, choose_runner, read_gait
from estimator.skeleton import BODY_25, COCO_18
from estimator.synthetic.camera import BEHIND, LEFT_SIDE, RIGHT_SIDE, Camera
from estimator.synthetic.film import film
from estimator.synthetic.others import cycle, stand, walk
from estimator.synthetic.runner import draw_runner
from tests.estimator.gait.films import Conditions, filmed, synthetic_film, told


def times(fps, seconds=12):
    return np.arange(seconds * fps) / fps


@pytest.mark.parametrize("skeleton", [BODY_25, COCO_18], ids=lambda s: s.name)
@pytest.mark.parametrize("fps", [30, 60])
@pytest.mark.parametrize("azimuth", [RIGHT_SIDE, LEFT_SIDE, BEHIND])
@pytest.mark.parametrize(
    ("motion", "kind"),
    [(stand, "standing"), (walk, "walking"), (lambda t: walk(t, 0.96), "walking"), (cycle, "cycling")],
    ids=["standing", "walking", "walking fast", "cycling"],
)
def test_no_number_for_anything_but_running(motion, kind, azimuth, fps, skeleton):
    report = read_gait([filmed(motion(times(fps)), azimuth, skeleton, fps)])
    assert told(report) == set()
    assert report.activity in ({kind, "unclear"} if azimuth == BEHIND else {kind})
    assert all(value.reason == report.summary for value in report.values.values())


def test_two_strides_are_enough_to_tell_a_walk():
    assert read_gait([filmed(walk(times(30, 4)), skeleton=COCO_18, fps=30)]).activity == "walking"


def test_the_runner_is_chosen_among_people():
    runner = synthetic_film(7000, Conditions()).sequence
    stranger = replace(filmed(stand(times(60, 15))), track=1)
    assert choose_runner([stranger, runner]).track == 0
    assert choose_runner([runner, stranger]).track == 0
    alone, crowd = read_gait([runner]), read_gait([stranger, runner])
    assert crowd.to_json() == alone.to_json()
    assert read_gait([runner, stranger], GaitOptions(track=1)).activity == "standing"
    with pytest.raises(ValueError, match="no track 9"):
        read_gait([runner], GaitOptions(track=9))


def test_a_jumping_jack_is_no_runner():
    """Feet that spread and close without passing each other."""
    runner = synthetic_film(7000, Conditions()).sequence
    jumper = filmed(stand(times(60, 15)), azimuth=0.0)
    apart = 60 * (1 + np.sin(2 * np.pi * 1.5 * jumper.times_s))
    moved = jumper.keypoints.copy()
    for name, sign in (("l_ankle", 1), ("r_ankle", -1)):
        moved[:, BODY_25.index(name), 0] += sign * apart
    larger = replace(jumper, track=1, keypoints=np.where(moved[..., 2:] > 0, moved * [1.5, 1.5, 1], 0))
    assert choose_runner([larger, runner]).track == 0


def test_a_rear_clip_sent_as_side():
    made = synthetic_film(7001, Conditions(rear=True))
    report = read_gait([made.sequence], GaitOptions(view="side"))
    assert told(report) == set()
    assert "as wide as from behind" in report.values["contact_time_s"].reason


def test_a_side_clip_sent_as_rear():
    report = read_gait([synthetic_film(7001, Conditions()).sequence], GaitOptions(view="rear"))
    assert told(report) == set()
    assert "as narrow as from the side" in report.values["step_width_ratio"].reason


@pytest.mark.parametrize(("azimuth", "word"), [(125, "angle"), (0, "front")])
def test_other_views(azimuth, word):
    rng = np.random.default_rng(7002)
    made = film(draw_runner(rng), rng, camera=Camera(azimuth_deg=azimuth))
    report = read_gait([made.sequence])
    assert told(report) == set()
    assert word in report.values["cadence_spm"].reason


@pytest.mark.parametrize("seed", range(7010, 7014))
def test_a_moving_camera(seed):
    rng = np.random.default_rng(seed)
    runner = draw_runner(rng)
    report = read_gait([film(runner, rng, camera=Camera(sway=0.025)).sequence])
    assert told(report) <= {"cadence_spm"}
    assert "camera moves" in report.values["trunk_lean_deg"].reason


def test_a_steady_camera_is_not_blamed():
    for seed in range(7010, 7014):
        report = read_gait([synthetic_film(seed, Conditions()).sequence])
        assert not any("camera" in value.reason for value in report.values.values())


def test_too_few_strides():
    report = read_gait([synthetic_film(7003, Conditions(seconds=6)).sequence])
    assert report.activity == "running"
    assert told(report) == set()
    assert "strides a side" in report.values["cadence_spm"].reason


def test_fifteen_frames_a_second_are_too_slow_for_contacts():
    report = read_gait([synthetic_film(7003, Conditions(fps=15, seconds=20)).sequence])
    assert "15 fps is too slow" in report.values["contact_time_s"].reason


def test_thirty_frames_a_second_are_rough():
    report = read_gait([synthetic_film(7003, Conditions(fps=30)).sequence])
    assert report.values["contact_time_s"].rough
    assert not report.values["trunk_lean_deg"].rough
    assert "30 fps is too slow" in report.values["foot_strike_deg"].reason


def test_feet_and_height_are_asked_for():
    report = read_gait([synthetic_film(7003, Conditions(skeleton=COCO_18)).sequence])
    assert "BODY_25" in report.values["foot_strike_deg"].reason
    assert "height" in report.values["overstride_m"].reason
    assert "behind" in report.values["hip_drop_deg"].reason


def test_slow_motion_is_asked_for_and_undone():
    made = synthetic_film(7004, Conditions(fps=240, seconds=10))
    slow = replace(made.sequence, times_s=made.sequence.times_s * 8)
    unaware = read_gait([slow])
    assert told(unaware) == set()
    assert "slow motion" in unaware.values["cadence_spm"].reason
    aware, real = read_gait([slow], GaitOptions(slow_motion=8)), read_gait([made.sequence])
    assert aware.values["contact_time_s"].both.median == pytest.approx(real.values["contact_time_s"].both.median)
    assert aware.contacts["left"] == pytest.approx(8 * real.contacts["left"], abs=0.001)


@pytest.mark.parametrize("tracks", ["none", "short", "legless"])
def test_hardly_anybody(tracks):
    runner = synthetic_film(7003, Conditions(seconds=3)).sequence
    short = replace(runner, times_s=runner.times_s[:20], keypoints=runner.keypoints[:20])
    hidden = runner.keypoints.copy()
    hidden[:, [i for i, name in enumerate(BODY_25.keypoints) if "knee" in name or "ankle" in name]] = 0
    legless = replace(runner, keypoints=hidden)
    report = read_gait({"none": [], "short": [short], "legless": [legless]}[tracks])
    assert report.activity == "unclear"
    assert told(report) == set()


@pytest.mark.parametrize("options", [{"view": "top"}, {"slow_motion": 0}, {"height_m": 17.5}])
def test_options_that_cannot_be(options):
    with pytest.raises(ValueError, match=r"view|slow_motion|height_m"):
        GaitOptions(**options)


def test_no_value_speaks_of_pronation():
    report = read_gait([synthetic_film(7003, Conditions(rear=True)).sequence])
    text = str(report.to_json()).lower()
    assert not [word for word in ("pronat", "supinat", "arch", "shoe") if word in text.split()]
    assert "pronation" not in text
