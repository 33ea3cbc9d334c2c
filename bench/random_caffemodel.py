"""Caffemodels with random weights: CMU's own may not be passed on, and speed and agreement do not need them."""

from collections.abc import Iterator
from math import prod, sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt

from estimator.network.caffe_proto import Message, new_net, read_layers

_SLOPE = 0.25  # of PReLU, where Caffe starts training


def random_caffemodel(prototxt: Path, seed: int = 0) -> bytes:
    """Content of a caffemodel that fits a prototxt.

    Weights are drawn after He et al. 2015, so that activations keep their size from layer to layer instead of
    vanishing or saturating; biases and PReLU's slopes are random too, so that a wrong one shows.
    """
    random = np.random.default_rng(seed)
    net, trained = read_layers(prototxt), new_net()
    for layer, channels in _with_channels(net):
        shapes = _shapes(layer, channels)
        if shapes:
            made = trained.layer.add(name=layer.name, type=layer.type)
            for shape in shapes:
                _add_blob(made, _draw(random, layer.type, shape))
    return bytes(trained.SerializeToString())


def _with_channels(net: Message) -> Iterator[tuple[Message, int]]:
    """Each layer with the channel count of its (first) input."""
    channels = dict.fromkeys(net.input, 3)
    for layer in net.layer:
        inputs = [channels[blob] for blob in layer.bottom] or [3]  # an Input layer reads nothing
        yield layer, inputs[0]
        made = {"Convolution": layer.convolution_param.num_output, "Concat": sum(inputs)}.get(layer.type, inputs[0])
        channels.update(dict.fromkeys(layer.top, made))


def _shapes(layer: Message, channels: int) -> list[tuple[int, ...]]:
    if layer.type == "PReLU":
        return [(channels,)]
    if layer.type != "Convolution":
        return []
    parameter = layer.convolution_param
    kernel = list(parameter.kernel_size) or [parameter.kernel_h, parameter.kernel_w]
    weights = (parameter.num_output, channels // parameter.group, kernel[0], kernel[-1])
    return [weights, (parameter.num_output,)] if parameter.bias_term else [weights]


def _draw(random: np.random.Generator, kind: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    if kind == "PReLU":
        return random.random(shape, np.float32) * np.float32(2 * _SLOPE)
    spread = sqrt(2 / (1 + _SLOPE**2) / prod(shape[1:])) if len(shape) == 4 else 0.1
    return random.standard_normal(shape, np.float32) * np.float32(spread)


def _add_blob(layer: Message, values: npt.NDArray[np.float32]) -> None:
    layer.blobs.add(data=[values.tobytes()]).shape.dim.extend(values.shape)
