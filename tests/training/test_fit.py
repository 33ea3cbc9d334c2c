"""fit.py: a network begins as the teacher, as nearly as its thin layers can."""

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from training.__main__ import main
from training.fit import fit
from training.network import PoseNetwork, Thin
from training.teacher import Teacher
from training.train import Plan, Run, resumed


class Layers:
    """A teacher of given convolutions with a ReLU after each."""

    def __init__(self, *layers):
        self.layers = layers

    def convolutions(self, image):
        for layer in self.layers:
            answer = layer(image)
            yield layer.weight, layer.bias, answer
            image = answer.relu()


def seen(seed=0):
    return torch.randn(4, 6, 20, 20, generator=torch.Generator().manual_seed(seed))


def test_a_layer_that_could_be_thin_is_found_whole_and_others_are_copied():
    torch.manual_seed(0)
    wide, last = nn.Conv2d(6, 8, 3, padding=2, dilation=2), nn.Conv2d(8, 3, 1)
    few = torch.randn(8, 2, 3, 3), torch.randn(2, 6)
    wide.weight.data = torch.einsum("orkl,ri->oikl", *few)
    network = nn.Sequential(Thin(6, 8, rank=2, kernel=3, dilation=2), nn.ReLU(), nn.Conv2d(8, 3, 1))
    fit(network, Layers(wide, last), seen())
    with torch.no_grad():
        expected = last(wide(seen(1)).relu())
        torch.testing.assert_close(network(seen(1)), expected, atol=2e-3, rtol=2e-3)
    assert torch.equal(network[2].weight, last.weight)


def test_what_a_thin_layer_loses_is_the_least_that_must_be_lost():
    torch.manual_seed(0)
    layer, thin = nn.Conv2d(6, 8, 1), Thin(6, 8, rank=3)
    fit(nn.Sequential(thin), Layers(layer), seen())
    with torch.no_grad():
        wanted, found = (one(seen()).movedim(1, -1).flatten(0, -2) for one in (layer, thin))
    lost = (wanted - found).square().sum(dim=1).mean()
    energies = torch.linalg.eigvalsh(torch.cov(wanted.T, correction=0))
    torch.testing.assert_close(lost, energies[:-3].sum(), atol=1e-4, rtol=1e-3)


def test_another_network_is_nothing_to_begin_with(teacher_file):
    images = torch.zeros(1, 3, 64, 64)
    with pytest.raises(ValueError, match="not the network's"):
        fit(PoseNetwork(), Teacher(teacher_file), images)
    layer = nn.Conv2d(6, 8, 1)
    with pytest.raises(ValueError, match="not the network's"):
        fit(nn.Sequential(nn.Conv2d(6, 8, 1), nn.Conv2d(8, 6, 1)), Layers(layer), seen())
    with pytest.raises(ValueError, match="more layers"):
        fit(nn.Sequential(nn.Conv2d(6, 8, 1)), Layers(layer, nn.Conv2d(8, 6, 1)), seen())


def test_on_photos_both_stages_say_nearly_what_the_teacher_says(zoo, test_data, tmp_path):
    paths = sorted((test_data / "coco-dev" / "images").glob("*.jpg"))[:8]
    photos = np.stack([cv2.resize(cv2.imread(str(path)), (256, 256)) for path in paths]).transpose(0, 3, 1, 2)
    file = zoo.path(zoo.default.name)
    run = Run(tmp_path, Plan(samples=8), "cpu")
    run.begin(Teacher(file), torch.from_numpy(photos))
    with torch.no_grad():
        ours = [maps.numpy() for stage in run.average(torch.from_numpy(photos).float()) for maps in stage]
    names = ["heatmaps_stage1", "pafs_stage1", "heatmaps", "pafs"]
    theirs = onnxruntime.InferenceSession(file).run(names, {"image": photos.astype(np.float32)})
    for mine, wanted in zip(ours, theirs, strict=True):
        assert np.square(mine - wanted).mean() < 0.1 * wanted.var(axis=(2, 3)).mean()


def test_a_run_begins_with_the_teacher_it_is_given(zoo, canvases_folder, tmp_path):
    file = zoo.path(zoo.default.name)
    command = ["--device", "cpu", "train", "--canvases", str(canvases_folder), "--folder", str(tmp_path)]
    main([*command, "--teacher", str(file), "--samples", "0", "--batch", "2", "--side", "64", "--workers", "0"])
    convolutions = Teacher(file).convolutions(torch.zeros(1, 3, 64, 64))
    first, *_ = next(convolutions)
    assert torch.equal(resumed(tmp_path, "cpu").average.trunk.mobile[0].weight, first)
