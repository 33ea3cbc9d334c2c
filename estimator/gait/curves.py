"""Movement over the normalised stride, for charts: 0 % is a contact, 100 % the next of the same side."""

from dataclasses import dataclass

import numpy as np

from estimator.gait.events import knee_flexion
from estimator.gait.report import GaitReport
from estimator.gait.signals import SIDES, Array, Signals

POINTS = 101  # 0 to 100 %


@dataclass(frozen=True, eq=False)
class Band:
    """One side's strides on top of each other.

    Attributes:
        middle, low, high: (101,) median and quartiles.
        strides: how many.
    """

    middle: Array
    low: Array
    high: Array
    strides: int


def stride_curves(report: GaitReport) -> dict[str, dict[str, Band]]:
    """Curve → side → band; sides without a stride are left out.

    "knee_flexion_deg"; "ankle_height_ratio" and "hip_height_ratio" in leg lengths above their own lowest point.
    """
    if report.movement is None or report.view != "side":
        return {}
    found: dict[str, dict[str, Band]] = {}
    for side in SIDES:
        for name, series in _series(report.movement, side).items():
            rows = [_stride(report.movement, series, s.contact, s.end) for s in report.strides[side]]
            whole = np.array([row for row in rows if np.isfinite(row).all()])
            if name.endswith("height_ratio") and len(whole):
                whole -= whole.min(axis=1, keepdims=True)
            if len(whole):
                low, middle, high = np.percentile(whole, [25, 50, 75], axis=0)
                found.setdefault(name, {})[side] = Band(middle, low, high, len(whole))
    return found


def _series(movement: Signals, side: str) -> dict[str, Array]:
    return {
        "knee_flexion_deg": knee_flexion(movement, side),
        "ankle_height_ratio": movement.of(side, "ankle")[:, 1] / movement.leg_px,
        "hip_height_ratio": movement.hips[:, 1] / movement.leg_px,
    }


def _stride(movement: Signals, series: Array, start: float, end: float) -> Array:
    """(101,) of one stride."""
    return np.asarray(np.interp(np.linspace(start, end, POINTS), movement.times_s, series))
