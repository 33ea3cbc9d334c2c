"""Caffe networks of CMU's OpenPose (`.prototxt` and `.caffemodel`) → ONNX.

The layers come from the prototxt, their weights by name from the caffemodel, so that a caffemodel in the older
format (`layers`) does as well as one in the newer (`layer`).

Stages: the maps of a branch are the blobs `conv5_5_CPM_Lx` and `Mconv7_stageN_Lx`, in the order of computation.
Stage K is the branch's K-th estimate, whatever N says; the last estimate goes without a number. In COCO-18 and
MPI-15 every stage refines both branches. BODY-25 first refines the PAFs alone, in four stages, then the confidence
maps, in two (Cao et al. 2019, section 3.2), and so has `pafs_stage1` to `pafs_stage3` but only `heatmaps_stage1`;
its metadata should say 2 stages, as that many have both.

The networks halve the picture three times, so sides must be multiples of 8. (OpenPose itself asks for 16.)
"""

import re
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import onnx

from estimator.errors import NetworkError
from estimator.network.caffe_proto import CEIL, MAX, Message, read_layers, read_weights
from estimator.network.onnx_build import INPUT, FloatArray, GraphBuilder

_MAPS_BLOB = re.compile(r"(?:conv5_5_CPM|Mconv7_stage\d+)_(L[12])")


def convert(prototxt: Path, caffemodel: Path, metadata: Mapping[str, str]) -> onnx.ModelProto:
    """Convert one of OpenPose's Caffe networks to ONNX.

    Args:
        prototxt: the deploy description of the layers.
        caffemodel: the weights.
        metadata: what the network shall say about itself; CMU's take BGR with mean 0 and scale 1/255.

    Returns:
        a float32 network: `image` → `heatmaps` (background last), `pafs`, then the earlier stages of each.

    Raises:
        NetworkError: a file is missing, damaged or of another network, or a layer is not known here.
    """
    translation = _Translation(read_layers(prototxt), read_weights(caffemodel))
    return translation.graph.model(translation.outputs(), metadata)


