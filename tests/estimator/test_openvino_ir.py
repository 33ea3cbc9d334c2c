"""OpenVINO IR → ONNX: against the reference conversion on photos, and small networks of each precision."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest

from estimator.errors import NetworkError
from estimator.network.openvino_ir import convert

OUTPUTS = ["heatmaps", "pafs", "heatmaps_stage1", "pafs_stage1"]
DTYPES = {"f32": np.float32, "f16": np.float16, "u8": np.uint8, "i64": np.int64}


class IrWriter:
    """Writes OpenVINO IR version 10 layer by layer; `precision` is that of its weights (f32, f16 or u8)."""

    def __init__(self, precision: str) -> None:
        self.precision = precision
        self.blob = b""
        self.layers: list[str] = []
        self.edges: list[str] = []

    def layer(self, kind: str, name: str, sources: Sequence[int] = (), **data: object) -> int:
        ident = len(self.layers)
        attributes = " ".join(f'{key}="{value}"' for key, value in data.items())
        self.layers.append(f'<layer id="{ident}" name="{name}" type="{kind}"><data {attributes}/></layer>')
        self.edges += [
            f'<edge from-layer="{source}" from-port="9" to-layer="{ident}" to-port="{port}"/>'
            for port, source in enumerate(sources)
        ]
        return ident

    def constant(self, values: object, dtype: str) -> int:
        array = np.asarray(values, DTYPES[dtype])
        offset, self.blob = len(self.blob), self.blob + array.tobytes()
        shape = ", ".join(map(str, array.shape))
        name = f"constant{len(self.layers)}"
        return self.layer("Const", name, element_type=dtype, shape=shape, offset=offset, size=len(array.tobytes()))

    def floats(self, values: object) -> int:
        return self.constant(values, "f32" if self.precision == "f32" else "f16")

    def weights(self, name: str, values: np.ndarray) -> int:
        """Weights as Open Model Zoo stores them: plain f32, f16 behind a Convert, or u8 to be stretched."""
        if self.precision == "f32":
            return self.constant(values, "f32")
        if self.precision == "f16":
            return self.layer("Convert", f"{name}/f", [self.constant(values, "f16")], destination_type="f32")
        limit = np.abs(values).max(axis=(1, 2, 3), keepdims=True)  # levels 0..254 ↔ -limit..limit
        levels = self.constant(np.round((values / limit + 1) * 127), "u8")
        converted = self.layer("Convert", f"{name}/f", [levels], destination_type="f16")
        return self.fake_quantize(f"{name}/q", converted, [[0], [254], -limit, limit], 255)

    def fake_quantize(self, name: str, source: int, limits: Sequence[object], levels: int) -> int:
        return self.layer("FakeQuantize", name, [source, *map(self.floats, limits)], levels=levels)

    def convolution(self, name: str, source: int, layer: Mapping[str, np.ndarray], **window: int) -> int:
        """A convolution with its bias in an Add, as the IR has it; grouped where it is depthwise."""
        weights = self.weights(f"{name}/w", layer["weights"])
        kind, window = "Convolution", {"stride": 1, "pad": 0, "dilation": 1, **window}
        if layer["weights"].shape[1] == 1:
            kind, (channels, _, rows, columns) = "GroupConvolution", layer["weights"].shape
            shape = self.constant([channels, 1, 1, rows, columns], "i64")
            weights = self.layer("Reshape", f"{name}/g", [weights, shape], special_zero="true")
        if self.precision == "u8":
            source = self.fake_quantize(f"{name}/fq", source, [0, 1, 0, 1], 256)
        pair = {key: f"{value},{value}" for key, value in window.items()}
        made = self.layer(
            kind,
            f"{name}/WithoutBiases",
            [source, weights],
            strides=pair["stride"],
            pads_begin=pair["pad"],
            pads_end=pair["pad"],
            dilations=pair["dilation"],
        )
        return self.layer("Add", name, [made, self.floats(layer["bias"].reshape(1, -1, 1, 1))])

    def write(self, folder: Path) -> tuple[Path, Path]:
        xml, weights = folder / "network.xml", folder / "network.bin"
        body = f"<layers>{''.join(self.layers)}</layers><edges>{''.join(self.edges)}</edges>"
        xml.write_text(f'<?xml version="1.0"?><net name="small" version="10">{body}</net>')
        weights.write_bytes(self.blob)
        return xml, weights


def random_layers() -> dict[str, dict[str, np.ndarray]]:
    """Weights and biases by layer, on the grid of 255 levels, so that quantising loses nothing."""
    random = np.random.default_rng(7)
    shapes = {
        "conv1": (4, 3, 3, 3),
        "conv2/dw": (4, 1, 3, 3),
        "depthwise": (4, 1, 3, 3),
        "conv5_5_CPM_L1": (38, 4, 1, 1),
        "conv5_5_CPM_L2": (19, 4, 1, 1),
        "Mconv1": (6, 61, 3, 3),
        "Mconv7_stage2_L1": (38, 6, 1, 1),
        "Mconv7_stage2_L2": (19, 6, 1, 1),
    }
    layers = {}
    for name, shape in shapes.items():
        levels = random.integers(-127, 128, shape)
        levels[:, 0, 0, 0] = 127  # every channel spans its whole range
        layers[name] = {"weights": levels / 127 * 0.25, "bias": random.integers(-8, 9, shape[0]) / 16}
    return layers


def write_small_network(ir: IrWriter) -> None:
    """A network with every operator of human-pose-estimation-0001 and its layout of stages."""
    layers = random_layers()
    image = ir.layer("Parameter", "data", element_type="f32", shape="1,3,32,48")
    scaled = ir.layer("Multiply", "scale", [image, ir.floats(np.full((1, 1, 1, 1), 1 / 256))])
    centred = ir.layer("Add", "mean", [scaled, ir.floats(np.reshape([-0.5, -0.25, -0.125], (1, 3, 1, 1)))])
    conv1 = ir.layer("ReLU", "relu1", [ir.convolution("conv1", centred, layers["conv1"], stride=2, pad=1)])
    conv2 = ir.layer("ReLU", "relu2", [ir.convolution("conv2/dw", conv1, layers["conv2/dw"], pad=1)])
    depthwise = ir.convolution("depthwise", conv2, layers["depthwise"], pad=2, dilation=2)
    features = ir.layer("Add", "res", [conv2, ir.layer("Elu", "elu", [depthwise], alpha="0.5")])
    pafs = ir.convolution("conv5_5_CPM_L1", features, layers["conv5_5_CPM_L1"])
    heatmaps = ir.convolution("conv5_5_CPM_L2", features, layers["conv5_5_CPM_L2"])
    joined = ir.layer("Concat", "concat_stage2", [pafs, heatmaps, features], axis=1)
    refined = ir.layer("ReLU", "Mrelu1", [ir.convolution("Mconv1", joined, layers["Mconv1"], pad=1)])
    for name in ("Mconv7_stage2_L1", "Mconv7_stage2_L2"):
        made = ir.convolution(name, refined, layers[name])
        ir.layer("Result", f"{name}/sink_port_0", [made])


def convolve(image: np.ndarray, layer: Mapping[str, np.ndarray], stride=1, pad=0, dilation=1) -> np.ndarray:
    """(C, H, W) → (C', H', W'), by the definition; depthwise where the kernel has one channel."""
    weights = layer["weights"]
    padded = np.pad(image, ((0, 0), (pad, pad), (pad, pad)))
    reach = dilation * (weights.shape[2] - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(padded, (reach, reach), axis=(1, 2))
    windows = windows[:, ::stride, ::stride, ::dilation, ::dilation]
    if weights.shape[1] == 1:
        summed = np.einsum("cyxij,cij->cyx", windows, weights[:, 0])
    else:
        summed = np.einsum("cyxij,ocij->oyx", windows, weights)
    return summed + layer["bias"][:, None, None]


def small_network(image: np.ndarray, activation=lambda _, values: values) -> dict[str, np.ndarray]:
    """What the small network should answer, in float64: (3, H, W) → output name → (C, H/2, W/2).

    `activation` may look at or change what each layer reads, by the layer's name.
    """
    layers = random_layers()

    def convolved(name: str, values: np.ndarray, **window: int) -> np.ndarray:
        return convolve(activation(name, values), layers[name], **window)

    scale = float(np.float16(1 / 256))
    centred = image.astype(np.float64) * scale + np.reshape([-0.5, -0.25, -0.125], (3, 1, 1))
    conv1 = np.maximum(convolved("conv1", centred, stride=2, pad=1), 0)
    conv2 = np.maximum(convolved("conv2/dw", conv1, pad=1), 0)
    depthwise = convolved("depthwise", conv2, pad=2, dilation=2)
    features = conv2 + np.where(depthwise > 0, depthwise, 0.5 * np.expm1(np.minimum(depthwise, 0)))
    pafs, heatmaps = (convolved(f"conv5_5_CPM_L{branch}", features) for branch in (1, 2))
    refined = np.maximum(convolved("Mconv1", np.concatenate([pafs, heatmaps, features]), pad=1), 0)
    return {
        "pafs_stage1": pafs,
        "heatmaps_stage1": heatmaps,
        "pafs": convolved("Mconv7_stage2_L1", refined),
        "heatmaps": convolved("Mconv7_stage2_L2", refined),
    }


def run(model: onnx.ModelProto, blob: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip(OUTPUTS, session.run(OUTPUTS, {"image": blob.astype(np.float32)}), strict=True))


@pytest.fixture
def small(tmp_path) -> tuple[Path, Path]:
    """The small network's two files, in float32."""
    ir = IrWriter("f32")
    write_small_network(ir)
    return ir.write(tmp_path)


@pytest.fixture
def published(model_source) -> tuple[Path, Path, Path]:
    """human-pose-estimation-0001 as published (.xml, .bin) and its reference conversion."""
    stem = model_source / "human-pose-estimation-0001"
    return stem.with_suffix(".xml"), stem.with_suffix(".bin"), stem.with_suffix(".reference.onnx")


def as_blob(photo: np.ndarray, width: int, height: int) -> np.ndarray:
    return cv2.resize(photo, (width, height)).transpose(2, 0, 1)[None].astype(np.float32)


def test_real_network_agrees_with_the_reference_on_photos(published, test_data):
    xml, weights, reference = published
    ours, theirs = convert(xml, weights, {}), onnx.load(reference)
    sizes = {"p1.jpg": (456, 256), "p3.jpg": (256, 368), "golf.jpg": (328, 248), "ski.jpg": (496, 368)}
    for photo, size in sizes.items():
        blob = as_blob(cv2.imread(str(test_data / "media" / photo)), *size)
        expected, found = run(theirs, blob), run(ours, blob)
        assert expected["heatmaps"].max() > 0.3, "a photo without people shows nothing"
        for name in OUTPUTS:
            np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-4, err_msg=name)


def test_real_network_keeps_its_shape_and_merges_its_biases(published):
    model = convert(*published[:2], {"name": "human-pose-estimation-0001"})
    channels = [output.type.tensor_type.shape.dim[1].dim_value for output in model.graph.output]
    assert channels == [19, 38, 19, 38]
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("Conv") == 58
    assert kinds.count("Add") == 7, "one for the mean, six residual; every bias belongs to its convolution"


@pytest.mark.parametrize("precision", ["f32", "f16", "u8"])
def test_every_precision_computes_what_its_layers_say(precision, tmp_path):
    ir = IrWriter(precision)
    write_small_network(ir)
    image = np.random.default_rng(1).integers(0, 256, (3, 22, 30))
    found = run(convert(*ir.write(tmp_path), {}), image[None])
    for name, expected in small_network(image).items():
        assert np.abs(expected).max() > 0.5
        # float16 keeps 11 bits of each weight; nothing else may be lost.
        tolerance = 1e-4 if precision == "f32" else 5e-3
        np.testing.assert_allclose(found[name][0], expected, rtol=0, atol=tolerance, err_msg=name)


def test_any_batch_and_size(small):
    model = convert(*small, {})
    images = np.random.default_rng(2).integers(0, 256, (3, 3, 40, 16))
    found = run(model, images)
    assert found["pafs"].shape == (3, 38, 20, 8)
    for index, image in enumerate(images):
        np.testing.assert_allclose(found["heatmaps"][index], small_network(image)["heatmaps"], atol=1e-4)


def test_network_describes_itself(small):
    metadata = {"name": "small", "skeleton": "COCO-18", "color": "BGR", "stride": "2"}
    model = convert(*small, metadata)
    assert {entry.key: entry.value for entry in model.metadata_props} == metadata
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)
    assert [output.name for output in model.graph.output] == OUTPUTS
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    assert [d.dim_param or d.dim_value for d in dimensions] == ["batch", 3, "height", "width"]


