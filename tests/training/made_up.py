"""Made-up pictures in the sources' folders, a tiny teacher, labelled canvases."""

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from scipy.io import savemat

from estimator import COCO_18, encode
from tests.estimator.conftest import standing
from training.compose import SIZE
from training.pictures import is_held_out
from training.targets import STRIDE


def names(count, first=0):
    """`count` numbers as picture names, on each side of the split."""
    sides = {False: [], True: []}
    number = first
    while min(map(len, sides.values())) < count:
        name = f"im{number + 1:05d}"
        sides[is_held_out(name)].append(number)
        number += 1
    return sorted(sides[False][:count] + sides[True][:count])


def picture(seed, height=120, width=90):
    """Coloured blobs: the same for the same seed."""
    small = np.random.default_rng(seed).integers(0, 256, (8, 6, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="session")
def pictures_folder(tmp_path_factory):
    """Pictures in the folders of sources.toml: labelled people (one cut out), scenes and backgrounds."""
    root = tmp_path_factory.mktemp("pictures")
    for folder in ("lsp/images", "ccp/photos", "ccp/annotations/pixel-level", "coco128/images/train2017", "voc/images"):
        (root / folder).mkdir(parents=True)
    numbers = names(2)
    for number in numbers:
        for folder in ("lsp/images", "ccp/photos", "coco128/images/train2017", "voc/images"):
            cv2.imwrite(str(root / folder / f"im{number + 1:05d}.jpg"), picture([number, len(folder)]))
    joints = np.zeros((14, 3, max(numbers) + 1))
    joints[:, 0], joints[:, 1], joints[:, 2] = np.linspace(20, 70, 14)[:, None], np.linspace(100, 20, 14)[:, None], 1
    savemat(root / "lsp/joints.mat", {"joints": joints})
    person = np.zeros((120, 90), np.uint8)
    person[20:100, 30:60] = 7
    for number in numbers:
        savemat(root / f"ccp/annotations/pixel-level/im{number + 1:05d}.mat", {"groundtruth": person})
    return root


@pytest.fixture(scope="session")
def teacher_file(tmp_path_factory):
    """An ONNX network with the teacher's outputs and all of its kinds of operator, but tiny."""
    rng = np.random.default_rng(1)
    weights = {
        "scale": np.float32([1 / 255]), "shift": np.float32([-0.5]),
        "w1": rng.normal(0, 0.1, (8, 3, 9, 9)), "b1": rng.normal(0, 0.1, 8), "w2": rng.normal(0, 0.3, (8, 1, 3, 3)),
        "wh": rng.normal(0, 0.05, (19, 16, 1, 1)), "wp": rng.normal(0, 0.2, (38, 16, 1, 1)),
    }  # fmt: skip
    node = helper.make_node
    nodes = [
        node("Mul", ["image", "scale"], ["scaled"]), node("Add", ["scaled", "shift"], ["shifted"]),
        node("Conv", ["shifted", "w1", "b1"], ["c1"], strides=[8, 8], pads=[1, 1, 0, 0], kernel_shape=[9, 9]),
        node("Relu", ["c1"], ["r1"]),
        node("Conv", ["r1", "w2"], ["c2"], pads=[2, 2, 2, 2], dilations=[2, 2], group=8, kernel_shape=[3, 3]),
        node("Elu", ["c2"], ["e2"]), node("Concat", ["r1", "e2"], ["both"], axis=1),
        node("Conv", ["both", "wh"], ["heatmaps"]), node("Conv", ["both", "wp"], ["pafs"]),
    ]  # fmt: skip
    tensors = [numpy_helper.from_array(np.asarray(v, np.float32), name) for name, v in weights.items()]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "teacher",
        [value("image", TensorProto.FLOAT, ["batch", 3, "h", "w"])],
        [value(name, TensorProto.FLOAT, None) for name in ("heatmaps", "pafs")],
        tensors,
    )
    path = tmp_path_factory.mktemp("teacher") / "teacher.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def person_canvas(seed):
    """A canvas with one stick person, and the maps that belong to it: (256, 256, 3) uint8, (57, 32, 32) float16."""
    rng = np.random.default_rng(seed)
    pose = standing(*rng.uniform([5, 2], [140, 10]), scale=rng.uniform(0.5, 0.8))
    image = np.full((SIZE, SIZE, 3), rng.integers(60, 200), np.uint8)
    for limb in COCO_18.limbs:
        ends = [tuple(pose.keypoints[i, :2].astype(int).tolist()) for i in (limb.start, limb.end)]
        cv2.line(image, *ends, (255, 11 * limb.start, 11 * limb.end), 3)
    maps = encode([pose], COCO_18, SIZE // STRIDE, SIZE // STRIDE)
    background = 1 - maps.confidence_maps.max(axis=0, keepdims=True)
    return image, np.concatenate([maps.confidence_maps, background, maps.pafs]).astype(np.float16)


@pytest.fixture(scope="session")
def canvases_folder(tmp_path_factory):
    """Labelled canvases as `label` writes them: two shards to train on, one held out."""
    root = tmp_path_factory.mktemp("canvases")
    for side, shards in (("train", 2), ("held-out", 1)):
        (root / side).mkdir()
        for shard in range(shards):
            images, maps = zip(*(person_canvas([len(side), shard, i]) for i in range(4)), strict=True)
            np.save(root / side / f"{shard:05d}.images.npy", np.stack(images))
            np.save(root / side / f"{shard:05d}.maps.npy", np.stack(maps))
    return root
