"""Running gait from one track of keypoints: candid about what they can tell.

`signals` quiets and levels the movement, `events` finds contacts and toe-offs, `parameters` reads one number a
stride, `values` says what each needs and how sure it is, `report` puts it together. The method and its errors:
docs/gait.md.
"""

from estimator.gait.curves import Band, stride_curves
from estimator.gait.ranges import TYPICAL, Typical
from estimator.gait.report import GaitOptions, GaitReport, read_gait
from estimator.gait.values import Spread, Value
from estimator.gait.view import choose_runner

__all__ = [
    "TYPICAL",
    "Band",
    "GaitOptions",
    "GaitReport",
    "Spread",
    "Typical",
    "Value",
    "choose_runner",
    "read_gait",
    "stride_curves",
]
