"""Engines: the same poses from each, batches, and a device that was asked for or a sentence."""

import shutil

import cv2
import numpy as np
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

from estimator import COCO_18, PoseEstimator, Zoo, read_image
from estimator.errors import NetworkError
from estimator.network.engines import ENGINES, open_engine, verify_device
from estimator.network.onnxruntime import OnnxRuntimeEngine
from tests.estimator.conftest import match, standing

OUTPUTS = ["heatmaps", "pafs", "heatmaps_stage1", "pafs_stage1"]


@pytest.fixture(scope="module")
def built_in(tmp_path_factory):
    """The built-in network's file."""
    return Zoo(tmp_path_factory.mktemp("none")).path("poseweb")


def figures(batch, height, width):
    """Somebody dark on grey, further right in each picture, 0..255: networks see nothing in noise or thin lines."""
    scale = height / 320
    pictures = np.full((batch, height, width, 3), 200, np.uint8)
    for number, picture in enumerate(pictures):
        spots = standing(8 * number, 10 * scale, scale).keypoints[:, :2].astype(int).tolist()
        for limb in COCO_18.limbs:
            cv2.line(picture, spots[limb.start], spots[limb.end], (20, 20, 20), max(2, int(30 * scale)))
        cv2.circle(picture, spots[0], max(2, int(22 * scale)), (20, 20, 20), cv2.FILLED)
    return pictures.transpose(0, 3, 1, 2).astype(np.float32)


def test_both_engines_make_the_same_maps_of_every_shape(built_in):
    one, two = (open_engine(built_in, name, threads=1) for name in ("onnxruntime", "opencv"))
    assert one.network == two.network
    for shape in [(1, 128, 96), (2, 64, 160), (1, 64, 64), (1, 128, 96)]:
        blob = figures(*shape)
        expected, found = one.forward(blob, OUTPUTS), two.forward(blob, OUTPUTS)
        for name, ours, theirs in zip(OUTPUTS, expected, found, strict=True):
            assert theirs.dtype == np.float32
            assert np.ptp(ours) > 0.01, "flat maps show nothing"
            np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("name", ENGINES)
def test_a_batch_is_its_pictures(built_in, name):
    engine = open_engine(built_in, name, threads=1)
    batch = figures(3, 64, 96)
    together = engine.forward(batch, ["pafs"])[0]
    for index in range(3):
        (alone,) = engine.forward(batch[index : index + 1], ["pafs"])
        np.testing.assert_allclose(together[index], alone[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ENGINES)
def test_answers_are_kept_when_the_engine_goes_on(built_in, name):
    """Several sizes of a picture are run before their maps are averaged."""
    engine = open_engine(built_in, name, threads=1)
    (kept,) = engine.forward(figures(1, 64, 64), ["heatmaps"])
    copy = kept.copy()
    engine.forward(figures(1, 64, 64) / 2, ["heatmaps"])
    np.testing.assert_array_equal(kept, copy)


@pytest.mark.parametrize("photo", ["p2.jpg", "p3.jpg", "golf.jpg"])
def test_both_engines_find_the_same_poses(zoo, zoo_estimator, test_data, photo):
    image = read_image((test_data / "media" / photo).read_bytes())
    expected = zoo_estimator.estimate(image).frame.poses
    tutorial = PoseEstimator(open_engine(zoo.path(zoo.default.name), "opencv"))
    assert expected
    match(tutorial.estimate(image).frame.poses, expected, tolerance=0.5)


@pytest.mark.parametrize("name", ENGINES)
def test_the_device_is_verified_with_a_forward_pass(built_in, name):
    engine = open_engine(built_in, name, threads=1)
    verify_device(engine, "cpu")
    with pytest.raises(NetworkError, match=f"{name} cannot run poseweb on the device cuda") as caught:
        verify_device(engine, "cuda")
    assert caught.value.code == "device_unavailable"


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="a GPU is at hand: tests/gpu is for that")
def test_a_gpu_that_is_not_there_is_a_sentence_and_no_silent_cpu_run(built_in):
    with pytest.raises(NetworkError, match=r"GPU was asked for.*pip install -r requirements-gpu\.txt") as caught:
        open_engine(built_in, device="cuda")
    assert caught.value.code == "device_unavailable"


def test_opencv_refuses_a_gpu_by_naming_the_engine_that_can(built_in):
    with pytest.raises(NetworkError, match="Choose the engine onnxruntime"):
        open_engine(built_in, "opencv", "cuda")


@pytest.mark.parametrize(
    ("choice", "sentence"), [({"name": "caffe"}, "onnxruntime, opencv"), ({"device": "tpu"}, "cpu, cuda")]
)
def test_unknown_names_are_answered_with_the_known_ones(built_in, choice, sentence):
    with pytest.raises(NetworkError, match=sentence):
        open_engine(built_in, **choice)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", None, "half"])
def test_a_damaged_or_missing_file_is_named(built_in, name, content, tmp_path):
    file = tmp_path / "broken.onnx"
    if content is not None:
        file.write_bytes(built_in.read_bytes()[:200_000] if content == "half" else content)
    with pytest.raises(NetworkError, match=r"broken\.onnx cannot be loaded .*models install broken"):
        open_engine(file, name)


def test_a_gpu_that_is_lost_is_told_apart_from_a_bad_picture(built_in, monkeypatch):
    """No card can be pulled out in a test: the session fails as it does then."""

    class LostCard:
        def run(self, *_):
            raise RuntimeException("CUDA failure 999: unknown error")

        def get_providers(self):
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    engine = OnnxRuntimeEngine(built_in)
    monkeypatch.setattr(engine, "_session", LostCard())
    with pytest.raises(NetworkError, match="nvidia-smi") as caught:
        engine.forward(figures(1, 64, 64), OUTPUTS)
    assert caught.value.code == "device_lost"
