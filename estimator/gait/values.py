"""The gait values: what each is called, what it needs, and how far it may be off."""

from dataclasses import dataclass, replace

import numpy as np

from estimator.gait.signals import SIDES, Array

LEAST_STRIDES = 10  # a side
FAST_FPS, ROUGH_FPS = 55.0, 24.0  # 59.94 counts as 60


@dataclass(frozen=True)
class Spread:
    """One number and how sure it is.

    Attributes:
        median, iqr: over the strides; the IQR is the distance between the quartiles. For both sides together the
            median is the mean of the sides' medians: where they differ, one over all strides would jump from side to
            side with a stride more or less.
        strides: how many.
        plus_minus: half the width within which the true value lies in 19 of 20 clips: the method's error against
            known truth (docs/gait.md) and the chance of having seen just these strides.
    """

    median: float
    iqr: float
    strides: int
    plus_minus: float


@dataclass(frozen=True)
class Value:
    """A gait value: numbers, or the reason why there are none.

    Attributes:
        name: ends in its unit.
        unit: as people read it.
        both: of all strides; left, right: of one side, None where the value belongs to the whole body.
        rough: the clip is too slow for more than an impression.
        reason: a sentence where there is no number, else empty.
    """

    name: str
    title: str
    unit: str
    both: Spread | None = None
    left: Spread | None = None
    right: Spread | None = None
    rough: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Kind:
    """What a value is and needs.

    Attributes:
        view: "side", "rear" or "any".
        error: half-width of the method's error, at 60 fps with feet.
        ankle_error: the same for a skeleton without feet.
        exact_time: needs 60 fps; below that it is rough, or none where `strict`.
        sides: left and right have numbers of their own.
        feet: needs heel and toe.
    """

    name: str
    title: str
    unit: str
    view: str
    error: float
    ankle_error: float
    exact_time: bool = False
    strict: bool = False
    sides: bool = True
    feet: bool = False


# Errors: the 95th percentile over synthetic runners with noise (docs/gait.md), rounded up; for the knee the 8° that
# markerless 2-D systems differ from marker-based ones.
KINDS = (
    Kind("cadence_spm", "Cadence", "steps/min", "any", 0.5, 0.5, sides=False),
    Kind("step_time_s", "Step time", "s", "side", 0.010, 0.012),
    Kind("contact_time_s", "Ground contact time", "s", "side", 0.015, 0.025, exact_time=True),
    Kind("flight_time_s", "Flight time", "s", "side", 0.015, 0.025, exact_time=True),
    Kind("duty_factor", "Duty factor", "of the stride", "side", 0.02, 0.035, exact_time=True),
    Kind("trunk_lean_deg", "Trunk lean", "°", "side", 2.0, 3.0, sides=False),
    Kind("overstride_ratio", "Overstride", "leg lengths", "side", 0.03, 0.04),
    Kind("overstride_m", "Overstride", "m", "side", 0.03, 0.04),
    Kind("shank_angle_deg", "Shank angle at contact", "°", "side", 3.0, 4.0),
    Kind("vertical_oscillation_ratio", "Vertical oscillation", "leg lengths", "side", 0.01, 0.01, sides=False),
    Kind("vertical_oscillation_m", "Vertical oscillation", "m", "side", 0.01, 0.01, sides=False),
    Kind("knee_at_contact_deg", "Knee flexion at contact", "°", "side", 8.0, 8.0),
    Kind("knee_peak_stance_deg", "Most knee flexion in stance", "°", "side", 8.0, 8.0),
    Kind("knee_peak_swing_deg", "Most knee flexion in swing", "°", "side", 8.0, 8.0),
    Kind("foot_strike_deg", "Foot-strike angle", "°", "side", 5.0, 5.0, exact_time=True, strict=True, feet=True),
    Kind("contact_asymmetry_pct", "Contact, left against right", "%", "side", 5.0, 8.0, exact_time=True, sides=False),
    Kind("step_asymmetry_pct", "Step time, left against right", "%", "side", 4.0, 4.0, sides=False),
    Kind("step_width_ratio", "Step width", "hip widths", "rear", 0.1, 0.1),
    Kind("hip_drop_deg", "Hip drop (experimental)", "°", "rear", 2.5, 3.5),
)  # fmt: skip


