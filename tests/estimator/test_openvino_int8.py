"""FP16-INT8 OpenVINO IR → an ONNX network of integers: its arithmetic, what makes it fast, the real one's answers."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest

from estimator import PoseEstimator, read_image
from estimator.errors import NetworkError
from estimator.network import openvino_int8, openvino_ir
from estimator.network.onnxruntime import OnnxRuntimeEngine
from tests.estimator.test_openvino_ir import OUTPUTS, IrWriter, as_blob, run, small_network, write_small_network

IMAGE = np.random.default_rng(11).integers(0, 256, (3, 32, 48))
METADATA = {
    "name": "human-pose-estimation-0001-int8", "skeleton": "COCO-18", "color": "BGR", "mean": "0,0,0", "scale": "1",
    "stride": "8", "multiple": "8", "stages": "2",
}  # fmt: skip


def calibration():
    """Layer → (low, high) of what it reads, as float16: one pair, or one a channel before depthwise convolutions."""
    limits = {}

    def look(name, values):
        per_channel = name in ("conv2/dw", "depthwise")
        high = np.abs(values).max(axis=(1, 2), keepdims=True)[None] if per_channel else np.abs(values).max()
        low = np.zeros_like(high) if values.min() >= 0 else -high * 128 / 127
        limits[name] = np.float16(low).astype(float), np.float16(high).astype(float)
        return values

    small_network(IMAGE, look)
    return limits


class CalibratedIr(IrWriter):
    """Gives every activation the limits that it has on IMAGE."""

    def __init__(self) -> None:
        super().__init__("u8")
        self.limits = calibration()

    def fake_quantize(self, name, source, limits, levels):
        if name.endswith("/fq"):
            limits = self.limits[name.removesuffix("/fq")] * 2
        return super().fake_quantize(name, source, limits, levels)


@pytest.fixture
def small(tmp_path) -> tuple[Path, Path]:
    ir = CalibratedIr()
    write_small_network(ir)
    return ir.write(tmp_path)


def rounded_network(image):
    """The small network's answer with every activation rounded as the IR says, in float64."""
    limits = calibration()

    def rounding(name, values):
        if name == "depthwise":  # reads a tensor that an Add reads too, with steps of its own a channel: stays float
            return values
        low, high = (limit[0] if limit.ndim == 4 else limit for limit in limits[name])
        step = (high - low) / 255
        return np.round(np.clip(values, low, high) / step) * step

    return small_network(image, rounding)


def test_the_integers_are_those_of_the_ir(small):
    """What the file says, node by node; integer instructions may differ by a rounding, or overflow without VNNI."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    model = openvino_int8.convert(*small, {}).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    found = dict(zip(OUTPUTS, session.run(OUTPUTS, {"image": IMAGE[None].astype(np.float32)}), strict=True))
    for name, expected in rounded_network(IMAGE).items():
        # A value half-way between two steps may be rounded either way: a few outputs may differ a little.
        error = np.abs(found[name][0] - expected) / np.abs(expected).max()
        assert np.median(error) < 1e-4, name
        assert error.max() < 4e-3, name


def test_weights_are_stored_in_eight_bits(small):
    stored = {weight.name: weight for weight in openvino_int8.convert(*small, {}).graph.initializer}
    integers = [name for name, weight in stored.items() if weight.data_type == onnx.TensorProto.INT8]
    assert len(integers) == 8
    for name in integers:
        values = onnx.numpy_helper.to_array(stored[name])
        assert np.abs(values.reshape(len(values), -1)).max(axis=1).tolist() == [127] * len(values)


@pytest.mark.parametrize(("of", "levels", "other"), [("conv1/fq", 256, 16), ("conv1/w/q", 255, 256)])
def test_other_quantisation_is_refused_with_a_sentence(small, of, levels, other):
    text, known = small[0].read_text(), f'name="{of}" type="FakeQuantize"><data levels="{levels}"'
    assert known in text
    small[0].write_text(text.replace(known, known.replace(str(levels), str(other))))
    with pytest.raises(NetworkError, match=f"{levels} levels"):
        openvino_int8.convert(*small, {})


def test_a_float_network_is_refused_with_a_sentence(tmp_path):
    ir = IrWriter("f16")
    write_small_network(ir)
    with pytest.raises(NetworkError, match=r"not quantised.*FP16-INT8"):
        openvino_int8.convert(*ir.write(tmp_path), {})


@pytest.fixture(scope="module")
def published(model_source):
    """human-pose-estimation-0001's FP16-INT8 files."""
    stem = model_source / "human-pose-estimation-0001"
    return stem.with_suffix(".xml"), stem.with_suffix(".bin")


@pytest.fixture(scope="module")
def integers(published, tmp_path_factory):
    """The real network's file, in integers."""
    file = tmp_path_factory.mktemp("int8") / "human-pose-estimation-0001-int8.onnx"
    onnx.save(openvino_int8.convert(*published, METADATA), file)
    return file


def test_the_real_network_runs_in_integers(integers, tmp_path):
    """Where ONNX Runtime cannot fuse, it silently computes floats, as slow as ever: behind ELU it does, no more."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(str(integers), options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node]
    assert kinds.count("QLinearConv") >= 47
    assert kinds.count("Conv") + kinds.count("FusedConv") <= 11


def test_the_real_network_makes_the_same_maps(integers, published, test_data):
    blob = as_blob(cv2.imread(str(test_data / "media" / "p3.jpg")), 256, 368)
    expected, found = run(openvino_ir.convert(*published, {}), blob), run(onnx.load(integers), blob)
    for name in OUTPUTS:
        assert np.abs(found[name] - expected[name]).mean() < 2e-3, name
        assert np.corrcoef(found[name].ravel(), expected[name].ravel())[0, 1] > 0.99, name


def test_the_real_network_finds_the_same_people(integers, zoo_estimator, test_data):
    small = PoseEstimator(OnnxRuntimeEngine(integers))
    for photo in ("p2.jpg", "p3.jpg", "golf.jpg"):
        image = read_image((test_data / "media" / photo).read_bytes())
        expected, found = (estimator.estimate(image).frame.poses for estimator in (zoo_estimator, small))
        assert len(found) == len(expected)
        for one in expected:
            distances = [_distance(one, other) for other in found]
            assert min(distances) < 0.01 * (one.box[3] - one.box[1]), photo


def _distance(one, other):
    """Median pixels between keypoints that both have; far where few are shared."""
    both = one.found & other.found
    apart = np.hypot(*(one.keypoints[both, :2] - other.keypoints[both, :2]).T)
    return float(np.median(apart)) if both.sum() >= 0.8 * one.found.sum() else np.inf
