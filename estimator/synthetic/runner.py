"""A runner on a treadmill whose every event and angle is known.

In flight the hips fall freely, in stance a half sine of force carries them: contact time and stride time alone
decide the vertical oscillation. What the legs do below: `leg.py`.
"""

from dataclasses import dataclass

import numpy as np

from estimator.synthetic.leg import (
    HALF_HIPS,
    SAMPLES,
    Array,
    Gait,
    ImpossibleRunnerError,
    Leg,
    clock,
    solve_leg,
)

GRAVITY = 9.81


@dataclass(frozen=True, eq=False)
class Runner:
    """A solved stride.

    Attributes:
        gait: what defines it.
        hips: (SAMPLES,) height of the middle of the hips over a stride from left contact, in metres.
        left, right: each leg over a stride from its own contact, SAMPLES long.
    """

    gait: Gait
    hips: Array
    left: Leg
    right: Leg

    @property
    def right_contact_s(self) -> float:
        """When the right foot lands, after the left one."""
        return self.gait.left_step_share * self.gait.stride_s


def draw_gait(rng: np.random.Generator) -> Gait:
    """Parameters of some runner, spread over what recreational runners show; it may be impossible."""
    stride = 120 / rng.uniform(152, 184)
    duty = rng.uniform(0.32, 0.42) + rng.uniform(-0.012, 0.012, 2)
    heel_striker = rng.random() < 0.8
    return Gait(
        height_m=rng.uniform(1.55, 1.95),
        speed_mps=rng.uniform(2.2, 3.8),
        stride_s=stride,
        contact_s=(float(stride * duty[0]), float(stride * duty[1])),
        left_step_share=0.5 + rng.uniform(-0.01, 0.01),
        ankle_ahead_m=rng.uniform(0.12, 0.27),
        knee_at_contact_deg=rng.uniform(9, 22),
        knee_peak_stance_deg=rng.uniform(12, 28),
        knee_peak_swing_deg=rng.uniform(86, 120),
        knee_peak_offset_s=rng.uniform(-0.02, 0.02),
        foot_at_contact_deg=rng.uniform(4, 20) if heel_striker else rng.uniform(-7, 2),
        thigh_peak_deg=rng.uniform(30, 50),
        knee_rate_dps=rng.uniform(-180, 60),
        retraction=rng.uniform(0.6, 1.0),
        trunk_lean_deg=rng.uniform(2, 12),
        hip_drop_deg=rng.uniform(1, 7),
        step_width_m=rng.uniform(0.02, 0.14),
    )


def draw_runner(rng: np.random.Generator) -> Runner:
    """Some runner; draws again until the body allows it."""
    while True:
        try:
            return solve(draw_gait(rng))
        except ImpossibleRunnerError:
            continue


def solve(gait: Gait) -> Runner:
    """Work out the stride.

    Raises:
        ImpossibleRunnerError: the parameters do not fit together.
    """
    share = gait.left_step_share
    hips = _hip_heights(gait)
    lifts = [_lift(gait, gait.contact_s[0], 0.0), _lift(gait, gait.contact_s[1], share)]
    tilt = lifts[0] - lifts[1]  # the stance side rides high, the free side drops
    left = solve_leg(gait, gait.contact_s[0], hips + tilt)
    ground = left[1]
    shift = round(share * SAMPLES)
    right = solve_leg(gait, gait.contact_s[1], np.roll(hips - tilt, -shift), ground)
    return Runner(gait, hips + ground, left[0], right[0])


def _hip_heights(gait: Gait) -> Array:
    """Height over a stride from left contact, up to a constant: twice the integral of the force."""
    time = clock(gait)
    acceleration = np.full(SAMPLES, -GRAVITY)
    starts = (0.0, gait.left_step_share * gait.stride_s)
    for start, contact in zip(starts, gait.contact_s, strict=True):
        into = (time - start) % gait.stride_s
        force = np.where(into < contact, np.sin(np.pi * into / contact), 0)
        acceleration += force / force.mean() * GRAVITY / 2
    return _integral(_integral(acceleration, gait), gait)


def _integral(values: Array, gait: Gait) -> Array:
    """Periodic integral with mean 0."""
    total = np.cumsum(values - values.mean()) * gait.stride_s / SAMPLES
    return np.asarray(total - total.mean())


def _lift(gait: Gait, contact_s: float, start_share: float) -> Array:
    """How far the hip of a stance leg rises above the middle, over a stride from left contact."""
    into = (clock(gait) - start_share * gait.stride_s) % gait.stride_s
    bump = np.where(into < contact_s, np.sin(np.pi * into / contact_s) ** 2, 0)
    return np.asarray(bump * HALF_HIPS * gait.height_m * np.sin(np.radians(gait.hip_drop_deg)))
