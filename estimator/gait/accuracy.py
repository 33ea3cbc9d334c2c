"""How far gait values are off, against synthetic runners whose truth is known."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from estimator.gait.report import GaitOptions, read_gait
from estimator.gait.signals import SIDES, Array
from estimator.gait.values import KINDS, Value
from estimator.pose import PoseSequence
from estimator.skeleton import BODY_25, Skeleton
from estimator.synthetic.camera import BEHIND, LEFT_SIDE, PERFECT, RIGHT_SIDE, USUAL, Camera, Disturbance
from estimator.synthetic.film import Film, film
from estimator.synthetic.runner import draw_runner

# What the 95th percentile may be at 60 fps with feet: with noise, and without.
BUDGETS = {
    "cadence_spm": (0.5, 0.5),
    "step_time_s": (0.010, 0.005),
    "contact_time_s": (0.015, 0.015),
    "flight_time_s": (0.015, 0.015),
    "duty_factor": (0.025, 0.025),
    "trunk_lean_deg": (2.0, 2.0),
    "overstride_ratio": (0.035, 0.025),
    "overstride_m": (0.03, 0.02),
    "shank_angle_deg": (2.5, 2.0),
    "vertical_oscillation_ratio": (0.01, 0.01),
    "vertical_oscillation_m": (0.01, 0.01),
    "knee_at_contact_deg": (2.5, 2.0),
    "knee_peak_stance_deg": (2.0, 2.0),
    "knee_peak_swing_deg": (2.0, 2.0),
    "foot_strike_deg": (4.0, 2.0),
    "contact_asymmetry_pct": (5.0, 3.0),
    "step_asymmetry_pct": (4.0, 2.0),
    "step_width_ratio": (0.1, 0.1),
    "hip_drop_deg": (2.5, 1.0),
}


@dataclass(frozen=True)
class Conditions:
    """How the runners are filmed.

    Attributes:
        fps: frames a second.
        skeleton: whose keypoints are reported.
        disturbance: what goes wrong with them.
        seconds: of each film.
        roll_deg: the camera is turned by up to that, either way.
        yaw_deg: and looks past the exact side (or back) by up to that.
        rear: from behind, not from the side.
    """

    fps: float = 60.0
    skeleton: Skeleton = BODY_25
    disturbance: Disturbance = USUAL
    seconds: float = 15.0
    roll_deg: float = 1.0
    yaw_deg: float = 4.0
    rear: bool = False


NOISE_FREE = Conditions(disturbance=PERFECT, roll_deg=0.0, yaw_deg=0.0)


@dataclass(frozen=True)
class Error:
    """Of one value over all runners, in the value's unit.

    Attributes:
        median, p95: of the absolute error.
        told: share of the runners for whom a number was given.
        budget: what p95 may be at 60 fps with feet.
    """

    median: float
    p95: float
    told: float
    budget: float


def synthetic_film(seed: int, conditions: Conditions) -> Film:
    """The runner of that seed, filmed; seed and conditions decide everything."""
    rng = np.random.default_rng(seed)
    runner = draw_runner(rng)
    place = BEHIND if conditions.rear else float(rng.choice([RIGHT_SIDE, LEFT_SIDE]))
    camera = Camera(
        fps=conditions.fps,
        azimuth_deg=place + rng.uniform(-1, 1) * conditions.yaw_deg,
        distance_m=rng.uniform(3.5, 6.0),
        roll_deg=rng.uniform(-1, 1) * conditions.roll_deg,
    )
    return film(
        runner,
        rng,
        seconds=conditions.seconds,
        camera=camera,
        skeleton=conditions.skeleton,
        disturbance=conditions.disturbance,
    )


def errors(
    seeds: Iterable[int],
    conditions: Conditions,
    through: Callable[[PoseSequence], PoseSequence] = lambda sequence: sequence,
) -> dict[str, Error]:
    """The error of every value.

    Args:
        seeds: one runner each.
        conditions: how they are filmed.
        through: what the keypoints go through before they are analysed, e.g. drawn maps and the decoder.
    """
    found: dict[str, list[float]] = {kind.name: [] for kind in KINDS}
    for seed in seeds:
        made = synthetic_film(seed, conditions)
        report = read_gait([through(made.sequence)], GaitOptions(height_m=made.height_m))
        for name, value in report.values.items():
            found[name] += _off(value, made.truth.values[name])
    budget = 1 if conditions.disturbance == PERFECT else 0
    return {
        name: _summary(np.array(off), BUDGETS[name][budget]) for name, off in found.items() if np.isfinite(off).any()
    }


def _off(value: Value, truth: tuple[float, float]) -> Iterator[float]:
    """Absolute errors: one a side, or one where the value belongs to the whole body; NaN where none is told."""
    if value.both is None:
        yield np.nan
    elif value.left is None or value.right is None:
        yield abs(value.both.median - float(np.mean(truth)))
    else:
        for side, true in zip(SIDES, truth, strict=True):
            yield abs((value.left if side == "left" else value.right).median - true)


def _summary(off: Array, budget: float) -> Error:
    told = off[np.isfinite(off)]
    middle, high = np.percentile(told, [50, 95])
    return Error(float(middle), float(high), len(told) / len(off), budget)
