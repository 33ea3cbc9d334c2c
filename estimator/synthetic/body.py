"""Two legs and a lean → every keypoint of a body, in three dimensions.

x forward, y up from the ground, z to the person's right; metres.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimator.synthetic.leg import HALF_HIPS, Leg

Array = NDArray[np.float64]

# Shares of body height (Winter, figure 4.1); the head as the keypoints of OpenPose lie on it.
TRUNK, HALF_SHOULDERS, UPPER_ARM, FOREARM = 0.288, 0.115, 0.186, 0.146
HEAD = {
    "nose": (0.065, 0.085, 0.0),
    "r_eye": (0.055, 0.102, 0.018),
    "l_eye": (0.055, 0.102, -0.018),
    "r_ear": (0.012, 0.095, 0.042),
    "l_ear": (0.012, 0.095, -0.042),
}
FOOT_HALF_WIDTH = 0.02


@dataclass(frozen=True, eq=False)
class Motion:
    """A body in motion, sampled at some times.

    Attributes:
        height_m: of the body.
        left, right: the legs.
        trunk_lean: (T,) forward, in radians.
        arms: (T,) the swing of the right arm forward, in radians; the left swings against it.
        elbows: flexion, in radians.
        step_width_m: between the ankles, from behind.
    """

    height_m: float
    left: Leg
    right: Leg
    trunk_lean: Array
    arms: Array
    elbows: float
    step_width_m: float


def keypoints(motion: Motion) -> dict[str, Array]:
    """Every keypoint's name → (T, 3) x, y, z in metres."""
    hips = (motion.left.hip + motion.right.hip) / 2
    trunk = TRUNK * motion.height_m * np.column_stack([np.sin(motion.trunk_lean), np.cos(motion.trunk_lean)])
    neck = hips + trunk
    points = {"mid_hip": _at(hips, 0.0), "neck": _at(neck, 0.0)}
    for name, (x, y, z) in HEAD.items():
        points[name] = _at(neck + np.array([x, y]) * motion.height_m, z * motion.height_m)
    for side, leg, sign in (("l", motion.left, -1), ("r", motion.right, 1)):
        points |= _leg(side, leg, sign, motion)
        points |= _arm(side, neck, sign, motion)
    return points


def _at(plane: Array, z: float) -> Array:
    return np.column_stack([plane, np.full(len(plane), z)])


def _leg(side: str, leg: Leg, sign: int, motion: Motion) -> dict[str, Array]:
    hip, ankle = sign * HALF_HIPS * motion.height_m, sign * motion.step_width_m / 2
    width = sign * FOOT_HALF_WIDTH * motion.height_m
    return {
        f"{side}_hip": _at(leg.hip, hip),
        f"{side}_knee": _at(leg.knee, (hip + ankle) / 2),
        f"{side}_ankle": _at(leg.ankle, ankle),
        f"{side}_heel": _at(leg.heel, ankle),
        f"{side}_big_toe": _at(leg.toe, ankle - width / 2),
        f"{side}_small_toe": _at(leg.heel + 0.85 * (leg.toe - leg.heel), ankle + width),
    }


def _arm(side: str, neck: Array, sign: int, motion: Motion) -> dict[str, Array]:
    upper = sign * motion.arms - 0.25
    lower = upper + motion.elbows
    elbow = neck + UPPER_ARM * motion.height_m * np.column_stack([np.sin(upper), -np.cos(upper)])
    wrist = elbow + FOREARM * motion.height_m * np.column_stack([np.sin(lower), -np.cos(lower)])
    z = sign * HALF_SHOULDERS * motion.height_m
    return {f"{side}_shoulder": _at(neck, z), f"{side}_elbow": _at(elbow, z), f"{side}_wrist": _at(wrist, z)}
