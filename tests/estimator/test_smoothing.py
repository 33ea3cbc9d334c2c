"""Swaps repaired, gaps filled, jitter filtered; raw values kept."""

import numpy as np
import pytest

from estimator.pose import PoseSequence
from estimator.skeleton import BODY_25, COCO_18
from estimator.smoothing import fill_gaps, filter_series, low_pass, repair_swaps, smooth
from estimator.synthetic.body import keypoints
from estimator.synthetic.camera import PERFECT, RIGHT_SIDE, Camera, Disturbance, shoot
from estimator.synthetic.others import walk

TIMES = np.arange(240) / 60


def sequence(values, times_s=TIMES):
    """Every keypoint of COCO-18 at x = y = values; a NaN is a missing keypoint."""
    rows = np.repeat(np.asarray(values, float)[:, None], 18, axis=1)
    array = np.where(np.isnan(rows)[..., None], 0, np.stack([rows, rows, np.full_like(rows, 0.8)], axis=-1))
    return PoseSequence(COCO_18, 0, 0, times_s[: len(array)], array)


def walking(disturbance, skeleton=BODY_25, seed=1):
    points = keypoints(walk(TIMES))
    camera = Camera(azimuth_deg=RIGHT_SIDE)
    return shoot(points, 1.75, camera, skeleton, disturbance, np.random.default_rng(seed))


def test_a_short_gap_is_filled_on_the_line():
    values = np.arange(60.0)
    values[20:30] = np.nan
    filled = fill_gaps(sequence(values))
    assert np.allclose(filled.keypoints[20:30, 0, 0], np.arange(20, 30))
    assert np.allclose(filled.keypoints[20:30, 0, 2], 0.4)


def test_the_line_is_drawn_over_time_not_over_frames():
    times = np.array([0, 1, 2, 5, 6, 7]) / 50
    filled = fill_gaps(sequence([0, 1, np.nan, np.nan, 6, 7], times))
    assert np.allclose(filled.keypoints[:, 0, 0], [0, 1, 2, 5, 6, 7])


def test_a_long_gap_and_the_ends_stay_missing():
    values = np.arange(60.0)
    values[:5] = values[20:40] = values[55:] = np.nan
    assert np.array_equal(fill_gaps(sequence(values)).found[:, 0], ~np.isnan(values))


@pytest.mark.parametrize(("hertz", "kept"), [(0.5, 1.0), (2, 0.99), (6, 0.707), (20, 0.02)])
def test_the_filter_lets_slow_movement_through(hertz, kept):
    times = np.arange(1200) / 120
    wave = np.sin(2 * np.pi * hertz * times)
    middle = filter_series(wave, times, 6.0)[300:900]
    assert np.ptp(middle) / 2 == pytest.approx(kept, abs=0.02)


def test_the_filter_has_no_lag():
    times = np.arange(600) / 60
    wave = np.sin(2 * np.pi * 2 * times)
    shifts = [np.dot(filter_series(wave, times, 6.0)[50:-50], np.roll(wave, k)[50:-50]) for k in range(-3, 4)]
    assert int(np.argmax(shifts)) == 3


def test_the_filter_takes_uneven_frames():
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.8, 1.2, 600)) / 60
    wave = np.sin(2 * np.pi * 1.5 * times)
    assert np.abs(filter_series(wave, times, 8.0) - wave)[20:-20].max() < 0.03


def test_what_is_too_short_or_too_slow_to_filter_stays():
    assert np.array_equal(low_pass(sequence([1, 5, 2, 7]), 6).keypoints[:, 0, 0], [1, 5, 2, 7])
    values = np.arange(40.0) % 7
    slow = sequence(values, np.arange(40) / 8)
    assert np.array_equal(low_pass(slow, 6).keypoints, slow.keypoints)


def test_jitter_becomes_less():
    clean, noisy = walking(PERFECT), walking(Disturbance(0.006, 0, 0))
    before, after = (np.abs(s.keypoints - clean.keypoints)[..., :2].mean() for s in (noisy, smooth(noisy)))
    assert after < 0.6 * before


@pytest.mark.parametrize("skeleton", [BODY_25, COCO_18], ids=lambda s: s.name)
@pytest.mark.parametrize("seed", range(3))
def test_swapped_legs_are_set_straight(skeleton, seed):
    """Where left and right are far enough apart to tell, every swap is found and none is made."""
    clean, swapped = walking(PERFECT, skeleton), walking(Disturbance(0.0, 0.0, 0.02), skeleton, seed)
    ankles = [skeleton.index("l_ankle"), skeleton.index("r_ankle")]
    repaired = repair_swaps(swapped).keypoints[:, ankles, :2]
    apart = np.abs(np.diff(clean.keypoints[:, ankles, 0], axis=1))[:, 0] > 40
    wrong = np.abs(swapped.keypoints[:, ankles, :2] - clean.keypoints[:, ankles, :2]).max(axis=(1, 2)) > 10
    left = np.abs(repaired - clean.keypoints[:, ankles, :2]).max(axis=(1, 2)) > 10
    assert (wrong & apart).sum() >= 5
    assert not (left & apart).any()


def test_nothing_is_swapped_in_a_clean_walk():
    clean = walking(PERFECT)
    assert np.array_equal(repair_swaps(clean).keypoints, clean.keypoints)


def test_raw_values_are_kept():
    raw = walking(Disturbance())
    before = raw.keypoints.copy()
    smooth(raw)
    assert np.array_equal(raw.keypoints, before)
    with pytest.raises(ValueError, match="read-only"):
        raw.keypoints[0] = 0