@dataclass(frozen=True)
class Clip:
    """What decides whether a value can be told from this clip.

    Attributes:
        view: "side" or "rear".
        fps: frames a second of real time.
        has_feet: heels and toes are known.
        leg_m: leg length in metres; None where the runner's height is not given.
        trouble: a sentence where no value can be told, else empty.
        shaky: the camera moves.
    """

    view: str
    fps: float
    has_feet: bool
    leg_m: float | None = None
    trouble: str = ""
    shaky: bool = False


def none_because(kind: Kind, reason: str) -> Value:
    """The value without a number."""
    return Value(kind.name, kind.title, kind.unit, reason=reason)


def missing(kind: Kind, clip: Clip) -> str:
    """Why this value cannot be told from this clip, as a sentence; empty where it can."""
    checks = (
        (bool(clip.trouble), clip.trouble),
        (
            kind.view not in ("any", clip.view),
            f"Needs a clip from {'the side' if kind.view == 'side' else 'behind'}.",
        ),
        (kind.feet and not clip.has_feet, "Needs feet: choose a BODY_25 network."),
        (
            kind.exact_time and clip.fps < (FAST_FPS if kind.strict else ROUGH_FPS),
            f"{clip.fps:.0f} fps is too slow: film at 60 or more.",
        ),
        (clip.shaky and kind.name != "cadence_spm", "The camera moves: put it on something firm."),
        (kind.unit == "m" and clip.leg_m is None, "Needs the runner's height."),
    )
    return next((sentence for applies, sentence in checks if applies), "")


def measure(kind: Kind, clip: Clip, numbers: dict[str, Array]) -> Value:
    """Summarise one number a stride a side; none where fewer than 10 strides a side have one."""
    seen = {side: numbers[side][np.isfinite(numbers[side])] for side in SIDES}
    fewest = min(len(values) for values in seen.values())
    if fewest < LEAST_STRIDES:
        return none_because(kind, f"Only {fewest} strides a side show it: {LEAST_STRIDES} are needed.")
    error = method_error(kind, clip)
    left, right = (spread(seen[side], error) for side in SIDES)
    pooled = spread(np.concatenate([seen[side] for side in SIDES]), error)
    both = replace(pooled, median=(left.median + right.median) / 2)
    rough = kind.exact_time and clip.fps < FAST_FPS
    if not kind.sides:
        return Value(kind.name, kind.title, kind.unit, both, rough=rough)
    return Value(kind.name, kind.title, kind.unit, both, left, right, rough)


def method_error(kind: Kind, clip: Clip) -> float:
    """Half-width of the method's error; what needs exact times doubles at 30 fps."""
    error = kind.error if clip.has_feet else kind.ankle_error
    return error * (2 if kind.exact_time and clip.fps < FAST_FPS else 1)


def spread(values: Array, error: float) -> Spread:
    """Median, IQR, count and ±; the standard error of a median is 1.25 σ/√n, and σ = IQR/1.35."""
    low, middle, high = np.percentile(values, [25, 50, 75])
    chance = 1.96 * 1.25 * (high - low) / 1.35 / np.sqrt(len(values))
    return Spread(float(middle), float(high - low), len(values), float(np.hypot(error, chance)))


def asymmetry(kind: Kind, clip: Clip, numbers: dict[str, Array]) -> Value:
    """Left minus right over their mean, in percent, from the medians of both sides."""
    seen = {side: numbers[side][np.isfinite(numbers[side])] for side in SIDES}
    count = min(len(values) for values in seen.values())
    if count < LEAST_STRIDES:
        return none_because(kind, f"Only {count} strides a side show it: {LEAST_STRIDES} are needed.")
    middle = float(np.median(np.concatenate([seen[side] for side in SIDES])))
    paired = [seen["left"][:count], seen["right"][:count]]
    percent = 100 * (paired[0] - paired[1]) / middle
    found = spread(percent, method_error(kind, clip))
    exact = 100 * (float(np.median(seen["left"])) - float(np.median(seen["right"]))) / middle
    both = Spread(exact, found.iqr, count, found.plus_minus)
    return Value(kind.name, kind.title, kind.unit, both, rough=kind.exact_time and clip.fps < FAST_FPS)
