"""On an NVIDIA GPU: it is really used, it finds the CPU's poses, and batches and sizes in any order give the same."""

import shutil
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

from estimator import PoseEstimator, Zoo, read_image
from estimator.network.engines import open_engine, verify_device
from tests.estimator.conftest import match

if shutil.which("nvidia-smi") is None:
    pytest.skip("no NVIDIA GPU at hand", allow_module_level=True)
if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
    pytest.skip("requirements-gpu.txt is not installed", allow_module_level=True)

OUTPUTS = ["heatmaps", "pafs"]
LOAD = """
import subprocess, sys
from pathlib import Path
from estimator.network.engines import open_engine

def used_mib():
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.check_output(query).split()[0])

before = used_mib()
engine = open_engine(Path(sys.argv[1]), device="cuda")
print(used_mib() - before)
"""


@pytest.fixture(scope="module")
def built_in(tmp_path_factory):
    return Zoo(tmp_path_factory.mktemp("none")).path("poseweb")


@pytest.fixture(scope="module")
def engine(built_in):
    return open_engine(built_in, device="cuda")


def noise(batch, height, width):
    return np.random.default_rng(3).uniform(0, 255, (batch, 3, height, width)).astype(np.float32)


def test_the_gpu_is_used(engine):
    verify_device(engine, "cuda")
    assert engine.device == "cuda"


def test_the_process_holds_memory_of_the_card(built_in):
    """What nvidia-smi sees, not what ONNX Runtime says of itself."""
    done = subprocess.run([sys.executable, "-c", LOAD, built_in], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) > 50  # MiB; a CUDA context alone takes more


def test_maps_of_any_size_in_any_order_are_the_cpus(built_in, engine):
    cpu = open_engine(built_in)
    for shape in [(1, 128, 96), (2, 256, 320), (1, 64, 64), (1, 256, 320), (1, 128, 96)]:
        blob = noise(*shape)
        for ours, theirs in zip(cpu.forward(blob, OUTPUTS), engine.forward(blob, OUTPUTS), strict=True):
            assert np.abs(theirs - ours).max() < 1e-3


def test_a_batch_is_its_pictures(engine):
    batch = noise(8, 128, 160)
    together = engine.forward(batch, OUTPUTS)
    for index in range(len(batch)):
        alone = engine.forward(batch[index : index + 1], OUTPUTS)
        for many, one in zip(together, alone, strict=True):
            assert np.abs(many[index] - one[0]).max() < 1e-3


@pytest.mark.parametrize("photo", ["p2.jpg", "p3.jpg", "golf.jpg"])
def test_photos_have_the_same_poses(zoo, zoo_estimator, test_data, photo):
    image = read_image((test_data / "media" / photo).read_bytes())
    on_gpu = PoseEstimator.load(zoo, zoo.default.name, device="cuda")
    expected = zoo_estimator.estimate(image).frame.poses
    assert expected
    match(on_gpu.estimate(image).frame.poses, expected, tolerance=0.5)
