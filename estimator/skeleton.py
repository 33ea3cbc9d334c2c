"""Skeletons: the names of the keypoints, the limbs between them, and the map channels of both.

The tables follow OpenPose's `src/openpose/pose/poseParameters.cpp`.
"""

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Limb:
    """A directed edge between two keypoints, with the two PAF channels that hold its unit vector.

    Attributes:
        start, end: keypoint indices, 0-based.
        x_channel, y_channel: PAF channels of the vector from start to end.
    """

    start: int
    end: int
    x_channel: int
    y_channel: int


@dataclass(frozen=True)
class Skeleton:
    """Keypoint names in channel order, limbs in the order in which poses are put together.

    Attributes:
        name: as it stands in a network's metadata, e.g. "COCO-18".
        keypoints: one name per confidence map channel; left and right start with "l_" and "r_".
        limbs: tree first, then the redundant limbs (shoulder to ear), which only confirm.
    """

    name: str
    keypoints: tuple[str, ...]
    limbs: tuple[Limb, ...]

    def index(self, keypoint: str) -> int:
        """Channel of a keypoint's name; ValueError where the skeleton has none of that name."""
        return self.keypoints.index(keypoint)

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """Keypoint index of each keypoint's partner on the other side (itself on the midline)."""
        other_side = {"l_": "r_", "r_": "l_"}
        return tuple(self.index(other_side.get(k[:2], k[:2]) + k[2:]) for k in self.keypoints)

    @cached_property
    def colours(self) -> tuple[Colour, ...]:
        """One RGB colour (0..255) a keypoint: the right side warm, the left side cool, the middle yellow."""
        return tuple(_colour(name, i, len(self.keypoints)) for i, name in enumerate(self.keypoints))


def _colour(name: str, index: int, count: int) -> Colour:
    shade = index / max(count - 1, 1)
    if name.startswith("r_"):
        return (255, round(40 + 150 * shade), 60)
    if name.startswith("l_"):
        return (40, round(230 - 110 * shade), 255)
    return (255, 225, 70)


def _limbs(pairs: str, channels: str) -> tuple[Limb, ...]:
    """'1-2 1-5' and '12 20' (the x channels; y follows x) → limbs."""
    ends = (tuple(map(int, pair.split("-"))) for pair in pairs.split())
    return tuple(Limb(a, b, int(x), int(x) + 1) for (a, b), x in zip(ends, channels.split(), strict=True))


_ARMS = "r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist"
_LEGS = "r_hip r_knee r_ankle l_hip l_knee l_ankle"
_FACE = "r_eye l_eye r_ear l_ear"
_FEET = "l_big_toe l_small_toe l_heel r_big_toe r_small_toe r_heel"

COCO_18 = Skeleton(
    "COCO-18",
    tuple(f"nose neck {_ARMS} {_LEGS} {_FACE}".split()),
    _limbs(
        "1-2 1-5 2-3 3-4 5-6 6-7 1-8 8-9 9-10 1-11 11-12 12-13 1-0 0-14 14-16 0-15 15-17 2-16 5-17",
        "12 20 14 16 22 24 0 2 4 6 8 10 28 30 34 32 36 18 26",
    ),
)

BODY_25 = Skeleton(
    "BODY-25",
    tuple(f"nose neck {_ARMS} mid_hip {_LEGS} {_FACE} {_FEET}".split()),
    _limbs(
        "1-8 1-2 1-5 2-3 3-4 5-6 6-7 8-9 9-10 10-11 8-12 12-13 13-14 1-0 0-15 15-17 0-16 16-18 "
        "14-19 19-20 14-21 11-22 22-23 11-24 2-17 5-18",
        "0 14 22 16 18 24 26 6 2 4 8 10 12 30 32 36 34 38 40 42 44 46 48 50 20 28",
    ),
)

MPI_15 = Skeleton(
    "MPI-15",
    tuple(f"head neck {_ARMS} {_LEGS} chest".split()),
    _limbs(
        "0-1 1-2 2-3 3-4 1-5 5-6 6-7 1-14 14-8 8-9 9-10 14-11 11-12 12-13",
        "0 2 4 6 8 10 12 14 16 18 20 22 24 26",
    ),
)

SKELETONS = MappingProxyType({s.name: s for s in (COCO_18, BODY_25, MPI_15)})
