"""Weights to start from: a checkpoint's average, a bare state, or the network that ships with the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from training.network import PoseNetwork
from training.teacher import Teacher

HALF = "_float16"  # suffix of a weight that is stored as float16
CONSTANT = ".value"  # suffix of what the graph adds and no state holds


def load(network: nn.Module, path: Path) -> None:
    """Fill `network` from `path`: an ONNX file of export.py, or what torch.save wrote. RuntimeError: another shape."""
    network.load_state_dict(_from_onnx(network, path) if path.suffix == ".onnx" else _from_torch(path))


def _from_onnx(network: nn.Module, path: Path) -> dict[str, Tensor]:
    """Weights that go by the network's own names; constants and what ONNX does not keep are the network's."""
    tensors = onnx.load(path).graph.initializer
    stored = {t.name.removesuffix(HALF): numpy_helper.to_array(t).astype(np.float32) for t in tensors}
    kept = {name: value for name, value in network.state_dict().items() if name.endswith("num_batches_tracked")}
    weights = {name: torch.tensor(array) for name, array in stored.items() if not name.endswith(CONSTANT)}
    return kept | weights


def _from_torch(path: Path) -> dict[str, Tensor]:
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    weights: dict[str, Tensor] = state.get("average", state)
    return weights


@torch.no_grad()
def take(network: PoseNetwork, teacher: Teacher) -> None:
    """Fill the network's trunk and first stage with the teacher's. ValueError: they have another shape."""
    mine, theirs = list(network.taken.parameters()), teacher.beginning()
    if [p.shape for p in mine] != [p.shape for p in theirs]:
        raise ValueError("the teacher's trunk and first stage are not made like the network's")
    for weight, value in zip(mine, theirs, strict=True):
        weight.copy_(value)


@torch.no_grad()
def renormalise(network: nn.Module, images: Tensor) -> None:
    """Give normalisation the statistics of what it sees in `images` (B, 3, H, W), and leave what the network says.

    Weights that were trained with kept statistics have long moved away from them; with those of a batch instead, the
    network would be another one.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(_take_statistics) for norm in norms]
    network.eval()(images)
    for hook in hooks:
        hook.remove()


def _take_statistics(norm: nn.BatchNorm2d, inputs: tuple[Tensor, ...]) -> None:
    variance, mean = torch.var_mean(inputs[0].float(), dim=(0, 2, 3))
    slope = norm.weight / (norm.running_var + norm.eps).sqrt()
    norm.bias += slope * (mean - norm.running_mean)
    norm.weight.copy_(slope * (variance + norm.eps).sqrt())
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
