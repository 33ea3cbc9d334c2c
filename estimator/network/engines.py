"""Which engine runs a network, chosen by name and device, and the proof that it does run there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from estimator.errors import NetworkError
from estimator.network.engine import Engine, output_names
from estimator.network.onnxruntime import OnnxRuntimeEngine
from estimator.network.opencv import OpenCvEngine

ENGINES: Mapping[str, Callable[[Path, int, str], Engine]] = MappingProxyType(
    {OnnxRuntimeEngine.name: OnnxRuntimeEngine, OpenCvEngine.name: OpenCvEngine}
)
DEVICES = ("cpu", "cuda")


def open_engine(file: Path, name: str = "onnxruntime", device: str = "cpu", threads: int = 0) -> Engine:
    """Load a network.

    Args:
        file: a self-describing ONNX file.
        name: "onnxruntime" or "opencv".
        device: "cpu" or "cuda", an NVIDIA GPU.
        threads: for one forward pass; 0 takes every core.

    Raises:
        NetworkError: there is no such engine, it cannot use that device, or the file is missing, corrupt or no pose
            network.
    """
    if name not in ENGINES:
        raise NetworkError(f"There is no engine {name!r}; there are: {', '.join(ENGINES)}.", "unknown_engine")
    return ENGINES[name](file, threads, device)


def verify_device(engine: Engine, device: str) -> None:
    """Run one real forward pass of a small black picture on the device, as a worker does before it takes jobs.

    Raises:
        NetworkError: the engine runs elsewhere, the pass fails, or what comes out are no maps.
    """
    network = engine.network
    side = 4 * max(network.blob_format.multiple, network.stride)
    try:
        maps = engine.forward(np.zeros((1, 3, side, side), np.float32), output_names(network.stages, network.stages))
    except Exception as error:  # every engine raises a family of its own
        raise NetworkError(_broken(engine, device, type(error).__name__), "device_unavailable") from error
    cells = side // network.stride
    if engine.device != device:
        raise NetworkError(_broken(engine, device, f"it runs on {engine.device}"), "device_unavailable")
    if not all(of.shape[2:] == (cells, cells) and np.isfinite(of).all() for of in maps):
        raise NetworkError(_broken(engine, device, "its maps are wrong"), "device_unavailable")


def _broken(engine: Engine, device: str, reason: str) -> str:
    return (
        f"The engine {engine.name} cannot run {engine.network.name} on the device {device} ({reason}). "
        "Choose another device or engine, or mend the device's driver."
    )
