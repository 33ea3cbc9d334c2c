"""Caffe → ONNX: against what OpenCV 4 made of small networks (golden/), and on CMU's own descriptions."""

import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from bench.caffe_agreement import OUTPUTS
from bench.random_caffemodel import random_caffemodel
from estimator.errors import NetworkError
from estimator.network.caffe import convert
from estimator.network.caffe_proto import new_net

GOLDEN = Path(__file__).with_name("golden")

# Output → Caffe's blob. `bench/make_caffe_golden.py` stored what OpenCV 4 computed for each blob.
GOLDEN_OUTPUTS = {
    "two_branches": {
        "heatmaps": "Mconv7_stage3_L2",
        "pafs": "Mconv7_stage3_L1",
        "heatmaps_stage1": "conv5_5_CPM_L2",
        "heatmaps_stage2": "Mconv7_stage2_L2",
        "pafs_stage1": "conv5_5_CPM_L1",
        "pafs_stage2": "Mconv7_stage2_L1",
    },
    "pafs_first": {
        "heatmaps": "Mconv7_stage1_L1",
        "pafs": "Mconv7_stage2_L2",
        "heatmaps_stage1": "Mconv7_stage0_L1",
        "pafs_stage1": "Mconv7_stage0_L2",
        "pafs_stage2": "Mconv7_stage1_L2",
    },
}
CHANNELS = {  # confidence maps with background, PAFs: two a limb
    "body_25_pose_deploy": (26, 52),
    "coco_pose_deploy_linevec": (19, 38),
    "mpi_pose_deploy_linevec": (16, 28),
    "mpi_pose_deploy_linevec_faster_4_stages": (16, 28),
}


def golden(name: str) -> tuple[Path, Path, dict[str, np.ndarray]]:
    prototxt = GOLDEN / f"{name}.prototxt"
    with np.load(prototxt.with_suffix(".npz")) as arrays:
        return prototxt, prototxt.with_suffix(".caffemodel"), dict(arrays)


def run(model: onnx.ModelProto, image: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in model.graph.output]
    return dict(zip(names, session.run(names, {"image": image}), strict=True))


@pytest.mark.parametrize("name", GOLDEN_OUTPUTS)
def test_agrees_with_opencv_4_at_every_stage(name):
    prototxt, caffemodel, arrays = golden(name)
    found = run(convert(prototxt, caffemodel, {}), arrays["image"])
    assert list(found) == list(GOLDEN_OUTPUTS[name])
    for output, blob in GOLDEN_OUTPUTS[name].items():
        largest = np.abs(arrays[blob]).max()
        assert largest > 0.5, "maps of zeros would agree with anything"
        np.testing.assert_allclose(found[output], arrays[blob], rtol=0, atol=1e-4 * largest, err_msg=output)


@pytest.mark.parametrize("name", GOLDEN_OUTPUTS)
def test_any_batch(name):
    prototxt, caffemodel, arrays = golden(name)
    flipped = arrays["image"][..., ::-1]
    model = convert(prototxt, caffemodel, {})
    both = run(model, np.concatenate([arrays["image"], flipped]))
    assert both["pafs"].shape[0] == 2
    np.testing.assert_allclose(both["pafs"][1:], run(model, flipped)["pafs"], atol=1e-5)


def test_older_caffemodel_gives_the_same_network(tmp_path):
    prototxt, caffemodel, _ = golden("pafs_first")
    newer, older = new_net(), new_net()
    newer.ParseFromString(caffemodel.read_bytes())
    for layer in newer.layer:
        made = older.layers.add(name=layer.name)
        for blob in layer.blobs:
            made.blobs.add(data=blob.data)
    rewritten = tmp_path / "older.caffemodel"
    rewritten.write_bytes(older.SerializeToString())
    assert convert(prototxt, rewritten, {}) == convert(prototxt, caffemodel, {})


def test_network_describes_itself_and_computes_nothing_in_vain():
    metadata = {"name": "two", "color": "BGR", "scale": "0.00392156862745098"}
    model = convert(*golden("two_branches")[:2], metadata)
    assert {entry.key: entry.value for entry in model.metadata_props} == metadata
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    assert [d.dim_param or d.dim_value for d in dimensions] == ["batch", 3, "height", "width"]
    read = {name for node in model.graph.node for name in node.input} | {o.name for o in model.graph.output}
    assert {name for node in model.graph.node for name in node.output} <= read
    assert {weight.name for weight in model.graph.initializer} <= read


