"""The loss: squared error of every stage's maps (Cao et al., section 3.1, equations 5 and 6)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from training.targets import HEATMAPS, PAFS


def loss(answers: list[tuple[Tensor, Tensor]], targets: Tensor) -> Tensor:
    """Sum over stages of the mean squared errors of heatmaps and PAFs; `targets` (B, 57, h, w) float32."""
    heatmaps, pafs = targets.split([HEATMAPS, PAFS], dim=1)
    total = targets.new_zeros(())
    for stage in answers:
        for answer, target in zip(stage, (heatmaps, pafs), strict=True):
            total = total + functional.mse_loss(answer.float(), target)
    return total
