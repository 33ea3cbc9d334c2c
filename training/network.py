"""The network: a trunk that looks far and near, then stages that refine confidence maps and PAFs. An OpenPose.

Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", section 3.1: each stage
sees the trunk's features and the maps of the stage before, and every stage is supervised. The trunk is an hourglass
of residual blocks instead of VGG-19, and a stage's two branches share their convolutions, as in Osokin's "Real-time
2D Multi-Person Pose Estimation on CPU: Lightweight OpenPose". Plain 3×3 convolutions: they train twice as fast on
a CPU as depthwise ones.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.targets import CHANNELS, FEATURES, HEATMAPS, PAFS

MULTIPLE = 32  # the trunk goes down to stride 32


def conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolution and batch normalisation, no activation."""
    padding = kernel // 2 * dilation
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm2d(outputs, momentum=0.02),  # batches are small
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
    """Picture (B, 3, H, W) BGR 0..255 → features (B, 128, H/8, W/8); sides are multiples of 32.

    As many features as the teacher has, which they learn to tell (hint.py). Most convolutions are at stride 8: what is
    far away is small, and strides 16 and 32 say little more than where to look for it.
    """

    def __init__(self, near: int, middle: int, far: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            *(conv(3, 24, stride=2), nn.ReLU(), conv(24, 48, stride=2), nn.ReLU(), Residual(48)),
            *(conv(48, near, stride=2), nn.ReLU(), *(Residual(near) for _ in range(3))),
        )
        self.down16 = nn.Sequential(conv(near, middle, stride=2), nn.ReLU(), *(Residual(middle) for _ in range(2)))
        self.down32 = nn.Sequential(conv(middle, far, stride=2), nn.ReLU())
        self.far_to_middle, self.at16 = conv(far, middle, kernel=1), Residual(middle)
        self.middle_to_near = conv(middle, near, kernel=1)
        self.at8 = nn.Sequential(conv(near, FEATURES), nn.ReLU(), *(Residual(FEATURES) for _ in range(2)))

    def forward(self, image: Tensor) -> Tensor:
        at8 = self.stem((image - 128) / 64)
        at16 = self.down16(at8)
        at16 = self.at16(functional.relu(at16 + _double(self.far_to_middle(self.down32(at16)))))
        return self.at8(functional.relu(at8 + _double(self.middle_to_near(at16))))


class Stage(nn.Module):
    """Features, and the maps of the stage before where there is one → heatmaps (B, 19, …) and PAFs (B, 38, …)."""

    def __init__(self, inputs: int, width: int, blocks: int, dilation: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(inputs, width, kernel=1), nn.ReLU(), *(Residual(width, dilation) for _ in range(blocks))
        )
        self.heatmaps = nn.Conv2d(width, HEATMAPS, 1)
        self.pafs = nn.Conv2d(width, PAFS, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(x)
        return self.heatmaps(features), self.pafs(features)


class PoseNetwork(nn.Module):
    """Picture (B, 3, H, W) BGR 0..255 → [(heatmaps, PAFs) of stage 1, stage 2, …], each (B, 19 or 38, H/8, W/8)."""

    STAGES = 3

    def __init__(self, near: int = 64, middle: int = 128, far: int = 160, width: int = 80) -> None:
        super().__init__()
        self.trunk = Trunk(near, middle, far)
        later = [Stage(FEATURES + CHANNELS, width, blocks=2, dilation=2) for _ in range(self.STAGES - 1)]
        self.stages = nn.ModuleList([Stage(FEATURES, width, blocks=1, dilation=1), *later])

    def forward(self, image: Tensor) -> list[tuple[Tensor, Tensor]]:
        return self.answer(self.trunk(image))

    def answer(self, features: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The stages' maps, from the trunk's features."""
        answers = [self.stages[0](features)]
        for stage in self.stages[1:]:
            answers.append(stage(torch.cat([features, *answers[-1]], dim=1)))
        return answers


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="nearest")