@pytest.mark.parametrize("name", CHANNELS)
def test_networks_of_cmu(name, model_source, tmp_path):
    """Structure only, with random weights; `bench/caffe_agreement.py` compares the numbers with OpenCV 4's."""
    prototxt, caffemodel = model_source / "prototxt" / f"{name}.prototxt", tmp_path / "random.caffemodel"
    caffemodel.write_bytes(random_caffemodel(prototxt))
    outputs = convert(prototxt, caffemodel, {}).graph.output
    assert {output.name for output in outputs} == set(OUTPUTS[name])
    heatmaps, pafs = CHANNELS[name]
    for output in outputs:
        channels = output.type.tensor_type.shape.dim[1].dim_value
        assert channels == (heatmaps if output.name.startswith("heatmaps") else pafs)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('type: "Dropout"', 'type: "LRN"', "'drop2' of the Caffe network is a LRN"),
        ("pool: MAX kernel_size: 2 stride: 2 }", "pool: AVE kernel_size: 2 stride: 2 }", "'pool1' .* maximum"),
        ("stride: 2 pad: 1 }", "stride: 2 pad: 1 round_mode: FLOOR }", "'pool2' .* rounded up"),
        ("kernel_size: 2 stride: 2 }", "kernel_size: 2 stride: 3 }", "'pool1' .* cover"),
        ("pool: MAX kernel_size: 2 stride: 2 }", "global_pooling: true }", "'pool1' .* cover"),
        ("axis: 1", "axis: 2", "'concat_stage2' .* channels"),
        ("group: 4", "group: 5", "'conv2'"),
        ("group: 4", "group: 0", "'conv2'"),
        ('bottom: "conv1" top: "pool1"', 'bottom: "nowhere" top: "pool1"', "'pool1' .*nowhere"),
        ("num_output: 8", "num_output: 9", "'conv1' needs 243 weights .* 216"),
        ("bias_term: false", "bias_term: true", "'conv1' needs 2 arrays .* has 1"),
        ('name: "conv3"', 'name: "conv4"', "'conv4' needs 2 arrays .* has 0"),
        ('name: "relu2"', 'name: "conv2"', "Two layers .* 'conv2'"),
        ('bottom: "Mconv7_stage3_L1" top', "top", "does not end by joining"),
        ('bottom: "Mconv7_stage3_L1" top', 'bottom: "features" top', "'features', which is not a blob of maps"),
        ("layer {", "layers {", "describes no layers"),
        ("num_output: 8", "num_output: many", "not a description of a Caffe network"),
        ("axis: 1", "axis: 1 {", "not a description of a Caffe network"),
    ],
)
def test_unfit_description_is_refused_with_a_sentence(before, after, sentence, tmp_path):
    prototxt, caffemodel, _ = golden("two_branches")
    text = prototxt.read_text()
    assert before in text
    changed = tmp_path / "changed.prototxt"
    changed.write_text(text.replace(before, after, -1 if before == "layer {" else 1))
    with pytest.raises(NetworkError, match=re.compile(sentence, re.DOTALL)) as caught:
        convert(changed, caffemodel, {})
    assert caught.value.user_message.endswith(".")


def test_truncated_caffemodel_is_refused(tmp_path):
    prototxt, caffemodel, _ = golden("two_branches")
    half = tmp_path / "half.caffemodel"
    half.write_bytes(caffemodel.read_bytes()[:20_000])
    with pytest.raises(NetworkError, match=r"half\.caffemodel is not a whole caffemodel"):
        convert(prototxt, half, {})


@pytest.mark.parametrize("content", [b"", b"<html>Not found</html>", b"\x89PNG\r\n\x1a\n", bytes(1000)])
def test_another_file_as_caffemodel_is_refused(content, tmp_path):
    prototxt, _, _ = golden("two_branches")
    other = tmp_path / "other.caffemodel"
    other.write_bytes(content)
    with pytest.raises(NetworkError, match="caffemodel"):
        convert(prototxt, other, {})


def test_caffemodel_as_prototxt_is_refused():
    _, caffemodel, _ = golden("two_branches")
    with pytest.raises(NetworkError, match="not a description of a Caffe network"):
        convert(caffemodel, caffemodel, {})


def test_missing_file_is_named(tmp_path):
    prototxt, _, _ = golden("two_branches")
    with pytest.raises(NetworkError, match=r"gone\.caffemodel cannot be read"):
        convert(prototxt, tmp_path / "gone.caffemodel", {})
