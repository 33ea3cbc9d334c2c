"""The angle between two lines that a hand drew on a frame, and what several of them come to.

From behind, the leg line runs down the lower leg and the heel line down the heel. The angle is that of the heel line
against the leg line: positive where its lower end points outwards, away from the other foot.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, degrees, hypot
from statistics import mean, stdev

SIDES = ("left", "right")
SHORTEST_PX = 5.0  # a shorter line has no direction worth a name

Point = Sequence[float]


@dataclass(frozen=True)
class Summary:
    """One side's readings: mean and standard deviation in degrees (None for a single one), and how many."""

    side: str
    mean_deg: float
    spread_deg: float | None
    count: int


def angle(side: str, leg: Sequence[Point], heel: Sequence[Point]) -> float:
    """Degrees from the leg line to the heel line, outwards positive; −180 to 180.

    Args:
        side: "left" or "right" foot, seen from behind: the right foot is on the right of the picture.
        leg, heel: two points each, the upper one first, in pixels.

    Raises:
        ValueError: a line is too short to have a direction.
    """
    turned = _direction(leg) - _direction(heel)  # y runs down: towards the right of the picture is positive
    turned = (turned + 180) % 360 - 180
    return turned if side == "right" else -turned


def _direction(line: Sequence[Point]) -> float:
    (x0, y0), (x1, y1) = line
    if hypot(x1 - x0, y1 - y0) < SHORTEST_PX:
        raise ValueError("a line needs two points apart from each other")
    return degrees(atan2(y1 - y0, x1 - x0))


def summarise(readings: Iterable[tuple[str, float]]) -> tuple[Summary, ...]:
    """Mean and spread a side, of (side, angle in degrees)."""
    rows = list(readings)
    found = []
    for side in SIDES:
        angles = [degree for of, degree in rows if of == side]
        if angles:
            spread = stdev(angles) if len(angles) > 1 else None
            found.append(Summary(side, mean(angles), spread, len(angles)))
    return tuple(found)
