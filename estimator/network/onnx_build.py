"""What the converters share: collecting nodes and weights into a self-describing ONNX network.

Every network that poseweb runs looks the same from outside: one input `image`, float32
[batch, 3, height, width] of any batch and size, outputs [batch, channels, rows, columns] named
`heatmaps`, `pafs`, `heatmaps_stageK`, `pafs_stageK`, and string metadata that says how to feed it.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, checker, helper, numpy_helper, shape_inference

from estimator.errors import NetworkError

FloatArray = npt.NDArray[np.float32]

INPUT = "image"
OPSET = 17
IR_VERSION = 8


class GraphBuilder:
    """An ONNX graph in the making; nodes are added in the order of computation.

    Tensors go by the name of the layer that makes them. The channel count of each is kept, so that weights
    which do not fit are found where they are added, by name.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, onnx.NodeProto] = {}  # by output; a node here has exactly one
        self._weights: dict[str, npt.NDArray[Any]] = {}
        self._steps: dict[str, FloatArray] = {}  # of weights that are stored as integers
        self._channels: dict[str, int] = {INPUT: 3}

    def channels(self, tensor: str) -> int:
        """Channel count of a tensor."""
        return self._channels[tensor]

    def weight(self, name: str, values: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """Store constant values under a name, which is returned."""
        self._weights[name] = np.asarray(values, dtype, order="C")
        return name

    def node(
        self,
        kind: str,
        inputs: Sequence[str],
        output: str,
        channels: int,
        **attributes: Any,
    ) -> str:
        """Add a node of the ONNX operator `kind`, making the tensor `output`, whose name is returned.

        Raises:
            NetworkError: two layers have the same name.
        """
        if output in self._channels or output in self._weights:
            raise NetworkError(f"Two layers of the network are named '{output}'.")
        self._nodes[output] = helper.make_node(kind, inputs, [output], name=output, **attributes)
        self._channels[output] = channels
        return output

    def same_channels(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node that keeps the channel count of its first input (activations, sums)."""
        return self.node(kind, inputs, output, self.channels(inputs[0]), **attributes)

    def convolution(self, source: str, output: str, weights: FloatArray, group: int, **window: Any) -> str:
        """Add a convolution without bias.

        Args:
            weights: (channels out, channels in / group, kernel height, kernel width).
            window: ONNX's strides, pads (top, left, bottom, right) and dilations.

        Raises:
            NetworkError: the weights do not fit the source's channels.
        """
        expected = self.channels(source)
        if weights.ndim != 4 or weights.shape[1] * group != expected or weights.shape[0] % group:
            raise NetworkError(
                f"The weights of layer '{output}', {weights.shape} in {group} group(s), "
                f"do not fit its {expected} input channels."
            )
        inputs = [source, self.weight(f"{output}/weights", weights)]
        kernel = weights.shape[2:]
        return self.node("Conv", inputs, output, weights.shape[0], kernel_shape=kernel, group=group, **window)

    def rounded(self, source: str, output: str, step: float, zero: int) -> str:
        """Add the pair of nodes that brings a tensor to multiples of a step, from -zero to 255 - zero of them.

        An engine that can computes what lies between two such pairs in integers.
        """
        grid = [self.weight(f"{output}/step", step), self.weight(f"{output}/zero", zero, np.uint8)]
        integers = self.same_channels("QuantizeLinear", [source, *grid], f"{output}/integers")
        return self.same_channels("DequantizeLinear", [integers, *grid], output)

    def store_as_integers(self, tensor: str, steps: FloatArray) -> None:
        """Store the weights of the convolution that makes `tensor` in 8 bits, as multiples of a step.

        Args:
            steps: (channels of the tensor,); the weights are at most 127 of them.
        """
        self._steps[f"{tensor}/weights"] = steps

    def scale_channels(self, tensor: str, factors: FloatArray) -> None:
        """Multiply the channels of a ReLU's result, by positive factors in the convolution with bias before it."""
        weights, bias = (f"{self.convolution_before(tensor)}/{part}" for part in ("weights", "bias"))
        self._weights[weights] = self._weights[weights] * factors.reshape(-1, 1, 1, 1)
        self._weights[bias] = self._weights[bias] * factors
        if weights in self._steps:
            self._steps[weights] = self._steps[weights] * factors

    def convolution_before(self, tensor: str) -> str | None:
        """The convolution with bias of which `tensor` is the ReLU, or None."""
        relu = self._nodes.get(tensor)
        source = relu.input[0] if relu is not None and relu.op_type == "Relu" else ""
        node = self._nodes.get(source)
        return source if node is not None and node.op_type == "Conv" and len(node.input) == 3 else None

    def takes_bias(self, tensor: str) -> bool:
        """True for the result of a convolution that has no bias yet."""
        node = self._nodes.get(tensor)
        return node is not None and node.op_type == "Conv" and len(node.input) == 2

    def give_bias(self, tensor: str, bias: FloatArray) -> str:
        """Give the convolution that makes `tensor` a bias of one value a channel."""
        if bias.size != self.channels(tensor):
            raise NetworkError(f"Layer '{tensor}' has {self.channels(tensor)} channels but {bias.size} biases.")
        self._nodes[tensor].input.append(self.weight(f"{tensor}/bias", bias.reshape(-1)))
        return tensor

    def model(self, outputs: Mapping[str, str], metadata: Mapping[str, str]) -> onnx.ModelProto:
        """The finished network.

        Args:
            outputs: public name → tensor, in the order the network shall have them.
            metadata: what the network says about itself; stored as it is.

        Raises:
            NetworkError: the layers do not fit together.
        """
        nodes = self._needed(outputs.values())
        weights = dict.fromkeys(name for node in nodes for name in node.input if name in self._weights)
        _publish(nodes, {tensor: name for name, tensor in outputs.items()})
        model = helper.make_model(
            helper.make_graph(
                self._unpacking(weights) + nodes,
                metadata.get("name", "network"),
                [_tensor(INPUT, 3, "height", "width")],
                [_tensor(name, self.channels(tensor), "rows", "columns") for name, tensor in outputs.items()],
                [stored for weight in weights for stored in self._stored(weight)],
            ),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="poseweb",
        )
        helper.set_model_props(model, dict(metadata))
        _check(model)
        return model

    def _unpacking(self, weights: Iterable[str]) -> list[onnx.NodeProto]:
        """The nodes that make floats of the weights that are stored as integers."""
        return [
            helper.make_node("DequantizeLinear", _packed(name), [name], name=name, axis=0)
            for name in weights
            if name in self._steps
        ]

    def _stored(self, weight: str) -> list[TensorProto]:
        """A weight's values; or its integers, and the steps that they count."""
        values, steps = self._weights[weight], self._steps.get(weight)
        if steps is None:
            return [numpy_helper.from_array(values, weight)]
        integers = np.round(values / steps.reshape(-1, 1, 1, 1)).astype(np.int8)
        of_integers, of_steps = _packed(weight)
        return [numpy_helper.from_array(integers, of_integers), numpy_helper.from_array(steps, of_steps)]

    def _needed(self, outputs: Iterable[str]) -> list[onnx.NodeProto]:
        """The nodes that the outputs depend on, in order of computation; the others would only cost time."""
        wanted, nodes = set(outputs), []
        for output, node in reversed(self._nodes.items()):
            if output in wanted:
                wanted.update(node.input)
                nodes.append(node)
        return nodes[::-1]


def read_source(path: Path) -> bytes:
    """Content of a file to convert.

    Raises:
        NetworkError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise NetworkError(f"The network file {path.name} cannot be read: {error.strerror}.") from error


def _packed(weight: str) -> tuple[str, str]:
    """Names of the integers of a weight and of the steps that they count."""
    return f"{weight}/integers", f"{weight}/steps"


def _publish(nodes: Iterable[onnx.NodeProto], public: Mapping[str, str]) -> None:
    """Give tensors their public names, wherever they are made or read."""
    for node in nodes:
        for tensors in (node.input, node.output):
            tensors[:] = [public.get(tensor, tensor) for tensor in tensors]


def _tensor(name: str, channels: int, rows: str, columns: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", channels, rows, columns])


def _check(model: onnx.ModelProto) -> None:
    try:
        checker.check_model(model, full_check=True)
    except (checker.ValidationError, shape_inference.InferenceError) as error:
        reason = str(error).strip().splitlines()[0]
        raise NetworkError(f"The layers of the network do not fit together: {reason}.") from error
