"""A filmed runner, and the truth about the film."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimator.pose import PoseSequence
from estimator.skeleton import BODY_25, Skeleton
from estimator.synthetic.body import Motion, keypoints
from estimator.synthetic.camera import Camera, Disturbance, shoot
from estimator.synthetic.leg import HALF_HIPS, SAMPLES, SHANK, THIGH, Leg
from estimator.synthetic.runner import Runner

Array = NDArray[np.float64]
Pair = tuple[float, float]  # left, right

JITTER = 0.012  # how much faster or slower a stride may be than the mean, standard deviation


@dataclass(frozen=True, eq=False)
class Truth:
    """What a perfect analysis of the film would say.

    Attributes:
        contacts, toe_offs: side ("left", "right") → (n,) times in seconds, from the film's beginning.
        values: name of a value in the report → (left, right); equal where the value belongs to the whole body.
    """

    contacts: dict[str, Array]
    toe_offs: dict[str, Array]
    values: dict[str, Pair]


@dataclass(frozen=True, eq=False)
class Film:
    """Keypoints as a network would report them, and the truth."""

    sequence: PoseSequence
    truth: Truth
    height_m: float


def film(
    runner: Runner,
    rng: np.random.Generator,
    *,
    seconds: float = 15.0,
    camera: Camera | None = None,
    skeleton: Skeleton = BODY_25,
    disturbance: Disturbance | None = None,
) -> Film:
    """Film a runner, whose strides differ a little from each other."""
    camera = camera or Camera()
    times = np.arange(round(seconds * camera.fps)) / camera.fps
    clock = _Clock(rng, seconds)
    motion = move(runner, clock.to_steady(times))
    points = keypoints(motion)
    sequence = shoot(points, runner.gait.height_m, camera, skeleton, disturbance or Disturbance(), rng)
    return Film(sequence, _truth(runner, clock, seconds), runner.gait.height_m)


class _Clock:
    """The runner's own time, a little faster and slower than the film's."""

    def __init__(self, rng: np.random.Generator, seconds: float) -> None:
        self._times = np.arange(-1.0, seconds + 1.0, 0.002)
        rates = rng.uniform(0.5, 3.0, 3)
        waves = [np.sin(rate * self._times + rng.uniform(0, 6.3)) / rate for rate in rates]
        self._steady = self._times + JITTER * np.sqrt(2 / 3) * np.sum(waves, axis=0) + rng.uniform(0, 1)

    def to_steady(self, times: Array) -> Array:
        return np.asarray(np.interp(times, self._times, self._steady))

    def to_film(self, steady: Array) -> Array:
        return np.asarray(np.interp(steady, self._steady, self._times))


def move(runner: Runner, steady: Array) -> Motion:
    """The runner's body at times of a steady gait, whose left foot lands at 0."""
    gait = runner.gait
    phase = steady / gait.stride_s
    swing = 2 * np.pi * phase
    return Motion(
        height_m=gait.height_m,
        left=_sample(runner.left, phase),
        right=_sample(runner.right, phase - gait.left_step_share),
        trunk_lean=np.radians(gait.trunk_lean_deg + 1.2 * np.cos(2 * swing)),
        arms=0.5 * np.cos(swing),
        elbows=np.radians(85.0),
        step_width_m=gait.step_width_m,
    )


def _sample(leg: Leg, phase: Array) -> Leg:
    grid = np.arange(SAMPLES + 1) / SAMPLES

    def at(path: Array) -> Array:
        closed = np.vstack([path, path[:1]])
        return np.column_stack([np.interp(phase % 1, grid, column) for column in closed.T])

    return Leg(at(leg.hip), at(leg.knee), at(leg.ankle), at(leg.heel), at(leg.toe))


def _truth(runner: Runner, clock: _Clock, seconds: float) -> Truth:
    gait = runner.gait
    count = int(seconds / gait.stride_s) + 4
    strides = np.arange(-2.0, count) * gait.stride_s
    contacts, toe_offs = {}, {}
    for side, start, contact in zip(("left", "right"), (0.0, runner.right_contact_s), gait.contact_s, strict=True):
        contacts[side] = clock.to_film(strides + start)
        toe_offs[side] = clock.to_film(strides + start + contact)
    return Truth(contacts, toe_offs, _values(runner) | _times(contacts, toe_offs, seconds))


