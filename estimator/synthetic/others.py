"""People who do not run: what a gait report must say no to."""

import numpy as np
import scipy
from numpy.typing import NDArray

from estimator.synthetic.body import Motion
from estimator.synthetic.leg import (
    ANKLE_HEIGHT,
    HEEL_BACK,
    SHANK,
    THIGH,
    TOE_AHEAD,
    Leg,
)

Array = NDArray[np.float64]

# A walking stride from contact to contact (after Winter, "Biomechanics and Motor Control of Human Movement",
# chapter 3): share of the stride, and degrees.
WALK_THIGH = ((0, 24), (0.12, 19), (0.5, -20), (0.62, -8), (0.85, 27), (0.95, 25))
WALK_KNEE = ((0, 4), (0.14, 16), (0.38, 5), (0.5, 14), (0.62, 40), (0.73, 62), (0.96, 2))
WALK_FOOT = ((0, 18), (0.08, 0), (0.32, 0), (0.5, -20), (0.62, -55), (0.74, -45), (0.9, 12))


def stand(times: Array, height_m: float = 1.75) -> Motion:
    """Standing, swaying a little."""
    sway = 0.01 * np.sin(2 * np.pi * 0.3 * times)
    still = np.zeros(len(times))
    legs = [_leg(np.column_stack([sway, still]), still, still + 0.05, still, height_m) for _ in range(2)]
    return _on_ground(legs, still, height_m, arms=still)


def walk(times: Array, stride_s: float = 1.1, height_m: float = 1.75) -> Motion:
    """Walking on a treadmill: one foot is always on the ground, the hips are highest over it."""
    phases = (times / stride_s) % 1, (times / stride_s + 0.5) % 1
    hips = np.zeros((len(times), 2))
    legs = []
    for phase in phases:
        thigh, knee, foot = (np.radians(_periodic(c)(phase)) for c in (WALK_THIGH, WALK_KNEE, WALK_FOOT))
        legs.append(_leg(hips, thigh, knee, foot, height_m))
    arms = 0.4 * np.cos(2 * np.pi * phases[0])
    return _on_ground(legs, np.full(len(times), 0.03), height_m, arms)


def cycle(times: Array, turn_s: float = 0.7, height_m: float = 1.75) -> Motion:
    """Pedalling: the hips rest in the saddle, the feet go round."""
    legs = []
    for half in (0.0, 0.5):
        angle = -2 * np.pi * (times / turn_s + half)
        pedal = np.column_stack([0.12 + 0.17 * np.cos(angle), -0.62 + 0.17 * np.sin(angle)])
        legs.append(_reach(pedal, height_m))
    left, right = (_moved(leg, np.array([0.0, 0.95])) for leg in legs)
    still = np.zeros(len(times))
    return Motion(height_m, left, right, still + 0.7, still, 0.4, 0.2)


def _periodic(knots: tuple[tuple[float, float], ...]) -> "scipy.interpolate.CubicSpline":
    share, degrees = np.array([*knots, (1.0, knots[0][1])]).T
    return scipy.interpolate.CubicSpline(share, degrees, bc_type="periodic")


def _leg(hip: Array, thigh: Array, knee: Array, foot: Array, height_m: float) -> Leg:
    """Joint positions from angles in radians: thigh forward from down, flexion, toes up."""
    knees = hip + THIGH * height_m * np.column_stack([np.sin(thigh), -np.cos(thigh)])
    ankles = knees + SHANK * height_m * np.column_stack([np.sin(thigh - knee), -np.cos(thigh - knee)])
    down = ANKLE_HEIGHT * height_m * np.column_stack([np.sin(foot), -np.cos(foot)])
    along = height_m * np.column_stack([np.cos(foot), np.sin(foot)])
    return Leg(hip, knees, ankles, ankles + down - HEEL_BACK * along, ankles + down + TOE_AHEAD * along)


def _reach(ankle: Array, height_m: float) -> Leg:
    """The leg of a hip at (0, 0) whose ankle is there, the knee in front."""
    thigh, shank = THIGH * height_m, SHANK * height_m
    distance = np.hypot(*ankle.T)
    knee = np.arccos(np.clip((distance**2 - thigh**2 - shank**2) / (2 * thigh * shank), -1, 1))
    leg = np.arctan2(ankle[:, 0], -ankle[:, 1])
    lift = leg + np.arctan2(shank * np.sin(knee), thigh + shank * np.cos(knee))
    return _leg(np.zeros_like(ankle), lift, knee, np.full(len(ankle), -0.3), height_m)


def _moved(leg: Leg, by: Array) -> Leg:
    return Leg(leg.hip + by, leg.knee + by, leg.ankle + by, leg.heel + by, leg.toe + by)


def _on_ground(legs: list[Leg], lean: Array, height_m: float, arms: Array) -> Motion:
    """Lift the body so that the lowest part of a foot just touches the ground."""
    lowest = np.minimum.reduce([part[:, 1] for leg in legs for part in (leg.heel, leg.toe)])
    up = np.column_stack([np.zeros(len(lowest)), -lowest])
    left, right = (_moved(leg, up) for leg in legs)
    return Motion(height_m, left, right, lean, arms, 0.3, 0.1)
