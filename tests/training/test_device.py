"""device.py: what a network learns does not depend on how it lies in memory."""

import pytest
import torch
from torch import nn

from training.device import laid_out, mixed_precision

CPU = torch.device("cpu")


def gradient(layer, image):
    with mixed_precision(CPU):
        layer(image).float().square().sum().backward()
    return layer.weight.grad


@pytest.mark.parametrize(("groups", "channels"), [(512, 512), (1, 72)])
def test_dilated_convolutions_get_the_gradients_that_are_theirs(groups, channels):
    torch.manual_seed(0)
    layer, exact = (nn.Conv2d(channels, channels, 3, padding=2, dilation=2, groups=groups) for _ in range(2))
    exact.load_state_dict(layer.state_dict())
    image = torch.randn(4, channels, 32, 32).contiguous(memory_format=torch.channels_last)
    exact(image).square().sum().backward()
    laid_out(layer, CPU)
    for _ in range(5):  # what happens to lie in memory is not bad each time
        layer.weight.grad = None
        lost = gradient(layer, image) - exact.weight.grad
        assert lost.norm() < 0.02 * exact.weight.grad.norm()