class _Translation:
    """The layers of a prototxt turned into nodes of an ONNX graph.

    Layers may write over their input, so the tensor behind a blob's name changes as the layers go by.
    """

    def __init__(self, net: Message, weights: Mapping[str, list[FloatArray]]) -> None:
        self.graph = GraphBuilder()
        self._weights = weights
        self._blobs = dict.fromkeys(net.input, INPUT)
        self._last = net.layer[-1]
        for layer in net.layer:
            self._blobs.update(dict.fromkeys(layer.top, self._translate(layer)))

    def outputs(self) -> dict[str, str]:
        """Public name → tensor: the maps of the last stage, then those of the earlier ones."""
        if self._last.type != "Concat" or len(self._last.bottom) != 2:
            raise NetworkError("The Caffe network does not end by joining confidence maps and PAFs, as OpenPose's do.")
        branches = {
            name: self._stages(blob) for name, blob in zip(("heatmaps", "pafs"), self._last.bottom, strict=True)
        }
        last = {name: stages[-1] for name, stages in branches.items()}
        earlier = {
            f"{name}_stage{number}": tensor
            for name, stages in branches.items()
            for number, tensor in enumerate(stages[:-1], 1)
        }
        return {**last, **earlier}

    def _stages(self, last: str) -> list[str]:
        """The maps of the branch that ends in a blob, first estimate first."""
        branch = _MAPS_BLOB.fullmatch(last)
        if branch is None:
            raise NetworkError(f"The Caffe network ends in '{last}', which is not a blob of maps as OpenPose names it.")
        earlier = [
            tensor
            for blob, tensor in self._blobs.items()
            if blob != last and (maps := _MAPS_BLOB.fullmatch(blob)) and maps[1] == branch[1]
        ]
        return [*earlier, self._blobs[last]]

    def _translate(self, layer: Message) -> str:
        handler = self._handlers.get(layer.type)
        if handler is None:
            raise NetworkError(f"Layer '{layer.name}' of the Caffe network is a {layer.type}, which is not supported.")
        try:
            return handler(self, layer)
        except (LookupError, ValueError, ZeroDivisionError) as error:
            raise NetworkError(
                f"Layer '{layer.name}' ({layer.type}) of the Caffe network is malformed: {error!r}."
            ) from error

    def _trained(self, layer: Message, count: int) -> list[FloatArray]:
        """The layer's arrays of trained values, flat, of which it should have `count`."""
        arrays = self._weights.get(layer.name, [])
        if len(arrays) != count:
            raise NetworkError(
                f"Layer '{layer.name}' needs {count} arrays of weights but the caffemodel has {len(arrays)}: "
                "it belongs to another prototxt."
            )
        return arrays

    def _input(self, layer: Message) -> str:  # noqa: ARG002
        return INPUT

    def _same(self, layer: Message) -> str:
        return self._blobs[layer.bottom[0]]

    def _convolution(self, layer: Message) -> str:
        source, parameter = self._blobs[layer.bottom[0]], layer.convolution_param
        weights, *bias = self._trained(layer, 1 + parameter.bias_term)
        shape = (
            parameter.num_output,
            self.graph.channels(source) // parameter.group,
            *_sides(parameter, "kernel_size"),
        )
        if weights.size != prod(shape):
            raise NetworkError(
                f"Layer '{layer.name}' needs {prod(shape)} weights but the caffemodel has {weights.size}: "
                "it belongs to another prototxt."
            )
        made = self.graph.convolution(
            source,
            layer.name,
            weights.reshape(shape),
            parameter.group,
            strides=_sides(parameter, "stride", 1),
            pads=_sides(parameter, "pad") * 2,
            dilations=_sides(parameter, "dilation", 1),
        )
        return self.graph.give_bias(made, bias[0]) if bias else made

    def _relu(self, layer: Message) -> str:
        slope = layer.relu_param.negative_slope
        if slope:
            return self.graph.same_channels("LeakyRelu", [self._same(layer)], layer.name, alpha=slope)
        return self.graph.same_channels("Relu", [self._same(layer)], layer.name)

    def _prelu(self, layer: Message) -> str:
        source, (slopes,) = self._same(layer), self._trained(layer, 1)
        if slopes.size != self.graph.channels(source):
            raise ValueError(f"{slopes.size} slopes for {self.graph.channels(source)} channels")
        constant = self.graph.weight(f"{layer.name}/slopes", slopes.reshape(-1, 1, 1))
        return self.graph.same_channels("PRelu", [source, constant], layer.name)

    def _pooling(self, layer: Message) -> str:
        parameter = layer.pooling_param
        kernel, strides = _sides(parameter, "kernel_size"), _sides(parameter, "stride", 1)
        if (parameter.pool, parameter.round_mode) != (MAX, CEIL):
            raise ValueError("only the maximum, and sizes rounded up, are supported")
        if min(kernel) < 1 or strides[0] > kernel[0] or strides[1] > kernel[1]:
            raise ValueError(f"a window of {kernel} with steps of {strides} does not cover its input")
        return self.graph.same_channels(
            "MaxPool",
            [self._same(layer)],
            layer.name,
            kernel_shape=kernel,
            strides=strides,
            pads=_sides(parameter, "pad") * 2,
            # A window that hangs over the edge counts, unless all of it does: PoolingLayer::Reshape in Caffe.
            ceil_mode=1,
        )

    def _concat(self, layer: Message) -> str:
        if layer.concat_param.axis not in (1, -3):
            raise ValueError("only channels can be concatenated")
        parts = [self._blobs[blob] for blob in layer.bottom]
        channels = sum(self.graph.channels(part) for part in parts)
        return self.graph.node("Concat", parts, layer.name, channels, axis=1)

    _handlers: ClassVar[Mapping[str, Callable[["_Translation", Message], str]]] = MappingProxyType(
        {
            "Input": _input,
            "Split": _same,
            "Dropout": _same,  # at work it passes its input on
            "Convolution": _convolution,
            "ReLU": _relu,
            "PReLU": _prelu,
            "Pooling": _pooling,
            "Concat": _concat,
        }
    )


def _sides(parameter: Message, field: str, default: int = 0) -> list[int]:
    """A property of a window, for rows and columns: given once for both, one by one, or as *_h and *_w."""
    stem = field.removesuffix("_size")
    given = list(getattr(parameter, field))
    apart = [getattr(parameter, f"{stem}_{side}", 0) or default for side in "hw"]
    return (given or apart) * (2 if len(given) == 1 else 1)
