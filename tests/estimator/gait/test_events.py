"""Contacts and toe-offs, one by one."""

import numpy as np
import pytest

from estimator.gait.behind import events_from_behind
from estimator.gait.events import find_events, ground_slope, stride_period
from estimator.gait.signals import ANGLE_HZ, EVENT_HZ, SIDES, cleaned, facing, signals
from estimator.skeleton import BODY_25, COCO_18
from estimator.synthetic.camera import PERFECT, Camera
from estimator.synthetic.film import film
from estimator.synthetic.runner import draw_runner
from tests.estimator.gait.films import NOISE_FREE, Conditions, synthetic_film


def nearest(times, truth):
    return np.array([truth[np.abs(truth - time).argmin()] for time in times])


@pytest.mark.parametrize("seed", range(6000, 6002))
@pytest.mark.parametrize(
    ("conditions", "usual", "worst"),
    [(NOISE_FREE, 0.010, 0.030), (Conditions(), 0.015, 0.060), (Conditions(skeleton=COCO_18), 0.020, 0.060)],
    ids=["perfect", "noisy", "coco"],
)
def test_every_contact_is_found_once(seed, conditions, usual, worst):
    made = synthetic_film(seed, conditions)
    events = find_events(signals(cleaned(made.sequence), EVENT_HZ))
    for side in SIDES:
        contacts, truth = events.contacts[side], made.truth.contacts[side]
        inside = truth[(truth > 1) & (truth < conditions.seconds - 1)]
        assert len(np.unique(nearest(contacts, truth))) == len(contacts)
        assert len(np.setdiff1d(inside, nearest(contacts, truth))) <= 1
        off = np.abs(contacts - nearest(contacts, truth))
        assert np.median(off) < usual
        assert np.percentile(off, 90) < worst


def test_toe_offs_follow_the_toe_not_the_knee():
    """Runners whose knee is straightest long before and long after toe-off: contact times are right for both."""
    off = {}
    for seed in range(6100, 6200):
        rng = np.random.default_rng(seed)
        runner = draw_runner(rng)
        offset = runner.gait.knee_peak_offset_s
        if abs(offset) > 0.012:
            made = film(runner, rng, disturbance=PERFECT, seconds=9)
            events = find_events(signals(cleaned(made.sequence), EVENT_HZ))
            truth = made.truth.toe_offs["left"]
            off.setdefault(offset > 0, []).append(
                np.median(events.toe_offs["left"] - nearest(events.toe_offs["left"], truth))
            )
        if min(map(len, off.values()), default=0) >= 4 and len(off) == 2:
            break
    assert abs(np.mean(off[True]) - np.mean(off[False])) < 0.008  # their knees are 24 ms apart and more
    assert max(map(abs, off[True] + off[False])) < 0.015


def test_the_period_is_a_stride_not_a_step():
    made = synthetic_film(6000, Conditions())
    stride = np.median(np.diff(made.truth.contacts["left"]))
    assert stride_period(signals(cleaned(made.sequence), EVENT_HZ)) == pytest.approx(stride, rel=0.03)


@pytest.mark.parametrize("azimuth", [90, 270])
@pytest.mark.parametrize("roll", [-4, 3])
def test_the_ground_is_found_level_or_not(azimuth, roll):
    rng = np.random.default_rng(6001)
    made = film(draw_runner(rng), rng, camera=Camera(azimuth_deg=azimuth, roll_deg=roll), seconds=8)
    quick = signals(cleaned(made.sequence), EVENT_HZ)
    slope = np.degrees(ground_slope(quick, find_events(quick)))
    assert quick.forward == (1 if azimuth == 90 else -1)
    assert slope == pytest.approx(-quick.forward * roll, abs=1.2)


@pytest.mark.parametrize("azimuth", [90, 270])
def test_which_way_somebody_faces(azimuth):
    rng = np.random.default_rng(6002)
    made = film(draw_runner(rng), rng, camera=Camera(azimuth_deg=azimuth), seconds=3, skeleton=COCO_18)
    assert facing(made.sequence) == (1 if azimuth == 90 else -1)


@pytest.mark.parametrize("skeleton", [BODY_25, COCO_18], ids=lambda s: s.name)
@pytest.mark.parametrize("fps", [30, 60])
def test_contacts_from_behind(skeleton, fps):
    """What slow motion is synchronised to: the right foot, within a frame or two."""
    for seed in range(6200, 6204):
        made = synthetic_film(seed, Conditions(rear=True, skeleton=skeleton, fps=fps))
        events = events_from_behind(signals(cleaned(made.sequence), ANGLE_HZ))
        for side in SIDES:
            truth = made.truth.contacts[side]
            off = events.contacts[side] - nearest(events.contacts[side], truth)
            assert len(events.contacts[side]) >= len(truth[(truth > 0.5) & (truth < 14.5)])
            assert np.abs(np.median(off)) < 0.025
            assert np.percentile(np.abs(off), 90) < 0.05
