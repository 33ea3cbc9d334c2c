"""FP16-INT8 OpenVINO IR → ONNX that engines compute in 8 bit integers, with the publisher's own calibration.

The FakeQuantize of an activation becomes QuantizeLinear and DequantizeLinear, that of a weight integers and a
DequantizeLinear; ONNX Runtime makes integer convolutions of what lies between. It wants one step for all channels
of an activation, the IR has one a channel before each depthwise convolution. As a ReLU and such a convolution treat
each channel alone, the channels are scaled to a common step before and back after: the integers stay the same.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx

from estimator.errors import NetworkError
from estimator.network.onnx_build import FloatArray, read_source
from estimator.network.openvino_ir import Constant, Layer, Translation, read_layers


def convert(xml: Path, weights: Path, metadata: Mapping[str, str]) -> onnx.ModelProto:
    """Convert a quantised network as `openvino_ir.convert` does, but keep its integers.

    Raises:
        NetworkError: as there; or the network is not quantised.
    """
    layers = read_layers(xml)
    if not any(layer.kind == "FakeQuantize" for layer in layers.values()):
        raise NetworkError(f"{xml.name} is not quantised: an 8 bit network is made from a FP16-INT8 release.")
    return _IntegerTranslation(layers, read_source(weights)).model(metadata)


class _IntegerTranslation(Translation):
    """Keeps what quantisation the IR has."""

    def __init__(self, layers: Mapping[str, Layer], blob: bytes) -> None:
        self._shares: dict[str, FloatArray] = {}  # tensor with scaled channels → their steps as parts of the common one
        super().__init__(layers, blob)

    def _activation(self, layer: Layer, tensor: str) -> str:
        levels, (low, high, *made) = self._grid(layer)
        around_0 = low.max() <= 0 <= high.min() and high.max() > low.min()
        if levels != 256 or not around_0 or not np.array_equal(made, [low, high]):
            raise ValueError("an activation has 256 levels around 0, as far apart before as after")
        steps = (high - low).ravel() / (levels - 1)
        steps[steps == 0] = steps.max()  # a channel that was always 0 when the publisher looked
        zeros = np.round(-low.ravel() / steps)
        if steps.size == 1:
            return self.graph.rounded(tensor, layer.name, float(steps[0]), int(zeros[0]))
        if zeros.any() or not self._may_scale(layer):
            return tensor  # stays float: the few small layers behind an ELU
        shares = (steps / steps.max()).astype(np.float32)
        self.graph.scale_channels(tensor, 1 / shares)
        rounded = self.graph.rounded(tensor, layer.name, float(steps.max()), 0)
        self._shares[rounded] = shares
        return rounded

    def _may_scale(self, layer: Layer) -> bool:
        """Whether nothing but a ReLU and depthwise convolutions sees the channels that a FakeQuantize rounds."""
        relu = self._layers[layer.sources[0]]
        before = [self._readers[ident] for ident in (*relu.sources, relu.ident)]
        return (
            self.graph.convolution_before(str(self._values[relu.ident])) is not None
            and all(len(readers) == 1 for readers in before)
            and all(reader.kind == "GroupConvolution" for reader in self._readers[layer.ident])
        )

    def _convolve(self, layer: Layer, weights: Constant, group: int) -> str:
        shares = self._shares.get(self._tensor(layer.sources[0]), np.ones(1, np.float32))
        if shares.size > 1 and not group == shares.size == len(weights):
            raise ValueError("only a depthwise convolution can read channels of different steps")
        tensor = super()._convolve(layer, weights * shares.reshape(-1, 1, 1, 1), group)
        steps = np.broadcast_to(self._steps(layer.sources[1]), len(weights))
        self.graph.store_as_integers(tensor, steps * shares)
        return tensor

    def _steps(self, source: str) -> FloatArray:
        """The step of each output channel of quantised weights, or of all."""
        layer = self._layers[source]
        if layer.kind == "Reshape":
            return self._steps(layer.sources[0])
        if layer.kind != "FakeQuantize":
            raise ValueError("its weights are not quantised")
        levels, (_, _, low, high) = self._grid(layer)
        if levels > 255 or not np.allclose(low, -high):
            raise ValueError("weights have at most 255 levels, as far below 0 as above")
        steps = (high - low).ravel() / (levels - 1)
        return np.where(steps > 0, steps, 1).astype(np.float32)
