"""Known poses → encoding → decoding → the same poses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from estimator import BODY_25, COCO_18, MPI_15, FieldMaps, Pose, Thresholds, decode, encode
from estimator.decoding import decode_single
from estimator.decoding.peaks import find_peaks
from tests.estimator.conftest import match, standing

THRESHOLDS = Thresholds()
EXACT = 1.5  # pixels, at stride 8


@pytest.mark.parametrize("skeleton", [COCO_18, BODY_25, MPI_15], ids=lambda s: s.name)
def test_one_person_comes_back_as_drawn(skeleton):
    person = standing(40, 20, skeleton=skeleton)
    match(decode(encode([person], skeleton, 46, 62), THRESHOLDS), [person], EXACT)


@pytest.mark.parametrize("skeleton", [COCO_18, BODY_25, MPI_15], ids=lambda s: s.name)
def test_people_are_told_apart(skeleton):
    people = [standing(x, y, scale, skeleton) for x, y, scale in [(10, 20, 1), (150, 40, 0.9), (300, 10, 1.05)]]
    match(decode(encode(people, skeleton, 46, 62), THRESHOLDS), people, EXACT)


def test_a_crowd_of_twenty():
    people = [standing(30 + 110 * (i % 5), 10 + 330 * (i // 5), 0.95) for i in range(20)]
    match(decode(encode(people, COCO_18, 170, 80), THRESHOLDS), people, EXACT)


def bell(x, y, along=0.9, across=0.9, falling=1):
    """(24, 24) float32: a bell that lies along the diagonal falling to the right (1) or to the left (-1)."""
    rows, columns = np.mgrid[:24, :24]
    u, v = (columns - x) + falling * (rows - y), (rows - y) - falling * (columns - x)
    return np.exp(-(u**2) / (4 * along**2) - v**2 / (4 * across**2)).astype(np.float32)


@pytest.mark.parametrize("falling", [1, -1])
def test_a_slanting_bell_is_one_peak(falling):
    peaks = find_peaks(np.stack([bell(5, 5), bell(10.5, 10.5, 1.3, 0.8, falling)]), 0.1)
    assert peaks.bounds.tolist() == [0, 1, 2]
    np.testing.assert_allclose(peaks.xy, [[5, 5], [10.5, 10.5]], atol=0.5)


@pytest.mark.parametrize("falling", [1, -1])
def test_two_bells_whose_cells_touch_at_a_corner_are_two_peaks(falling):
    both = np.maximum(bell(10, 10, 0.6, 0.6), 0.9 * bell(10 + falling, 11, 0.6, 0.6))
    assert find_peaks(both[None], 0.1).score.tolist() == pytest.approx([1, 0.9])


def test_of_the_two_peaks_of_a_bell_the_stronger_one_is_kept():
    slanting = bell(10.55, 10.55, 1.3, 0.8)
    assert find_peaks(slanting[None], 0.1).score.tolist() == [slanting.max()]


def test_hidden_keypoints_stay_missing():
    person = standing(40, 20, missing=("l_wrist", "r_ear", "r_ankle"))
    match(decode(encode([person], COCO_18, 46, 62), THRESHOLDS), [person], EXACT)


def test_a_person_cut_by_the_border_keeps_what_is_inside():
    person = standing(40, 200)
    inside = np.where(person.keypoints[:, 1:2] < 46 * 8, person.keypoints, 0)
    half_a_cell = 4.0  # at the last row no parabola can be laid
    match(decode(encode([person], COCO_18, 46, 62), THRESHOLDS), [Pose(COCO_18, inside)], half_a_cell)


def test_nobody_in_empty_maps():
    assert decode(encode([], COCO_18, 46, 62), THRESHOLDS) == ()


def test_too_few_keypoints_are_nobody():
    person = standing(40, 20, missing=[k for k in COCO_18.keypoints if k not in ("nose", "neck")])
    assert decode(encode([person], COCO_18, 46, 62), THRESHOLDS) == ()


def test_the_best_pose_comes_first_and_order_is_stable():
    whole, part = standing(300, 20), standing(40, 20, missing=("r_ankle", "l_ankle", "r_knee", "l_knee"))
    maps = encode([part, whole], COCO_18, 46, 62)
    first, second = decode(maps, THRESHOLDS)
    assert first.found.sum() > second.found.sum()
    assert first.score > second.score
    again = decode(maps, THRESHOLDS)
    assert [p.keypoints.tobytes() for p in again] == [first.keypoints.tobytes(), second.keypoints.tobytes()]


def test_single_takes_the_global_maximum():
    strong, weak = standing(40, 20), standing(300, 20)
    maps = encode([strong], COCO_18, 46, 62)
    faint = encode([weak], COCO_18, 46, 62)
    both = FieldMaps(COCO_18, np.maximum(maps.confidence_maps, faint.confidence_maps * 0.6), maps.pafs, 8)
    match(decode_single(both, THRESHOLDS), [strong], EXACT)


def test_single_finds_nobody_in_noise_below_the_threshold():
    maps = encode([], COCO_18, 46, 62)
    noise = np.random.default_rng(0).random(maps.confidence_maps.shape, dtype=np.float32) * 0.09
    assert decode_single(FieldMaps(COCO_18, noise, maps.pafs, 8), THRESHOLDS) == ()


def test_decoding_changes_neither_map():
    maps = encode([standing(40, 20)], COCO_18, 46, 62)
    before = maps.confidence_maps.copy(), maps.pafs.copy()
    decode(maps, THRESHOLDS)
    assert np.array_equal(before[0], maps.confidence_maps)
    assert np.array_equal(before[1], maps.pafs)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 20), st.floats(0.7, 1.1)), min_size=1, max_size=4),
    st.sets(st.sampled_from(["l_wrist", "r_wrist", "l_ankle", "r_ankle", "l_ear", "r_ear", "l_eye", "r_eye"]),
            max_size=4),
)  # fmt: skip
def test_any_row_of_people_comes_back(places, missing):
    """People side by side, apart enough that no bells touch; any of the end keypoints may be hidden."""
    people = [standing(20 + 160 * i + 30 * x, y, scale, missing=missing) for i, (x, y, scale) in enumerate(places)]
    match(decode(encode(people, COCO_18, 46, 90), THRESHOLDS), people, EXACT)


@settings(deadline=None, max_examples=25)
@given(st.floats(20, 300), st.floats(0, 40), st.floats(0.7, 1.1))
def test_mirrored_maps_give_mirrored_poses(x, y, scale):
    person, columns = standing(x, y, scale), 62
    mirrored = person.keypoints[list(COCO_18.mirror)].copy()
    mirrored[:, 0] = np.where(mirrored[:, 2] > 0, columns * 8 - 1 - mirrored[:, 0], 0)
    expected = Pose(COCO_18, mirrored)
    match(decode(encode([expected], COCO_18, 46, columns), THRESHOLDS), [expected], EXACT)
    match(decode(encode([person], COCO_18, 46, columns), THRESHOLDS), [person], EXACT)


any_float = st.floats(width=32, allow_nan=True, allow_infinity=True)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
        lambda size: st.tuples(
            arrays.arrays(np.float32, (18, *size), elements=any_float),
            arrays.arrays(np.float32, (38, *size), elements=any_float),
        )
    )
)
def test_no_map_raises(arrays_drawn):
    maps = FieldMaps(COCO_18, *arrays_drawn, stride=8)
    for pose in (*decode(maps, THRESHOLDS), *decode_single(maps, THRESHOLDS)):
        assert np.isfinite(pose.keypoints).all()
