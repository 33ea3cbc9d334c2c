"""Caffe's two kinds of file, through as much of its schema as OpenPose's networks need.

Schema: https://github.com/BVLC/caffe/blob/master/src/caffe/proto/caffe.proto
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import DecodeError

from estimator.errors import NetworkError
from estimator.network.onnx_build import FloatArray, read_source

Message = Any  # protobuf makes these classes from the schema, where no type checker sees them

# The part of caffe.proto that is used here, with its field numbers. `data` is "repeated float [packed = true]"
# there, which looks the same as bytes in a file; numpy takes bytes at once, but a list of 50 million floats only
# in seconds. Pooling's window is not repeated there, which makes no difference to a reader.
_MESSAGES = MappingProxyType(
    {
        "NetParameter": """
            repeated V1LayerParameter layers = 2
            repeated string input = 3
            repeated LayerParameter layer = 100
        """,
        "V1LayerParameter": """
            optional string name = 4
            repeated BlobProto blobs = 6
        """,
        "LayerParameter": """
            optional string name = 1
            optional string type = 2
            repeated string bottom = 3
            repeated string top = 4
            repeated BlobProto blobs = 7
            optional ConcatParameter concat_param = 104
            optional ConvolutionParameter convolution_param = 106
            optional PoolingParameter pooling_param = 121
            optional ReLUParameter relu_param = 123
        """,
        "BlobProto": """
            repeated bytes data = 5
            optional BlobShape shape = 7
        """,
        "BlobShape": "repeated int64 dim = 1",
        "ConcatParameter": "optional int32 axis = 2 default 1",
        "ConvolutionParameter": """
            optional uint32 num_output = 1
            optional bool bias_term = 2 default true
            repeated uint32 pad = 3
            repeated uint32 kernel_size = 4
            optional uint32 group = 5 default 1
            repeated uint32 stride = 6
            optional uint32 pad_h = 9
            optional uint32 pad_w = 10
            optional uint32 kernel_h = 11
            optional uint32 kernel_w = 12
            optional uint32 stride_h = 13
            optional uint32 stride_w = 14
            repeated uint32 dilation = 18
        """,
        "PoolingParameter": """
            optional PoolMethod pool = 1
            repeated uint32 kernel_size = 2
            repeated uint32 stride = 3
            repeated uint32 pad = 4
            optional uint32 kernel_h = 5
            optional uint32 kernel_w = 6
            optional uint32 stride_h = 7
            optional uint32 stride_w = 8
            optional uint32 pad_h = 9
            optional uint32 pad_w = 10
            optional RoundMode round_mode = 13
        """,
        "ReLUParameter": "optional float negative_slope = 1",
    }
)
_ENUMS = MappingProxyType({"PoolMethod": ("MAX", "AVE", "STOCHASTIC"), "RoundMode": ("CEIL", "FLOOR")})
MAX = CEIL = 0  # the first value of each


def read_layers(prototxt: Path) -> Message:
    """The NetParameter of a prototxt, with at least one layer.

    Raises:
        NetworkError: the file cannot be read, or is something else.
    """
    net = new_net()
    try:
        text_format.Parse(read_source(prototxt).decode(), net, allow_unknown_field=True)
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise NetworkError(f"{prototxt.name} is not a description of a Caffe network: {error}.") from error
    if not net.layer:
        raise NetworkError(f"{prototxt.name} describes no layers (those called `layers` are too old to be read).")
    return net


def read_weights(caffemodel: Path) -> dict[str, list[FloatArray]]:
    """Layer name → its trained arrays, flat, in Caffe's order (weights, then biases).

    Raises:
        NetworkError: the file cannot be read, is truncated, or is something else.
    """
    net = new_net()
    try:
        net.ParseFromString(read_source(caffemodel))
        return {
            layer.name: [np.frombuffer(b"".join(blob.data), "<f4") for blob in layer.blobs]
            for layer in (*net.layers, *net.layer)
        }
    except (DecodeError, ValueError) as error:
        raise NetworkError(f"{caffemodel.name} is not a whole caffemodel: {error}.") from error


def new_net() -> Message:
    """An empty NetParameter, Caffe's message for a whole network: the content of both kinds of file."""
    return _net_class()()


@cache
def _net_class() -> Callable[[], Message]:
    file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe", syntax="proto2")
    for name, values in _ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, fields in _MESSAGES.items():
        file.message_type.add(name=name).field.extend(map(_field, fields.strip().splitlines()))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    net_class: Callable[[], Message] = message_factory.GetMessageClass(pool.FindMessageTypeByName("caffe.NetParameter"))
    return net_class


def _field(line: str) -> Message:
    """'repeated uint32 pad = 3' → its descriptor."""
    label, kind, name, _, number, *default = line.split()
    field = descriptor_pb2.FieldDescriptorProto(name=name, number=int(number))
    field.label = field.Label.Value(f"LABEL_{label.upper()}")
    if kind in _ENUMS:
        field.type, field.type_name = field.TYPE_ENUM, f".caffe.{kind}"
    elif kind in _MESSAGES:
        field.type, field.type_name = field.TYPE_MESSAGE, f".caffe.{kind}"
    else:
        field.type = field.Type.Value(f"TYPE_{kind.upper()}")
    if default:
        field.default_value = default[-1]
    return field
