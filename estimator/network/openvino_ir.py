"""OpenVINO IR (`.xml` and `.bin`) of a two-stage Lightweight OpenPose → ONNX.

Reads IR versions 10 and 11 with FP32, FP16 or FP16-INT8 weights. A quantised network becomes a float one: the
FakeQuantize of a weight is computed here and now, that of an activation, which only models the rounding of
integer arithmetic, is left out; `openvino_int8` keeps both. The input size of the IR is forgotten; the ONNX
network takes any.

Operators: https://docs.openvino.ai/latest/openvino_docs_ops_opset1.html
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt
import onnx

from estimator.errors import NetworkError
from estimator.network.onnx_build import INPUT, FloatArray, GraphBuilder, read_source

Constant = npt.NDArray[Any]
Doubles = npt.NDArray[np.float64]
_Value = str | Constant  # the name of a tensor that depends on the image, or an array that does not

_DTYPES = MappingProxyType(
    {"f64": "<f8", "f32": "<f4", "f16": "<f2", "i64": "<i8", "i32": "<i4", "i8": "i1", "u8": "u1"}
)
_VERSIONS = ("10", "11")

# The names that Open Model Zoo documents for the last stage; as in CMU's networks, branch 1 makes the PAFs.
_LAST_STAGE = MappingProxyType({"heatmaps": "Mconv7_stage2_L2", "pafs": "Mconv7_stage2_L1"})


def convert(xml: Path, weights: Path, metadata: Mapping[str, str]) -> onnx.ModelProto:
    """Convert human-pose-estimation-0001, or a network laid out like it, to ONNX.

    Args:
        xml: the IR's description of the layers.
        weights: the IR's `.bin` file.
        metadata: what the network shall say about itself (skeleton, color, mean, scale, stride, multiple, …).

    Returns:
        a float32 network: `image` → `heatmaps`, `pafs`, `heatmaps_stage1`, `pafs_stage1`.

    Raises:
        NetworkError: a file is missing, truncated, of another kind, or has a layer that is not known here.
    """
    return Translation(read_layers(xml), read_source(weights)).model(metadata)


@dataclass(frozen=True)
class Layer:
    """One `<layer>`: its attributes are those of its `<data>`, its sources the ids of the layers it reads."""

    ident: str
    name: str
    kind: str
    attributes: Mapping[str, str]
    sources: tuple[str, ...]

    def integers(self, attribute: str) -> list[int]:
        """An attribute such as "1, 3, 3" as numbers; [] where it is empty or missing."""
        return [int(number) for number in self.attributes.get(attribute, "").split(",") if number.strip()]


class Translation:
    """The layers of an IR turned, in order of computation, into nodes of an ONNX graph.

    Everything that does not depend on the image (weights and the steps that unpack them) is computed on
    the way.
    """

    def __init__(self, layers: Mapping[str, Layer], blob: bytes) -> None:
        self.graph = GraphBuilder()
        self._layers = layers
        self._blob = blob
        self._readers: dict[str, list[Layer]] = defaultdict(list)
        self._values: dict[str, _Value] = {}
        self._results: dict[str, str] = {}
        for layer in layers.values():
            for source in layer.sources:
                self._readers[source].append(layer)
        for ident, layer in layers.items():
            self._values[ident] = self._translate(layer)

    def model(self, metadata: Mapping[str, str]) -> onnx.ModelProto:
        """The ONNX network with the maps of both stages as outputs."""
        last = {name: self._result_named(layer) for name, layer in _LAST_STAGE.items()}
        first = {f"{name}_stage1": self._first_stage(tensor) for name, tensor in last.items()}
        return self.graph.model({**last, **first}, metadata)

    def _result_named(self, name: str) -> str:
        """The tensor of an output of the IR, by the name of the layer that makes it."""
        if name not in self._results:
            found = ", ".join(self._results) or "none"
            raise NetworkError(f"The OpenVINO network has no output named '{name}' (its outputs: {found}).")
        return self._results[name]

    def _first_stage(self, last: str) -> str:
        """What stage 1 made in place of a tensor of the last stage.

        The refinement stage starts from the features and both maps of stage 1, joined by a Concat; a map is
        known there by its channel count, the same as in the last stage.
        """
        wanted = self.graph.channels(last)
        joined = [
            self._tensor(source)
            for layer in self._layers.values()
            if layer.kind == "Concat"
            for source in layer.sources
        ]
        found = [tensor for tensor in joined if self.graph.channels(tensor) == wanted]
        if len(found) != 1:
            raise NetworkError(f"Stage 1 of the OpenVINO network was not found ({len(found)} tensors could be it).")
        return found[0]

    def _translate(self, layer: Layer) -> _Value:
        handler = self._handlers.get(layer.kind)
        if handler is None:
            raise NetworkError(
                f"Layer '{layer.name}' of the OpenVINO network is a {layer.kind}, which is not supported."
            )
        try:
            return handler(self, layer)
        except (LookupError, ValueError) as error:
            raise NetworkError(
                f"Layer '{layer.name}' ({layer.kind}) of the OpenVINO network is malformed: {error!r}."
            ) from error

    def _inputs(self, layer: Layer) -> list[_Value]:
        return [self._values[source] for source in layer.sources]

    def _tensor(self, source: str) -> str:
        value = self._values[source]
        if not isinstance(value, str):
            raise NetworkError(f"Layer '{self._layers[source].name}' of the OpenVINO network is misplaced: a constant.")
        return value

    def _array(self, source: str) -> Constant:
        value = self._values[source]
        if isinstance(value, str):
            raise NetworkError(f"Layer '{self._layers[source].name}' of the OpenVINO network is no constant.")
        return value

    def _parameter(self, layer: Layer) -> str:
        shape = layer.attributes["shape"].split(",")
        if len(shape) != 4 or int(shape[1]) != 3 or INPUT in self._values.values():
            raise ValueError("a network for pictures has one input of shape [batch, 3, height, width]")
        return INPUT

    def _constant(self, layer: Layer) -> Constant:
        start, size = int(layer.attributes["offset"]), int(layer.attributes["size"])
        dtype = np.dtype(_DTYPES[layer.attributes["element_type"]])
        shape = layer.integers("shape")
        if min(start, *shape, 0) < 0 or size != dtype.itemsize * math.prod(shape):
            raise ValueError(f"{size} bytes from {start} on are no array of shape {shape}")
        if start + size > len(self._blob):
            raise NetworkError(
                f"The weights of layer '{layer.name}' lie beyond the end of the OpenVINO .bin file "
                f"({len(self._blob)} bytes): it is truncated, or belongs to another .xml file."
            )
        return np.frombuffer(self._blob[start : start + size], dtype).reshape(shape)

    def _convert(self, layer: Layer) -> _Value:
        value = self._values[layer.sources[0]]
        dtype = np.dtype(_DTYPES[layer.attributes["destination_type"]])
        if dtype.kind == "f":
            # float16 as destination only says how OpenVINO stores it; here every float is a float32.
            return value if isinstance(value, str) else value.astype(np.float32)
        return self._array(layer.sources[0]).astype(dtype)

    def _fake_quantize(self, layer: Layer) -> _Value:
        value = self._values[layer.sources[0]]
        if isinstance(value, str):
            return self._activation(layer, value)
        return _quantize(value.astype(np.float64), *self._grid(layer))

    def _activation(self, layer: Layer, tensor: str) -> str:  # noqa: ARG002 - what a FakeQuantize makes of a tensor
        return tensor

    def _grid(self, layer: Layer) -> tuple[int, list[Doubles]]:
        """Levels and limits (input low and high, output low and high) of a FakeQuantize."""
        if (levels := int(layer.attributes["levels"])) < 2:
            raise ValueError(f"{levels} levels cannot hold a range")
        return levels, [self._array(source).astype(np.float64) for source in layer.sources[1:]]

    def _reshape(self, layer: Layer) -> Constant:
        values, shape = map(self._array, layer.sources)
        return values.reshape(_resolved(values.shape, [int(side) for side in shape]))

    def _convolution(self, layer: Layer) -> str:
        return self._convolve(layer, self._array(layer.sources[1]), 1)

    def _group_convolution(self, layer: Layer) -> str:
        grouped = self._array(layer.sources[1])  # (group, out / group, in / group, height, width)
        return self._convolve(layer, grouped.reshape(-1, *grouped.shape[2:]), grouped.shape[0])

    def _convolve(self, layer: Layer, weights: Constant, group: int) -> str:
        if layer.attributes.get("auto_pad", "explicit") != "explicit":
            raise ValueError("only explicit padding is supported")
        return self.graph.convolution(
            self._tensor(layer.sources[0]),
            layer.name,
            weights.astype(np.float32),
            group,
            strides=layer.integers("strides"),
            pads=layer.integers("pads_begin") + layer.integers("pads_end"),
            dilations=layer.integers("dilations"),
        )

    def _add(self, layer: Layer) -> _Value:
        left, right = self._inputs(layer)
        if isinstance(left, str) and not isinstance(right, str) and self._is_bias(layer.sources[0], right):
            return self.graph.give_bias(left, right.astype(np.float32))
        return self._elementwise(layer, "Add", np.add)

    def _is_bias(self, source: str, values: Constant) -> bool:
        """Whether adding these values to a source may be left to the convolution that it is."""
        tensor = self._tensor(source)
        return (
            len(self._readers[source]) == 1
            and self.graph.takes_bias(tensor)
            and values.shape[-3:] == (self.graph.channels(tensor), 1, 1)
        )

    def _multiply(self, layer: Layer) -> _Value:
        return self._elementwise(layer, "Mul", np.multiply)

    def _elementwise(self, layer: Layer, kind: str, compute: Callable[..., Constant]) -> _Value:
        values = self._inputs(layer)
        if not any(isinstance(value, str) for value in values):
            return compute(*values)
        values.sort(key=lambda value: not isinstance(value, str))  # the sum and the product know no order
        names = [
            value if isinstance(value, str) else self.graph.weight(f"{layer.name}/constant", value) for value in values
        ]
        return self.graph.same_channels(kind, names, layer.name)

    def _relu(self, layer: Layer) -> str:
        return self.graph.same_channels("Relu", [self._tensor(layer.sources[0])], layer.name)

    def _elu(self, layer: Layer) -> str:
        alpha = float(layer.attributes["alpha"])
        return self.graph.same_channels("Elu", [self._tensor(layer.sources[0])], layer.name, alpha=alpha)

    def _concat(self, layer: Layer) -> str:
        if layer.integers("axis") not in ([1], [-3]):
            raise ValueError("only channels can be concatenated")
        parts = [self._tensor(source) for source in layer.sources]
        channels = sum(self.graph.channels(part) for part in parts)
        return self.graph.node("Concat", parts, layer.name, channels, axis=1)

    def _result(self, layer: Layer) -> str:
        tensor = self._tensor(layer.sources[0])
        self._results[self._layers[layer.sources[0]].name] = tensor
        return tensor

    _handlers: ClassVar[Mapping[str, Callable[["Translation", Layer], _Value]]] = MappingProxyType(
        {
            "Parameter": _parameter,
            "Const": _constant,
            "Convert": _convert,
            "FakeQuantize": _fake_quantize,
            "Reshape": _reshape,
            "Convolution": _convolution,
            "GroupConvolution": _group_convolution,
            "Add": _add,
            "Multiply": _multiply,
            "ReLU": _relu,
            "Elu": _elu,
            "Concat": _concat,
            "Result": _result,
        }
    )


def _quantize(values: Doubles, levels: int, limits: Sequence[Doubles]) -> FloatArray:
    """FakeQuantize-1: clip to the input range, round to one of the levels, stretch to the output range."""
    in_low, in_high, out_low, out_high = limits
    span = np.where(in_high > in_low, in_high - in_low, 1)
    position = np.where(values > in_high, 1, np.maximum((values - in_low) / span, 0))
    steps = levels - 1
    return (np.round(position * steps) / steps * (out_high - out_low) + out_low).astype(np.float32)


def _resolved(shape: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """A Reshape's target with its zeros ("as it was", special_zero) filled in; numpy knows what -1 means."""
    return [shape[axis] if side == 0 else side for axis, side in enumerate(wanted)]