def _times(contacts: dict[str, Array], toe_offs: dict[str, Array], seconds: float) -> dict[str, Pair]:
    """Medians over the strides inside the film."""
    left, right = contacts["left"], contacts["right"]
    inside = np.flatnonzero((left[1:-2] > 0) & (left[3:] < seconds)) + 1
    stride = _medians(left[inside + 1] - left[inside], right[inside + 1] - right[inside])
    step = _medians(left[inside + 1] - right[inside], right[inside] - left[inside])
    contact = _medians(*((toe_offs[side] - contacts[side])[inside] for side in ("left", "right")))
    flight = _medians(right[inside] - toe_offs["left"][inside], left[inside + 1] - toe_offs["right"][inside])
    cadence = 120 * len(inside) / float(left[inside[-1] + 1] - left[inside[0]])
    return {
        "cadence_spm": (cadence, cadence),
        "step_time_s": step,
        "contact_time_s": contact,
        "flight_time_s": flight,
        "duty_factor": (contact[0] / stride[0], contact[1] / stride[1]),
        "contact_asymmetry_pct": _asymmetry(contact),
        "step_asymmetry_pct": _asymmetry(step),
    }


def _medians(left: Array, right: Array) -> Pair:
    return float(np.median(left)), float(np.median(right))


def _asymmetry(pair: Pair) -> Pair:
    percent = 200 * (pair[0] - pair[1]) / sum(pair)
    return percent, percent


def _values(runner: Runner) -> dict[str, Pair]:
    gait = runner.gait
    leg_m = (THIGH + SHANK) * gait.height_m
    oscillation = _oscillation(runner)
    both = {
        "trunk_lean_deg": gait.trunk_lean_deg,
        "vertical_oscillation_m": oscillation,
        "vertical_oscillation_ratio": oscillation / leg_m,
        "step_width_ratio": gait.step_width_m / (2 * HALF_HIPS * gait.height_m),
        "hip_drop_deg": gait.hip_drop_deg,
    }
    legs = zip((runner.left, runner.right), gait.contact_s, strict=True)
    left, right = (_leg_values(leg, contact, gait.stride_s) for leg, contact in legs)
    ahead = left["overstride_m"] / leg_m, right["overstride_m"] / leg_m
    return {
        **{name: (value, value) for name, value in both.items()},
        **{name: (left[name], right[name]) for name in left},
        "overstride_ratio": ahead,
    }


def _leg_values(leg: Leg, contact_s: float, stride_s: float) -> dict[str, float]:
    flexion = _flexion(leg)
    in_stance = np.arange(SAMPLES) * stride_s / SAMPLES < contact_s
    shank = leg.ankle[0] - leg.knee[0]
    sole = leg.toe[0] - leg.heel[0]
    return {
        "knee_at_contact_deg": float(flexion[0]),
        "knee_peak_stance_deg": float(flexion[in_stance].max()),
        "knee_peak_swing_deg": float(flexion[~in_stance].max()),
        "shank_angle_deg": float(np.degrees(np.arctan2(shank[0], -shank[1]))),
        "foot_strike_deg": float(np.degrees(np.arctan2(sole[1], sole[0]))),
        "overstride_m": float(leg.ankle[0, 0] - leg.hip[0, 0]),
    }


def _flexion(leg: Leg) -> Array:
    thigh, shank = leg.knee - leg.hip, leg.ankle - leg.knee
    cross = thigh[:, 0] * shank[:, 1] - thigh[:, 1] * shank[:, 0]
    return np.asarray(np.degrees(np.arctan2(-cross, (thigh * shank).sum(axis=1))))


def _oscillation(runner: Runner) -> float:
    """Highest minus lowest of the hips, the mean of a stride's two steps."""
    shift = round(runner.gait.left_step_share * SAMPLES)
    steps = runner.hips[:shift], runner.hips[shift:]
    return float(np.mean([np.ptp(step) for step in steps]))
