"""The teacher: an ONNX pose network, run by torch so that it labels on whatever device trains the student.

Only the six operators that such a network is made of are known; a `Cast` of stored float16 weights is a seventh.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from training.device import laid_out, mixed_precision


def _conv(node: onnx.NodeProto, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    if (top, left) != (bottom, right):
        x, top, left = functional.pad(x, (left, right, top, bottom)), 0, 0
    return functional.conv2d(
        x,
        weight,
        bias,
        stride=attributes.get("strides", [1, 1]),
        padding=(top, left),
        dilation=attributes.get("dilations", [1, 1]),
        groups=attributes.get("group", 1),
    )


ANSWER = ("heatmaps", "pafs")  # the last stage's

OPERATORS: dict[str, Callable[..., Tensor]] = {
    "Add": lambda _node, a, b: a + b,
    "Cast": lambda _node, x: x.float(),
    "Concat": lambda _node, *parts: torch.cat(parts, dim=1),
    "Conv": _conv,
    "Elu": lambda _node, x: functional.elu(x),
    "Mul": lambda _node, a, b: a * b,
    "Relu": lambda _node, x: functional.relu(x),
}


class Teacher(nn.Module):
    """Pictures (B, 3, H, W) float32 BGR 0..255 → (heatmaps (B, 19, H/8, W/8), PAFs (B, 38, H/8, W/8)).

    The last stage's maps of the ONNX network in `path`, float32. ValueError: it has an operator that is not in
    OPERATORS.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.graph = onnx.load(path).graph
        unknown = {node.op_type for node in self.graph.node} - OPERATORS.keys()
        if unknown:
            raise ValueError(f"{path.name} has operators that the teacher's executor does not know: {sorted(unknown)}")
        self.weights = nn.ParameterDict()
        for tensor in self.graph.initializer:
            value = torch.from_numpy(numpy_helper.to_array(tensor).copy())
            self.weights[_key(tensor.name)] = nn.Parameter(value, requires_grad=False)

    @classmethod
    def load(cls, path: Path, device: str | torch.device) -> Teacher:
        """The teacher of that file, laid out as the device computes fastest."""
        return laid_out(cls(path), torch.device(device))

    def answer(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """What it says of canvases (B, H, W, 3) uint8 BGR on its device, in the precision that pays there."""
        with mixed_precision(images.device):
            answer: tuple[Tensor, Tensor] = self(images.permute(0, 3, 1, 2).float())
        return answer

    @torch.no_grad()
    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        said = {node.output[0]: output.float() for node, _, output in self._run(image) if node.output[0] in ANSWER}
        heatmaps, pafs = (said[name] for name in ANSWER)
        return heatmaps, pafs

    def convolutions(self, image: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Weight, bias and output of each convolution, in the graph's order."""
        for node, inputs, output in self._run(image):
            if node.op_type == "Conv":
                _, weight, bias = inputs
                yield weight, bias, output

    def _run(self, image: Tensor) -> Iterator[tuple[onnx.NodeProto, list[Tensor], Tensor]]:
        """Each node with what it computes from what, in the graph's order; what is needed no more is not kept."""
        values = {self.graph.input[0].name: image}
        readers = Counter(name for node in self.graph.node for name in node.input)
        for node in self.graph.node:
            inputs = [values[n] if n in values else self.weights[_key(n)] for n in node.input if n]
            values[node.output[0]] = OPERATORS[node.op_type](node, *inputs)
            yield node, inputs, values[node.output[0]]
            readers.subtract(node.input)
            values = {name: value for name, value in values.items() if readers[name] > 0}


def _key(name: str) -> str:
    """A weight's name as torch allows it: without dots."""
    return name.replace(".", "_")
