"""Weights to start from: a checkpoint's average, a bare state, or the network that ships with the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

HALF = "_float16"  # suffix of a weight that is stored as float16
CONSTANT = ".value"  # suffix of what the graph adds and no state holds


def load(network: nn.Module, path: Path) -> None:
    """Fill `network` from `path`: an ONNX file of export.py, or what torch.save wrote. RuntimeError: another shape."""
    network.load_state_dict(_from_onnx(path) if path.suffix == ".onnx" else _from_torch(path))


def _from_onnx(path: Path) -> dict[str, Tensor]:
    """Weights that go by the network's own names."""
    tensors = onnx.load(path).graph.initializer
    stored = {t.name.removesuffix(HALF): numpy_helper.to_array(t).astype(np.float32) for t in tensors}
    return {name: torch.tensor(array) for name, array in stored.items() if not name.endswith(CONSTANT)}


def _from_torch(path: Path) -> dict[str, Tensor]:
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    weights: dict[str, Tensor] = state.get("average", state)
    return weights
