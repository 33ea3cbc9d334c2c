"""label.py and teacher.py: canvases with the teacher's maps, in shards that are written once."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper

from training.__main__ import main
from training.dataset import Shards
from training.targets import BACKGROUND
from training.teacher import Teacher


def test_the_teacher_in_torch_agrees_with_onnx_runtime(teacher_file):
    image = np.random.default_rng(0).uniform(0, 255, (2, 3, 64, 96)).astype(np.float32)
    expected = onnxruntime.InferenceSession(teacher_file).run(["heatmaps", "pafs"], {"image": image})
    for ours, theirs in zip(Teacher(teacher_file)(torch.from_numpy(image)), expected, strict=True):
        assert np.abs(theirs).max() > 0.1
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-5)


def test_an_unknown_operator_is_named(teacher_file, tmp_path):
    model = onnx.load(teacher_file)
    model.graph.node.append(helper.make_node("Softmax", ["pafs"], ["more"]))
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ValueError, match="Softmax"):
        Teacher(tmp_path / "other.onnx")


def test_shards_are_labelled_once_and_always_the_same(pictures_folder, teacher_file, tmp_path):
    command = ["--device", "cpu", "label", "--pictures", str(pictures_folder), "--teacher", str(teacher_file)]
    command += ["--canvases", str(tmp_path), "--side", "held-out", "--shards"]
    main([*command, "1"])
    first = tmp_path / "held-out" / "00000.images.npy"
    written, picture = first.stat().st_mtime_ns, np.load(first)
    main([*command, "2"])
    assert first.stat().st_mtime_ns == written, "a finished shard was written again"
    shards = Shards(tmp_path / "held-out")
    assert len(shards) == 512
    image, maps = shards[0]
    np.testing.assert_array_equal(image, picture[0])
    assert image.shape == (256, 256, 3)
    assert maps.shape == (57, 32, 32)
    heatmaps, _ = Teacher(teacher_file).answer(torch.from_numpy(image[None].copy()))
    assert (maps[:BACKGROUND] >= heatmaps[0, :BACKGROUND].numpy() - 0.01).all(), "not what the teacher saw, or more"
    assert not np.array_equal(shards[0][0], shards[256][0])
    first.unlink()
    main([*command, "1"])
    np.testing.assert_array_equal(np.load(first), picture)
    assert not list(tmp_path.rglob("*.part"))
