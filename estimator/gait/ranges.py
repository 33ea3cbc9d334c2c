"""What is typical, with its source: to compare with, never a grade."""

from dataclasses import dataclass

MALISOUX_2023 = (
    "Malisoux et al. 2023, Reference Values and Determinants of Spatiotemporal and Kinetic Variables in Recreational "
    "Runners, doi:10.1177/23259671231204629: 860 runners on a treadmill at their preferred speed"
)


@dataclass(frozen=True)
class Typical:
    """A mean that was measured in many runners.

    Attributes:
        name: of the value in a report.
        group: "men" or "women".
        speed_kmh: at which they ran, the mean.
        mean: in the value's unit.
        source: where it stands.
    """

    name: str
    group: str
    speed_kmh: float
    mean: float
    source: str = MALISOUX_2023


TYPICAL = (
    Typical("cadence_spm", "men", 10.5, 164),
    Typical("cadence_spm", "women", 9.0, 164),
    Typical("contact_time_s", "men", 10.5, 0.283),
    Typical("contact_time_s", "women", 9.0, 0.299),
    Typical("duty_factor", "men", 10.5, 0.39),
    Typical("duty_factor", "women", 9.0, 0.41),
    Typical("vertical_oscillation_m", "men", 10.5, 0.080),
    Typical("vertical_oscillation_m", "women", 9.0, 0.073),
)
