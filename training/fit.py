"""Begin as the teacher: most layers take its weights, a thin one does as nearly the same as it can.

Zhang et al., "Accelerating Very Deep Convolutional Networks for Classification and Detection", sections 2.1 and 2.3,
with the few channels before the convolution. Of what a thin layer sees on some pictures, it mixes those channels of
which the teacher's weights make most; least squares then find the convolution of these whose answers are nearest to the
teacher's. What it sees are the answers of the thin layers before it, so it mends some of what they lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.network import PoseNetwork, Thin
from training.teacher import Teacher

PICTURES = 256  # are enough: 864 weights at most are sought in 262,144 cells
RIDGE = 1e-4  # of the mean square of what a layer sees: for what pictures do not tell

Convolution = tuple[Tensor, Tensor, Tensor]


@torch.no_grad()
def fit(network: PoseNetwork, teacher: Teacher, images: Tensor) -> None:
    """Fill the network's weights, layer by layer, as `images` (B, 3, H, W) float32 pass through it and the teacher.

    ValueError: the teacher has other layers.
    """
    theirs = teacher.convolutions(images)
    hooks = [layer.register_forward_pre_hook(partial(_fill, theirs)) for layer in _layers(network)]
    network(images)
    for hook in hooks:
        hook.remove()
    if next(theirs, None):
        raise ValueError("the teacher has more layers than the network")


def _layers(module: nn.Module) -> Iterator[nn.Module]:
    """Whatever stands for one convolution of the teacher's."""
    for child in module.children():
        if isinstance(child, Thin | nn.Conv2d):
            yield child
        else:
            yield from _layers(child)


def _fill(theirs: Iterator[Convolution], layer: Thin | nn.Conv2d, inputs: tuple[Tensor]) -> None:
    found = next(theirs, None)
    if not found or found[0].shape != _shape(layer):
        raise ValueError("the teacher's layers are not the network's")
    weight, bias, output = found
    if isinstance(layer, Thin):
        _fit(layer, weight, inputs[0], output)
    else:
        layer.load_state_dict({"weight": weight, "bias": bias})


def _shape(layer: Thin | nn.Conv2d) -> torch.Size:
    """Of the weights that one convolution would have."""
    if isinstance(layer, nn.Conv2d):
        return layer.weight.shape
    first, second = layer
    outputs, _, *kernel = second.weight.shape
    return torch.Size((outputs, first.in_channels, *kernel))


def _fit(layer: Thin, weight: Tensor, seen: Tensor, wanted: Tensor) -> None:
    """The mixtures of what it sees to which the teacher's weights give most, then least squares."""
    first, second = layer
    root = _root(torch.cov(_cells(seen).T))
    energies = torch.einsum("oi...,oj...->ij", weight, weight)
    directions = torch.linalg.eigh(root @ energies @ root).eigenvectors[:, -len(first.weight) :]  # it sorts upwards
    first.weight.copy_(torch.linalg.solve(root, directions).T[..., None, None])
    x = functional.unfold(first(seen), second.kernel_size, second.dilation, second.padding).mT.flatten(0, 1)
    y = _cells(wanted)
    mean_x, mean_y = x.mean(0), y.mean(0)
    x, y = x - mean_x, y - mean_y
    found = torch.linalg.solve(_ridged(x.T @ x), x.T @ y).T
    second.weight.copy_(found.reshape(second.weight.shape))
    second.bias.copy_(mean_y - found @ mean_x)


def _cells(maps: Tensor) -> Tensor:
    """(B, C, H, W) → (B·H·W, C)."""
    return maps.movedim(1, -1).flatten(0, -2)


def _root(square: Tensor) -> Tensor:
    """The symmetric matrix of which `square` is the square."""
    values, vectors = torch.linalg.eigh(_ridged(square))
    return vectors * values.sqrt() @ vectors.T


def _ridged(square: Tensor) -> Tensor:
    return square + RIDGE * square.diagonal().mean() * torch.eye(len(square)).to(square)
