"""The synthetic runner keeps its word: events, angles and physics are what it says."""

import numpy as np
import pytest

from estimator.skeleton import BODY_25
from estimator.synthetic.body import keypoints
from estimator.synthetic.camera import BEHIND, LEFT_SIDE, PERFECT, RIGHT_SIDE, Camera, Disturbance, shoot
from estimator.synthetic.film import film, move
from estimator.synthetic.leg import SAMPLES, Gait, ImpossibleRunnerError
from estimator.synthetic.runner import draw_runner, solve

SEEDS = range(12)


@pytest.fixture(scope="module")
def runners():
    return [draw_runner(np.random.default_rng(seed)) for seed in SEEDS]


def legs(runner):
    return zip((runner.left, runner.right), runner.gait.contact_s, strict=True)


def test_feet_touch_the_ground_in_stance_and_only_then(runners):
    for runner in runners:
        for leg, contact in legs(runner):
            time = np.arange(SAMPLES) * runner.gait.stride_s / SAMPLES
            lowest = np.minimum(leg.heel[:, 1], leg.toe[:, 1])
            assert np.abs(lowest[time < contact]).max() < 0.005
            assert lowest[(time > contact + 0.03) & (time < runner.gait.stride_s - 0.02)].min() > 0.003


def test_a_resting_foot_goes_with_the_belt(runners):
    for runner in runners:
        for leg, contact in legs(runner):
            step = runner.gait.stride_s / SAMPLES
            flat = slice(int(0.2 * contact / step), int(0.45 * contact / step))
            speed = np.gradient(leg.toe[flat, 0]) / step
            assert np.allclose(speed, -runner.gait.speed_mps, rtol=0.01)


def test_bones_keep_their_length(runners):
    for runner in runners:
        for leg, _ in legs(runner):
            for one, other in ((leg.hip, leg.knee), (leg.knee, leg.ankle), (leg.heel, leg.toe)):
                assert np.ptp(np.hypot(*(one - other).T)) < 1e-9


def test_the_body_falls_freely_in_flight(runners):
    for runner in runners:
        step = runner.gait.stride_s / SAMPLES
        flight = slice(int(runner.gait.contact_s[0] / step) + 3, int(runner.right_contact_s / step) - 3)
        acceleration = np.diff(runner.hips[flight], 2) / step**2
        assert np.allclose(acceleration, -9.81, atol=0.05)


def test_the_knee_is_straightest_where_it_was_told_not_at_toe_off(runners):
    offsets = []
    for runner in runners:
        for leg, contact in legs(runner):
            thigh, shank = leg.knee - leg.hip, leg.ankle - leg.knee
            cosine = (thigh * shank).sum(axis=1) / np.hypot(*thigh.T) / np.hypot(*shank.T)
            time = np.arange(SAMPLES) * runner.gait.stride_s / SAMPLES
            around = np.abs(time - contact) < 0.1
            offset = time[around][cosine[around].argmax()] - contact
            assert offset == pytest.approx(runner.gait.knee_peak_offset_s, abs=0.003)
            offsets.append(offset)
    assert min(offsets) < -0.01
    assert max(offsets) > 0.01


def test_an_impossible_body_is_refused():
    with pytest.raises(ImpossibleRunnerError):
        solve(Gait(ankle_ahead_m=0.9))


def test_the_same_seed_is_the_same_film():
    films = [film(draw_runner(np.random.default_rng(4)), np.random.default_rng(5), seconds=2) for _ in range(2)]
    assert np.array_equal(films[0].sequence.keypoints, films[1].sequence.keypoints)


def test_the_camera_sees_sides_as_they_are(runners):
    points = keypoints(move(runners[0], np.linspace(0, 1, 30)))

    def seen(azimuth):
        camera = Camera(azimuth_deg=azimuth)
        return shoot(points, runners[0].gait.height_m, camera, BODY_25, PERFECT, np.random.default_rng(0)).keypoints

    nose, neck = BODY_25.index("nose"), BODY_25.index("neck")
    left, right = BODY_25.index("l_shoulder"), BODY_25.index("r_shoulder")
    assert (seen(RIGHT_SIDE)[:, nose, 0] > seen(RIGHT_SIDE)[:, neck, 0]).all()
    assert (seen(LEFT_SIDE)[:, nose, 0] < seen(LEFT_SIDE)[:, neck, 0]).all()
    assert (seen(BEHIND)[:, right, 0] > seen(BEHIND)[:, left, 0] + 50).all()
    assert (seen(BEHIND)[:, nose, 1] < seen(BEHIND)[:, neck, 1]).all()


def test_what_goes_wrong_goes_wrong_as_often_as_told(runners):
    rng = np.random.default_rng(0)
    clean = film(runners[0], np.random.default_rng(1), disturbance=PERFECT).sequence
    noisy = film(runners[0], np.random.default_rng(1), disturbance=Disturbance(0.004, 0.05, 0.0)).sequence
    assert 1 - noisy.found.mean() == pytest.approx(0.05, abs=0.01)
    both = noisy.found & clean.found
    error = (noisy.keypoints - clean.keypoints)[both][:, :2]
    assert error.std() == pytest.approx(0.004 * 0.7 * 720, rel=0.05)
    swapped = film(runners[0], rng, disturbance=Disturbance(0.0, 0.0, 0.02)).sequence
    assert swapped.found.all()
