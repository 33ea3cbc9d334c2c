"""The network: a trunk that sees, then two stages that say where confidence maps and PAFs are. An OpenPose.

Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", section 3.1: each stage
sees the trunk's features and the maps of the stage before, and every stage is supervised. There the trunk begins as
VGG-19's first ten layers; here trunk and first stage begin as the teacher's: Osokin, "Real-time 2D Multi-Person Pose
Estimation on CPU: Lightweight OpenPose", MobileNet up to stride 8, and branches that share all but their last layers.
The second stage is our own, a sixth of the teacher's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.targets import CHANNELS, HEATMAPS, PAFS

MULTIPLE = 8
FEATURES = 128  # of the trunk
WIDE = 512  # the first stage, before its maps


def conv(inputs: int, outputs: int, kernel: int = 3, dilation: int = 1) -> nn.Sequential:
    """Convolution and batch normalisation, no activation."""
    padding = kernel // 2 * dilation
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs, momentum=0.02),  # batches are small
    )


def separable(
    inputs: int, outputs: int, stride: int = 1, dilation: int = 1, activation: type[nn.Module] = nn.ReLU
) -> tuple[nn.Module, ...]:
    """A 3×3 convolution of each channel by itself, then a 1×1 of all; no normalisation."""
    return (
        *(nn.Conv2d(inputs, inputs, 3, stride, dilation, dilation, groups=inputs), activation()),
        *(nn.Conv2d(inputs, outputs, 1), activation()),
    )


class Residual(nn.Module):
    """Two 3×3 convolutions around a shortcut."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = conv(channels, channels, dilation=dilation)
        self.second = conv(channels, channels, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(functional.relu(self.first(x))))


class Trunk(nn.Module):
    """Picture (B, 3, H, W) BGR 0..255 → features (B, 128, H/8, W/8); sides are multiples of 8.

    The teacher's layers in the teacher's order, as in the first stage: so they can begin with its weights (weights.py),
    into which normalisation has been folded.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mobile = nn.Sequential(
            *(nn.Conv2d(3, 32, 3, stride=2, padding=1), nn.ReLU()),
            *(*separable(32, 64), *separable(64, 128, stride=2), *separable(128, 128)),
            *(*separable(128, 256, stride=2), *separable(256, 256), *separable(256, 512)),
            *(*separable(512, 512, dilation=2), *separable(512, 512), *separable(512, 512)),
            *(*separable(512, 512), *separable(512, 512)),
        )
        self.narrow = nn.Sequential(nn.Conv2d(512, FEATURES, 1), nn.ELU())
        self.around = nn.Sequential(
            *(nn.Conv2d(FEATURES, FEATURES, 1), nn.ELU()),
            *(layer for _ in range(3) for layer in separable(FEATURES, FEATURES, activation=nn.ELU)),
        )
        self.features = nn.Sequential(nn.Conv2d(FEATURES, FEATURES, 3, padding=1), nn.ReLU())

    def forward(self, image: Tensor) -> Tensor:
        narrow = self.narrow(self.mobile((image - 128) / 255))
        return self.features(narrow + self.around(narrow))


class FirstStage(nn.Module):
    """The trunk's features (B, 128, …) → heatmaps (B, 19, …) and PAFs (B, 38, …)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(layer for _ in range(3) for layer in (nn.Conv2d(FEATURES, FEATURES, 3, padding=1), nn.ReLU()))
        )
        self.wide_pafs, self.wide_heatmaps = nn.Conv2d(FEATURES, WIDE, 1), nn.Conv2d(FEATURES, WIDE, 1)
        self.pafs, self.heatmaps = nn.Conv2d(WIDE, PAFS, 1), nn.Conv2d(WIDE, HEATMAPS, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.body(features)
        heatmaps = self.heatmaps(functional.relu(self.wide_heatmaps(seen)))
        return heatmaps, self.pafs(functional.relu(self.wide_pafs(seen)))


class SecondStage(nn.Module):
    """The trunk's features and the first stage's maps → those maps, corrected; as they are, to begin with."""

    def __init__(self, width: int = 80, blocks: int = 2, dilation: int = 2) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(FEATURES + CHANNELS, width, kernel=1), nn.ReLU(), *(Residual(width, dilation) for _ in range(blocks))
        )
        self.heatmaps, self.pafs = nn.Conv2d(width, HEATMAPS, 1), nn.Conv2d(width, PAFS, 1)
        for last in (self.heatmaps, self.pafs):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, features: Tensor, heatmaps: Tensor, pafs: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.body(torch.cat([features, heatmaps, pafs], dim=1))
        return heatmaps + self.heatmaps(seen), pafs + self.pafs(seen)


class PoseNetwork(nn.Module):
    """Picture (B, 3, H, W) BGR 0..255 → [(heatmaps, PAFs) of stage 1, of stage 2], each (B, 19 or 38, H/8, W/8)."""

    STAGES = 2

    def __init__(self) -> None:
        super().__init__()
        self.taken = nn.ModuleDict({"trunk": Trunk(), "stage": FirstStage()})
        self.own = SecondStage()

    def forward(self, image: Tensor) -> list[tuple[Tensor, Tensor]]:
        features = self.taken["trunk"](image)
        first = self.taken["stage"](features)
        return [first, self.own(features, *first)]
