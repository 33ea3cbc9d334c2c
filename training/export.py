"""Write the averaged network as one ONNX file that says what it is.

The file is written node by node from the traced network, one ONNX operator for each of torch's, so weights keep
their names and stay unfused, and the file is also a start for more training (weights.py). They are stored as
float16, which halves the file; a `Cast` beside each brings them back when the network is loaded.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import fx, nn

from estimator import COCO_18, Thresholds
from estimator.network.engine import output_names
from training.network import MULTIPLE, PoseNetwork
from training.targets import HEATMAPS, PAFS, STRIDE
from training.weights import HALF

OPSET, IR_VERSION = 17, 8
SMALL = 256  # weights with fewer values stay float32

# What torch calls → ONNX's operator.
FUNCTIONS: Mapping[Callable[..., Any], str] = {
    operator.add: "Add",
    operator.sub: "Sub",
    operator.truediv: "Div",
    torch.cat: "Concat",
}


def export(network: PoseNetwork, path: Path, thresholds: Thresholds, name: str = "poseweb") -> None:
    """Write `path`; the file's metadata is all that `estimator` needs to use it."""
    writer = _Writer(network)
    answers = [maps for stage in writer.write() for maps in stage]
    names = dict(zip(answers, _names(network.STAGES), strict=True))
    model = helper.make_model(
        helper.make_graph(
            [*writer.casts, *writer.nodes, *(helper.make_node("Identity", [a], [names[a]]) for a in answers)],
            name,
            [_tensor("image", 3, "height", "width")],
            [_tensor(n, HEATMAPS if n.startswith("heat") else PAFS, "rows", "columns") for n in outputs(network)],
            writer.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="poseweb",
    )
    helper.set_model_props(model, metadata(network, thresholds, name))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def outputs(network: PoseNetwork) -> list[str]:
    """Names of the ONNX outputs, the answer first, then stage 1, 2, …"""
    *earlier, heatmaps, pafs = _names(network.STAGES)
    return [heatmaps, pafs, *earlier]


def _names(stages: int) -> list[str]:
    return [name for stage in range(1, stages + 1) for name in output_names(stage, stages)]


def metadata(network: PoseNetwork, thresholds: Thresholds, name: str) -> dict[str, str]:
    """What the file says about itself."""
    return {
        "name": name,
        "skeleton": COCO_18.name,
        "color": "BGR",
        "mean": "0,0,0",
        "scale": "1",
        "stride": str(STRIDE),
        "multiple": str(MULTIPLE),
        "stages": str(network.STAGES),
        "license": "MIT AND Apache-2.0",
        "source": "trained by poseweb's training/; began as human-pose-estimation-0001 (Intel), made thin",
        **{key: str(value) for key, value in vars(thresholds).items()},
    }


class _Writer:
    """Collects ONNX nodes and weights along torch's own trace of the network."""

    def __init__(self, network: PoseNetwork) -> None:
        self.network = network.cpu().eval()
        self.nodes: list[onnx.NodeProto] = []
        self.casts: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def write(self) -> Any:
        """What the network returns, with ONNX tensor names in place of tensors."""
        names: dict[fx.Node, str] = {}
        for node in fx.symbolic_trace(self.network).graph.nodes:
            if node.op == "output":
                return fx.map_arg(node.args[0], names.__getitem__)
            arguments, keywords = fx.map_arg((node.args, node.kwargs), names.__getitem__)
            names[node] = "image" if node.op == "placeholder" else self._node(node, arguments, keywords)
        raise AssertionError("a trace ends with its output")

    def _node(self, node: fx.Node, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> str:
        if node.op == "call_module":
            return self._module(node.name, str(node.target), arguments[0])
        kind = FUNCTIONS[node.target]
        if kind == "Concat":
            return self._add(kind, arguments[0], node.name, axis=keywords["dim"])
        inputs = [x if isinstance(x, str) else self._constant(f"{node.name}.value", x) for x in arguments]
        return self._add(kind, inputs, node.name)

    def _module(self, output: str, path: str, source: str) -> str:
        module = self.network.get_submodule(path)
        match module:
            case nn.Conv2d():
                weights = [self._weight(f"{path}.{key}") for key, _ in module.named_parameters()]
                top, left = module.padding
                window = {"kernel_shape": module.kernel_size, "strides": module.stride, "pads": [top, left, top, left]}
                spread = {"dilations": module.dilation, "group": module.groups}
                return self._add("Conv", [source, *weights], output, **window, **spread)
            case nn.ReLU():
                return self._add("Relu", [source], output)
            case nn.ELU():
                return self._add("Elu", [source], output, alpha=module.alpha)
            case _:
                raise TypeError(f"{path}: no ONNX operator is known here for {type(module).__name__}")

    def _add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def _constant(self, name: str, value: Any) -> str:
        self.weights.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def _weight(self, name: str) -> str:
        array = self.network.state_dict()[name].numpy()
        if array.size < SMALL:
            return self._constant(name, array)
        self.weights.append(numpy_helper.from_array(array.astype(np.float16), name + HALF))
        self.casts.append(helper.make_node("Cast", [name + HALF], [name], to=TensorProto.FLOAT))
        return name


def _tensor(name: str, channels: int, rows: str, columns: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", channels, rows, columns])
