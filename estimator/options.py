"""Options of an estimate, with the names that OpenPose gave them (`doc/advanced/demo_advanced.md`)."""

from dataclasses import dataclass, field, replace

from estimator.preprocess import NetResolution


@dataclass(frozen=True)
class Thresholds:
    """When a peak, a connection or a pose counts. Each network's metadata may carry its own.

    Attributes:
        keypoint_threshold: least value of a confidence map's peak, 0..1.
        limb_threshold: least agreement of the PAF with a limb's direction at a sample, 0..1.
        min_keypoints: poses with fewer keypoints are dropped.
        min_score: poses with a lower mean score are dropped, 0..1.
    """

    keypoint_threshold: float = 0.1
    limb_threshold: float = 0.05
    min_keypoints: int = 3
    min_score: float = 0.2


@dataclass(frozen=True)
class Options:
    """How a picture is estimated.

    Attributes:
        net_resolution: size at which the network looks; "-1x368" makes the shorter side 368 pixels.
        scale_number: how many sizes are looked at; their maps are averaged.
        scale_gap: each size is this much smaller than the one before, as a share of the first.
        number_people_max: keep only so many, the best; -1 keeps everyone.
        keypoint_threshold, limb_threshold: instead of the network's own, where given.
        single: the single-person way: the maximum of each confidence map.

    Raises:
        ValueError: a value is out of its range; the sentence says which.
    """

    net_resolution: NetResolution = field(default_factory=lambda: NetResolution(-1, 368))
    scale_number: int = 1
    scale_gap: float = 0.25
    number_people_max: int = -1
    keypoint_threshold: float | None = None
    limb_threshold: float | None = None
    single: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.scale_number <= 8:
            raise ValueError(f"scale_number is 1 to 8, not {self.scale_number}")
        if not 0 < self.scale_gap < 1 or self.scale_gap * (self.scale_number - 1) >= 1:
            raise ValueError(f"scale_gap {self.scale_gap} leaves nothing of the {self.scale_number}th size")
        if self.number_people_max != -1 and self.number_people_max < 1:
            raise ValueError(f"number_people_max is -1 (everyone) or at least 1, not {self.number_people_max}")
        for name in ("keypoint_threshold", "limb_threshold"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} is 0 to 1, not {value}")

    @property
    def factors(self) -> tuple[float, ...]:
        """Of the sizes looked at, the first is 1."""
        return tuple(1 - self.scale_gap * step for step in range(self.scale_number))

    def thresholds(self, network: Thresholds) -> Thresholds:
        """The network's own thresholds, with those given here instead."""
        given = {name: getattr(self, name) for name in ("keypoint_threshold", "limb_threshold")}
        return replace(network, **{name: value for name, value in given.items() if value is not None})
