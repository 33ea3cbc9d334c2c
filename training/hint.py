"""The hint: what the trunk sees shall tell what the teacher sees.

Romero et al., "FitNets: Hints for Thin Deep Nets" (2015). Maps are empty nearly everywhere, so a canvas says little
through them about the trunk; the teacher's features say something in every cell.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from training.targets import FEATURES


class Hint(nn.Module):
    """A 1×1 convolution from the trunk's features to the teacher's, which only the training has."""

    def __init__(self) -> None:
        super().__init__()
        self.projection = nn.Conv2d(FEATURES, FEATURES, 1)
        self.normalise = nn.BatchNorm2d(FEATURES, affine=False)  # each of the teacher's channels counts the same

    def forward(self, seen: Tensor, features: Tensor) -> Tensor:
        """The share of the teacher's features (B, 128, h, w) that the trunk's do not tell; 1: nothing."""
        return functional.mse_loss(self.projection(seen).float(), self.normalise(features.float()))
