"""The network: a trunk that sees, then two stages that say where confidence maps and PAFs are. An OpenPose.

Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", section 3.1: each stage
sees the trunk's features and the maps of the stage before, and every stage is supervised. Its layers are the teacher's:
Osokin, "Real-time 2D Multi-Person Pose Estimation on CPU: Lightweight OpenPose", MobileNet up to stride 8, and branches
that share all but their last layers. Costly ones are thin here, where that costs little accuracy (docs/training.md), so
all costs two thirds. They compute in the teacher's order, by which fit.py matches them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.targets import CHANNELS, HEATMAPS, PAFS

MULTIPLE = 8
FEATURES = 128  # of the trunk, and in the second stage
WIDE = 512  # at the trunk's end, and in the first stage before its maps
BLOCKS = 5  # of the second stage
# Ranks of thin convolutions: 1×1 by their inputs and outputs, 3×3 in the first stage and in a block of the second.
RANKS = {(WIDE, WIDE): 160, (FEATURES, WIDE): 32}
RANK_FIRST, RANKS_BLOCK = 48, (64, 96)


class Thin(nn.Sequential):
    """A convolution of few channels: in each cell `rank` of them are mixed from the inputs, then they are convolved.

    Zhang et al., "Accelerating Very Deep Convolutional Networks for Classification and Detection", section 2.1, with
    the 1×1 convolution before the other one.
    """

    def __init__(self, inputs: int, outputs: int, rank: int, kernel: int = 1, dilation: int = 1) -> None:
        padding = kernel // 2 * dilation
        super().__init__(
            nn.Conv2d(inputs, rank, 1, bias=False),
            nn.Conv2d(rank, outputs, kernel, padding=padding, dilation=dilation),
        )


def around(rank: int, dilation: int = 1) -> tuple[nn.Module, ...]:
    """A thin 3×3 convolution of features."""
    return Thin(FEATURES, FEATURES, rank, kernel=3, dilation=dilation), nn.ReLU()


def mixed(inputs: int, outputs: int) -> nn.Module:
    """A 1×1 convolution, thin if RANKS has it."""
    rank = RANKS.get((inputs, outputs))
    return Thin(inputs, outputs, rank) if rank else nn.Conv2d(inputs, outputs, 1)


def separable(
    inputs: int, outputs: int, stride: int = 1, dilation: int = 1, activation: type[nn.Module] = nn.ReLU
) -> tuple[nn.Module, ...]:
    """A 3×3 convolution of each channel by itself, then a 1×1 of all."""
    alone = nn.Conv2d(inputs, inputs, 3, stride, dilation, dilation, groups=inputs)
    return alone, activation(), mixed(inputs, outputs), activation()


class Trunk(nn.Module):
    """Picture (B, 3, H, W) BGR 0..255 → features (B, 128, H/8, W/8); sides are multiples of 8."""

    def __init__(self) -> None:
        super().__init__()
        self.mobile = nn.Sequential(
            *(nn.Conv2d(3, 32, 3, stride=2, padding=1), nn.ReLU()),
            *(*separable(32, 64), *separable(64, 128, stride=2), *separable(128, 128)),
            *(*separable(128, 256, stride=2), *separable(256, 256), *separable(256, WIDE)),
            *separable(WIDE, WIDE, dilation=2),
            *(layer for _ in range(4) for layer in separable(WIDE, WIDE)),
        )
        self.narrow = nn.Sequential(nn.Conv2d(WIDE, FEATURES, 1), nn.ELU())
        self.context = nn.Sequential(
            *(nn.Conv2d(FEATURES, FEATURES, 1), nn.ELU()),
            *(layer for _ in range(3) for layer in separable(FEATURES, FEATURES, activation=nn.ELU)),
        )
        self.features = nn.Sequential(nn.Conv2d(FEATURES, FEATURES, 3, padding=1), nn.ReLU())

    def forward(self, image: Tensor) -> Tensor:
        narrow = self.narrow(self.mobile((image - 128) / 255))
        return self.features(narrow + self.context(narrow))


class Branches(nn.Module):
    """What a stage has seen (B, 128, …) → its heatmaps (B, 19, …) and PAFs (B, 38, …)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before_pafs, self.before_heatmaps = (nn.Sequential(mixed(FEATURES, width), nn.ReLU()) for _ in range(2))
        self.pafs, self.heatmaps = nn.Conv2d(width, PAFS, 1), nn.Conv2d(width, HEATMAPS, 1)

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        before_pafs, before_heatmaps = self.before_pafs(seen), self.before_heatmaps(seen)
        pafs = self.pafs(before_pafs)
        return self.heatmaps(before_heatmaps), pafs


class Block(nn.Module):
    """Two 3×3 convolutions, the second one's cells apart, beside a shortcut: (B, `inputs`, …) → (B, 128, …)."""

    def __init__(self, inputs: int = FEATURES) -> None:
        super().__init__()
        self.narrow = nn.Sequential(nn.Conv2d(inputs, FEATURES, 1), nn.ReLU())
        self.around = nn.Sequential(*around(RANKS_BLOCK[0]), *around(RANKS_BLOCK[1], dilation=2))

    def forward(self, x: Tensor) -> Tensor:
        narrow = self.narrow(x)
        return narrow + self.around(narrow)


class PoseNetwork(nn.Module):
    """Picture (B, 3, H, W) BGR 0..255 → [(heatmaps, PAFs) of stage 1, of stage 2], each (B, 19 or 38, H/8, W/8)."""

    STAGES = 2

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.first = nn.Sequential(*(layer for _ in range(3) for layer in around(RANK_FIRST)), Branches(WIDE))
        blocks = (Block(FEATURES + CHANNELS), *(Block() for _ in range(BLOCKS - 1)))
        self.second = nn.Sequential(*blocks, Branches(FEATURES))

    def forward(self, image: Tensor) -> list[tuple[Tensor, Tensor]]:
        features = self.trunk(image)
        heatmaps, pafs = self.first(features)
        return [(heatmaps, pafs), self.second(torch.cat([pafs, heatmaps, features], dim=1))]