class _PlainXml(ET.TreeBuilder):
    """Refuses a document type declaration: the place where entities, and so entity bombs, are declared."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:  # noqa: ARG002
        raise NetworkError("The OpenVINO network has a document type declaration, which no OpenVINO file has.")


def read_layers(xml: Path) -> dict[str, Layer]:
    """The layers by id, in an order of computation."""
    try:
        parser = ET.XMLParser(target=_PlainXml())  # noqa: S314 entities are refused  # nosec B314
        net = ET.fromstring(read_source(xml), parser)  # noqa: S314  # nosec B314
        if net.tag != "net" or net.get("version") not in _VERSIONS:
            raise NetworkError(f"{xml.name} is not an OpenVINO network of IR version 10 or 11.")
        sources = _sources(net)
        layers = {layer.attrib["id"]: _layer(layer, sources) for layer in net.iterfind("layers/layer")}
        order = TopologicalSorter({ident: layer.sources for ident, layer in layers.items()}).static_order()
        return {ident: layers[ident] for ident in order}
    except (ET.ParseError, LookupError, ValueError) as error:
        raise NetworkError(f"{xml.name} is not a whole OpenVINO network: {error!r}.") from error


def _sources(net: ET.Element) -> dict[str, tuple[str, ...]]:
    """Layer id → ids of the layers that it reads, in the order of its ports."""
    ports: dict[str, dict[int, str]] = {}
    for edge in net.iterfind("edges/edge"):
        ports.setdefault(edge.attrib["to-layer"], {})[int(edge.attrib["to-port"])] = edge.attrib["from-layer"]
    return {ident: tuple(source for _, source in sorted(inputs.items())) for ident, inputs in ports.items()}


def _layer(element: ET.Element, sources: Mapping[str, tuple[str, ...]]) -> Layer:
    data = element.find("data")
    return Layer(
        element.attrib["id"],
        element.attrib["name"],
        element.attrib["type"],
        {} if data is None else data.attrib,
        sources.get(element.attrib["id"], ()),
    )