def test_bias_is_not_merged_when_the_bare_convolution_is_read_too(tmp_path):
    ir = IrWriter("f32")
    write_small_network(ir)
    bare = next(i for i, layer in enumerate(ir.layers) if 'name="conv5_5_CPM_L2/WithoutBiases"' in layer)
    relu = ir.layer("ReLU", "second reader", [bare])
    ir.layer("Result", "second/sink_port_0", [relu])
    image = np.random.default_rng(3).integers(0, 256, (3, 16, 16))
    found = run(convert(*ir.write(tmp_path), {}), image[None])
    for name, expected in small_network(image).items():
        np.testing.assert_allclose(found[name][0], expected, atol=1e-4, err_msg=name)


class ThreeLevels(IrWriter):
    """Stores every weight as -1, 0 or 1, by a FakeQuantize whose input range ends at 0.1 either side."""

    def weights(self, name: str, values: np.ndarray) -> int:
        return self.fake_quantize(f"{name}/q", self.constant(values, "f32"), [-0.1, 0.1, -1, 1], 3)


def test_fake_quantize_of_weights_rounds_and_clips(tmp_path):
    ir = ThreeLevels("f32")
    write_small_network(ir)
    model = convert(*ir.write(tmp_path), {})
    found = {weight.name: onnx.numpy_helper.to_array(weight) for weight in model.graph.initializer}
    raw = random_layers()["conv1"]["weights"]
    expected = np.where(raw > 0.05, 1, np.where(raw < -0.05, -1, 0))
    np.testing.assert_array_equal(found["conv1/WithoutBiases/weights"], expected)


