"""What must hold for every runner: mirrored, scaled, moved, stretched in time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimator.gait import read_gait
from tests.estimator.gait.films import NOISE_FREE, Conditions, numbers, synthetic_film

WIDTH = 1280
seeds = st.integers(0, 40)
quick = settings(deadline=None, max_examples=5)


def film(seed):
    return synthetic_film(seed, replace(NOISE_FREE, seconds=9.0)).sequence


@quick
@given(seeds)
def test_a_mirror_swaps_only_the_sides(seed):
    sequence = film(seed)
    flipped = sequence.keypoints[:, list(sequence.skeleton.mirror)].copy()
    flipped[..., 0] = np.where(flipped[..., 2] > 0, WIDTH - 1 - flipped[..., 0], 0)
    plain, mirrored = (numbers(read_gait([s])) for s in (sequence, replace(sequence, keypoints=flipped)))
    assert plain.keys() == mirrored.keys()
    for name, (both, left, right) in plain.items():
        sign = -1 if "asymmetry" in name else 1
        assert mirrored[name][0] == pytest.approx(sign * both, rel=1e-3, abs=2e-3), name
        if left is not None:
            assert mirrored[name][1:] == pytest.approx((right, left), rel=1e-3, abs=2e-3), name


@quick
@given(seeds, st.floats(0.3, 3), st.floats(-500, 500), st.floats(-500, 500))
def test_size_and_place_in_the_picture_change_nothing(seed, scale, dx, dy):
    sequence = film(seed)
    moved = sequence.keypoints * [scale, scale, 1] + [dx, dy, 0]
    plain, other = (numbers(read_gait([s])) for s in (sequence, replace(sequence, keypoints=moved)))
    assert plain.keys() == other.keys()
    for name, (both, _, _) in plain.items():
        assert other[name][0] == pytest.approx(both, rel=2e-3, abs=5e-3), name


@quick
@given(seeds, st.floats(0.96, 1.05))
def test_stretching_time_scales_cadence_and_keeps_the_duty_factor(seed, stretch):
    sequence = film(seed)
    plain, slower = (numbers(read_gait([s])) for s in (sequence, replace(sequence, times_s=sequence.times_s * stretch)))
    assert slower["cadence_spm"][0] == pytest.approx(plain["cadence_spm"][0] / stretch, rel=2e-3)
    assert slower["contact_time_s"][0] == pytest.approx(plain["contact_time_s"][0] * stretch, abs=0.004)
    assert slower["duty_factor"][0] == pytest.approx(plain["duty_factor"][0], abs=0.006)
    assert slower["trunk_lean_deg"][0] == pytest.approx(plain["trunk_lean_deg"][0], abs=0.3)


@quick
@given(seeds)
def test_the_report_is_the_same_every_time(seed):
    sequence = synthetic_film(seed, Conditions(seconds=9.0)).sequence
    assert read_gait([sequence]).to_json() == read_gait([sequence]).to_json()
