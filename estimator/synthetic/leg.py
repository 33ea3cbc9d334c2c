"""One leg of a runner on a treadmill, from contact to contact, so that every event and angle is known.

Seen from the side in metres: x forward from the middle of the hips, y up from the ground; the ground moves back. In
stance the foot stays on the ground, rolling from heel to flat to toe; in swing thigh, knee and ankle follow smooth
curves that meet the stance at both ends. The knee is straightest at `knee_peak_offset_s` from toe-off, not at toe-off:
a detector is tested, not mirrored.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]

SAMPLES = 1500  # a stride
FLAT, HEEL_OFF = 0.16, 0.50  # of the contact: when the sole is down, when the heel leaves

# Segments as shares of body height (Winter, "Biomechanics and Motor Control of Human Movement", figure 4.1).
THIGH, SHANK, ANKLE_HEIGHT = 0.245, 0.246, 0.039
HEEL_BACK, TOE_AHEAD = 0.040, 0.112  # from the ankle
HALF_HIPS = 0.049


class ImpossibleRunnerError(ValueError):
    """These parameters do not fit a human body: a leg too short, a foot through the ground."""


@dataclass(frozen=True)
class Gait:
    """What defines a runner. Left and right are in that order.

    Attributes:
        height_m: of the body.
        speed_mps: of the treadmill.
        stride_s: from one left contact to the next.
        contact_s: of each foot.
        left_step_share: of the stride, from left to right contact.
        ankle_ahead_m: ankle before the hips at contact.
        knee_at_contact_deg, knee_peak_stance_deg, knee_peak_swing_deg: flexion at contact, where the knee is
            straightest around toe-off, and where it is most bent in swing.
        knee_peak_offset_s: when the knee is straightest, after toe-off.
        foot_at_contact_deg: toes up positive.
        thigh_peak_deg: how far forward the thigh swings.
        knee_rate_dps: of the knee's flexion just before contact, in degrees a second; negative still extends.
        retraction: how much of the belt's speed the foot has just before contact.
        trunk_lean_deg: forward.
        hip_drop_deg: of the free side in mid-stance.
        step_width_m: between the ankles, from behind.
    """

    height_m: float = 1.75
    speed_mps: float = 3.0
    stride_s: float = 0.73
    contact_s: tuple[float, float] = (0.25, 0.25)
    left_step_share: float = 0.5
    ankle_ahead_m: float = 0.2
    knee_at_contact_deg: float = 15.0
    knee_peak_stance_deg: float = 18.0
    knee_peak_swing_deg: float = 100.0
    knee_peak_offset_s: float = 0.0
    foot_at_contact_deg: float = 12.0
    thigh_peak_deg: float = 38.0
    knee_rate_dps: float = -60.0
    retraction: float = 0.8
    trunk_lean_deg: float = 7.0
    hip_drop_deg: float = 4.0
    step_width_m: float = 0.08


@dataclass(frozen=True, eq=False)
class Leg:
    """One leg in the plane of movement; arrays (n, 2) of x forward and y up, in metres."""

    hip: Array
    knee: Array
    ankle: Array
    heel: Array
    toe: Array


def clock(gait: Gait) -> Array:
    """(SAMPLES,) seconds from contact."""
    return np.arange(SAMPLES) * gait.stride_s / SAMPLES


def solve_leg(gait: Gait, contact_s: float, hips: Array, ground: float | None = None) -> tuple[Leg, float]:
    """One leg over a stride from its contact, and the height that the first leg gave the hips.

    Args:
        gait: what defines the runner.
        contact_s: of this leg.
        hips: (SAMPLES,) height of its hip over the stride, up to a constant.
        ground: that constant, as the first leg returned it; None for the first.

    Raises:
        ImpossibleRunnerError: the parameters do not fit together.
    """
    segments = np.array([THIGH, SHANK]) * gait.height_m
    stance = _Stance(gait, contact_s)
    if ground is None:
        ground = _hips_over(gait, stance.ankle_on_flat_foot(np.zeros(1))[0], segments) - hips[0]
    hip = np.column_stack([np.zeros(SAMPLES), hips + ground])
    thigh, knee, pitch = _stance_angles(stance, hip, segments)
    _swing(gait, contact_s, thigh, knee, pitch)
    leg = _forward(gait, hip, thigh, knee, pitch)
    _check(gait, contact_s, leg, knee, pitch)
    return leg, ground


def _stance_angles(stance: "_Stance", hip: Array, segments: Array) -> tuple[Array, Array, Array]:
    """Thigh, knee and foot pitch in radians; thigh and pitch are meant until toe-off, the knee for the whole stride."""
    gait, time = stance.gait, clock(stance.gait)
    on_flat = time < HEEL_OFF * stance.contact_s
    pushing = (time < stance.contact_s) & ~on_flat
    ankle, knee, pitch = np.full((SAMPLES, 2), np.nan), np.full(SAMPLES, np.nan), stance.pitch(time)
    ankle[on_flat] = stance.ankle_on_flat_foot(time[on_flat])
    knee[on_flat] = _flexion(hip[on_flat] - ankle[on_flat], *segments)
    end = np.flatnonzero(on_flat)[-1]
    heel_off = float(time[end]), float(knee[end]), float((knee[end] - knee[end - 1]) / time[1])
    late = time >= time[end]
    knee[late] = _knee_curve(gait, stance.contact_s, heel_off, float(knee[0]))(time[late])
    ankle[pushing] = stance.ankle_over_toe(time[pushing], hip[pushing], _distance(knee[pushing], *segments))
    pitch[pushing] = stance.pitch_over_toe(time[pushing], ankle[pushing])
    return _thigh(hip - ankle, knee, *segments), knee, pitch


def _hips_over(gait: Gait, ankle: Array, segments: Array) -> float:
    """Height of the hips at contact, from the ankle's place and the knee's flexion."""
    reach = float(_distance(np.radians(gait.knee_at_contact_deg), *segments))
    if reach <= abs(ankle[0]):
        raise ImpossibleRunnerError("the leg does not reach that far ahead")
    return float(ankle[1] + np.sqrt(reach**2 - ankle[0] ** 2))


@dataclass(frozen=True)
class _Stance:
    """Where the foot is while it is on the ground."""

    gait: Gait
    contact_s: float

    @property
    def heel(self) -> Array:
        return np.array([-HEEL_BACK, -ANKLE_HEIGHT]) * self.gait.height_m

    @property
    def toe(self) -> Array:
        return np.array([TOE_AHEAD, -ANKLE_HEIGHT]) * self.gait.height_m

    def pitch(self, time: Array) -> Array:
        """From the angle at contact down to flat, in radians; meant until the heel leaves."""
        done = np.clip(time / (FLAT * self.contact_s), 0, 1)
        return np.asarray(np.radians(self.gait.foot_at_contact_deg) * (1 - done) ** 2)

    def ankle_on_flat_foot(self, time: Array) -> Array:
        """(n, 2): rolling over the heel (or the toe) while the pitch is not 0, above the flat sole then."""
        pitch = self.pitch(time)
        pivot = self.heel if self.gait.foot_at_contact_deg >= 0 else self.toe
        start = self.pitch(np.zeros(1))
        at_contact = pivot + _rotate(-pivot, start)[0]  # where the ankle would stand, were the sole flat
        x = self.gait.ankle_ahead_m - at_contact[0] - self.gait.speed_mps * time
        ankle = pivot + _rotate(-pivot, pitch)
        return np.column_stack([ankle[:, 0] + x, ankle[:, 1] + ANKLE_HEIGHT * self.gait.height_m])

    def toe_on_ground(self, time: Array) -> Array:
        flat = self.ankle_on_flat_foot(np.array([FLAT * self.contact_s]))[0]
        x = flat[0] + self.toe[0] - self.gait.speed_mps * (time - FLAT * self.contact_s)
        return np.column_stack([x, np.zeros(len(time))])

    def ankle_over_toe(self, time: Array, hip: Array, reach: Array) -> Array:
        """(n, 2): as far from the hip as the knee says, as far from the toe as the foot is long; behind the toe."""
        toe = self.toe_on_ground(time)
        foot = np.hypot(*self.toe)
        between = hip - toe
        distance = np.hypot(*between.T)
        along = (distance**2 + foot**2 - reach**2) / (2 * distance)
        height = foot**2 - along**2
        if (height < 0).any():
            raise ImpossibleRunnerError("the leg does not reach the ground")
        unit = between / distance[:, None]
        across = np.column_stack([-unit[:, 1], unit[:, 0]])
        return np.asarray(toe + along[:, None] * unit + np.sqrt(height)[:, None] * across)

    def pitch_over_toe(self, time: Array, ankle: Array) -> Array:
        sole = self.toe_on_ground(time) - ankle
        return np.asarray(np.arctan2(sole[:, 1], sole[:, 0]) - np.arctan2(self.toe[1], self.toe[0]))


def _rotate(vector: Array, angles: Array) -> Array:
    """(2,) turned by each angle, counter-clockwise. (n, 2)."""
    cos, sin = np.cos(angles), np.sin(angles)
    return np.column_stack([vector[0] * cos - vector[1] * sin, vector[0] * sin + vector[1] * cos])


def _distance(flexion: Array, thigh: float, shank: float) -> Array:
    """Hip to ankle, by the law of cosines."""
    return np.asarray(np.sqrt(thigh**2 + shank**2 + 2 * thigh * shank * np.cos(flexion)))


def _flexion(hip_from_ankle: Array, thigh: float, shank: float) -> Array:
    """Knee flexion in radians for the distance between hip and ankle."""
    cosine = ((hip_from_ankle**2).sum(axis=1) - thigh**2 - shank**2) / (2 * thigh * shank)
    if (np.abs(cosine) > 1).any():
        raise ImpossibleRunnerError("the leg does not reach the ground")
    return np.asarray(np.arccos(cosine))


def _thigh(hip_from_ankle: Array, flexion: Array, thigh: float, shank: float) -> Array:
    """Angle of the thigh forward from straight down, in radians: the knee always bends forward."""
    leg = np.arctan2(-hip_from_ankle[:, 0], hip_from_ankle[:, 1])
    return np.asarray(leg + np.arctan2(shank * np.sin(flexion), thigh + shank * np.cos(flexion)))


def _landing_thigh_rate(gait: Gait, thigh: float, knee: float) -> float:
    """Rate of the thigh just before contact, so that the foot moves back almost like the belt."""
    down_thigh = THIGH * gait.height_m * np.cos(thigh)
    down_shank = SHANK * gait.height_m * np.cos(thigh - knee)
    back = -gait.retraction * gait.speed_mps
    return float((back + np.radians(gait.knee_rate_dps) * down_shank) / (down_thigh + down_shank))


def _knee_curve(
    gait: Gait, contact_s: float, heel_off: tuple[float, float, float], at_contact: float
) -> "scipy.interpolate.CubicHermiteSpline":
    """Knee flexion from heel-off (time, flexion, rate) over the straightest and the most bent knee to contact."""
    start, knee, rate = heel_off
    return scipy.interpolate.CubicHermiteSpline(
        [
            start,
            contact_s + gait.knee_peak_offset_s,
            contact_s + 0.5 * (gait.stride_s - contact_s),
            gait.stride_s,
        ],
        [knee, np.radians(gait.knee_peak_stance_deg), np.radians(gait.knee_peak_swing_deg), at_contact],
        [rate, 0, 0, np.radians(gait.knee_rate_dps)],
    )


def _swing(gait: Gait, contact_s: float, thigh: Array, knee: Array, pitch: Array) -> None:
    """Fill in thigh and foot pitch after toe-off."""
    time = clock(gait)
    end = np.flatnonzero(time < contact_s)[-1]
    after = time >= time[end]

    def curve(values: Array, peak_share: float, peak: float, last_rate: float) -> Array:
        rate = (values[end] - values[end - 1]) / time[1]
        knots = [time[end], contact_s + peak_share * (gait.stride_s - contact_s), gait.stride_s]
        spline = scipy.interpolate.CubicHermiteSpline(knots, [values[end], peak, values[0]], [rate, 0, last_rate])
        return np.asarray(spline(time[after]))

    landing = _landing_thigh_rate(gait, thigh[0], knee[0])
    ankle = pitch - (thigh - knee)
    thigh[after] = curve(thigh, 0.72, np.radians(gait.thigh_peak_deg), landing)
    pitch[after] = curve(ankle, 0.40, np.radians(-4.0), 0.0) + thigh[after] - knee[after]


def _forward(gait: Gait, hip: Array, thigh: Array, knee: Array, pitch: Array) -> Leg:
    """Joint positions from angles."""

    def down(angle: Array, share: float) -> Array:
        return share * gait.height_m * np.column_stack([np.sin(angle), -np.cos(angle)])

    knees = hip + down(thigh, THIGH)
    ankles = knees + down(thigh - knee, SHANK)
    stance = _Stance(gait, 0.0)
    return Leg(hip, knees, ankles, ankles + _rotate(stance.heel, pitch), ankles + _rotate(stance.toe, pitch))


def _check(gait: Gait, contact_s: float, leg: Leg, knee: Array, pitch: Array) -> None:
    """Raise where no human body moves so."""
    time = clock(gait)
    lowest = np.minimum(leg.heel[:, 1], leg.toe[:, 1])
    around = np.abs(time - contact_s) < 0.1
    straightest = time[around][knee[around].argmin()] - contact_s
    toe_off = np.degrees(pitch[np.flatnonzero(time < contact_s)[-1]])
    well_up = (time > contact_s + 0.08) & (time < gait.stride_s - 0.05)
    possible = (
        lowest.min() > -0.004
        and lowest[time > contact_s + 0.004].min() > 0
        and lowest[well_up].min() > 0.03
        and np.degrees(knee[time < contact_s].max()) < 62
        and abs(straightest - gait.knee_peak_offset_s) < 0.002
        and -90 < toe_off < -30
    )
    if not possible:
        raise ImpossibleRunnerError("the foot goes through the ground, or the knee gives way")
