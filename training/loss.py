"""The loss: squared error of every stage's maps, heavier where there is something to see or to be wrong about."""

from __future__ import annotations

from torch import Tensor

from training.targets import BACKGROUND, HEATMAPS

EMPHASIS = 10.0


def loss(answers: list[tuple[Tensor, Tensor]], targets: Tensor) -> Tensor:
    """Sum over stages of the weighted mean squared error; `targets` (B, 57, h, w) float32.

    Most of a map is empty, so cells count up to 11 times where the target *or the answer* is high: weighting by the
    target alone would pay the network for seeing people who may be there.
    """
    parts = targets[:, :HEATMAPS], targets[:, HEATMAPS:]
    total = targets.new_zeros(())
    for stage in answers:
        for answer, target in zip(stage, parts, strict=True):
            weight = 1 + EMPHASIS * answer.detach().float().abs().maximum(target.abs()).clamp(max=1)
            if target.shape[1] == HEATMAPS:
                weight[:, BACKGROUND] = 1
            total = total + (weight * (answer.float() - target) ** 2).mean()
    return total