def test_truncated_weights_are_named(small):
    xml, weights = small
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(NetworkError, match=r"beyond the end of the OpenVINO \.bin file .* truncated"):
        convert(xml, weights, {})


def test_unknown_layer_is_named(small):
    xml, weights = small
    xml.write_text(xml.read_text().replace('name="elu" type="Elu"', 'name="elu" type="HSwish"'))
    with pytest.raises(NetworkError, match=r"'elu' .* HSwish"):
        convert(xml, weights, {})


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('offset="0"', 'offset="-4"', "'constant1' .* malformed"),
        ('shape="1, 1, 1, 1"', 'shape="1, 1, 1, 9"', "'constant1' .* malformed"),
        ('shape="1, 1, 1, 1"', 'shape="-1, -1, 1, 1"', "'constant1' .* malformed"),
        ('element_type="f32" shape="1, 1', 'element_type="boolean" shape="1, 1', "'constant1' .* malformed"),
        ('shape="1,3,32,48"', 'shape="1,1,32,48"', "'data' .* malformed"),
        ('name="conv1/WithoutBiases" type="Convolution"', 'name="x" type="GroupConvolution"', "'x'"),
        ('pads_begin="1,1"', 'pads_begin="1,1" auto_pad="same_upper"', "explicit padding"),
        ('axis="1"', 'axis="2"', "'concat_stage2' .* malformed"),
        ('name="Mconv7_stage2_L1" ', 'name="other" ', "no output named 'Mconv7_stage2_L1'"),
        ('name="relu1"', 'name="elu"', "Two layers .* 'elu'"),
        ('version="10"', 'version="7"', "IR version 10 or 11"),
        ('from-layer="0"', 'from-layer="999"', "not a whole OpenVINO network"),
        ("</layers>", "", "not a whole OpenVINO network"),
        ('<edge from-layer="0"', '<edge from-layer="4"', "not a whole OpenVINO network"),
        ('strides="2,2"', 'strides="2,2,2"', "do not fit together"),
    ],
)
def test_malformed_description_is_refused_with_a_sentence(before, after, sentence, small):
    xml, weights = small
    text = xml.read_text()
    assert before in text
    xml.write_text(text.replace(before, after, 1))
    with pytest.raises(NetworkError, match=sentence) as caught:
        convert(xml, weights, {})
    assert caught.value.user_message.endswith(".")


def test_entity_bomb_is_refused_before_it_grows(small):
    xml, weights = small
    lines = ['<!ENTITY a0 "lol">'] + [f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12)]
    xml.write_text(f'<?xml version="1.0"?><!DOCTYPE net [{"".join(lines)}]><net version="10">&a11;</net>')
    with pytest.raises(NetworkError, match="document type declaration"):
        convert(xml, weights, {})


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n", b"<html></html>", b'<?xml version="1.0" encoding="x"?><net/>']
)
def test_another_file_is_refused(content, small):
    xml, weights = small
    xml.write_bytes(content)
    with pytest.raises(NetworkError, match="OpenVINO network"):
        convert(xml, weights, {})


def test_missing_file_is_named(small):
    xml, _ = small
    with pytest.raises(NetworkError, match=r"gone\.bin cannot be read"):
        convert(xml, xml.with_name("gone.bin"), {})
