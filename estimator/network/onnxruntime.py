"""The engine: ONNX Runtime, on CPU or NVIDIA GPU."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail, Fail, InvalidGraph, InvalidProtobuf, RuntimeException

from estimator.errors import NetworkError
from estimator.network.engine import network_from_metadata, unreadable
from estimator.network.onnx_build import INPUT

_CUDA = "CUDAExecutionProvider"
_CUDA_OPTIONS = {
    # Photos come in every shape: no search for the fastest convolution, no doubling of memory at each new one.
    "cudnn_conv_algo_search": "HEURISTIC",
    "arena_extend_strategy": "kSameAsRequested",
    # TensorFloat-32 keeps 11 bits: enough to move a keypoint by 3 pixels where two peaks are nearly as high.
    "use_tf32": "0",
}
_PROVIDERS: Mapping[str, list[Any]] = MappingProxyType(
    {"cpu": ["CPUExecutionProvider"], "cuda": [(_CUDA, _CUDA_OPTIONS)]}
)
_FILE_FAULTS = (OSError, InvalidProtobuf, InvalidGraph)
_RUN_FAULTS = (EPFail, Fail, RuntimeException)


class OnnxRuntimeEngine:
    """One network in one ONNX Runtime session.

    Args:
        file: a self-describing ONNX file.
        threads: for one forward pass; 0 takes every core.
        device: "cpu", or "cuda" for an NVIDIA GPU (requirements-gpu.txt).

    Raises:
        NetworkError: the file is missing, corrupt or no pose network, or the GPU cannot be used. A GPU that was
            asked for is never silently replaced by the CPU.
    """

    name = "onnxruntime"

    def __init__(self, file: Path, threads: int = 0, device: str = "cpu") -> None:
        if device not in _PROVIDERS:
            raise NetworkError(f"There is no device {device!r}; there are: {', '.join(_PROVIDERS)}.", "unknown_device")
        if device == "cuda":
            _find_cuda()
        try:
            data = file.read_bytes()
            self._session = ort.InferenceSession(data, _session_options(threads), _PROVIDERS[device], enable_fallback=0)
        except Exception as error:  # ONNX Runtime raises a family of its own without a common public base
            fault = unreadable(file, error) if device == "cpu" or isinstance(error, _FILE_FAULTS) else _no_gpu()
            raise fault from error
        if self.device != device:  # ONNX Runtime goes on without a provider whose libraries or driver are missing
            raise _no_gpu()
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.network = network_from_metadata(metadata, hashlib.sha256(data).hexdigest())

    @property
    def device(self) -> str:
        """Where the session really runs: "cpu" or "cuda"."""
        return "cuda" if self._session.get_providers()[0] == _CUDA else "cpu"

    def forward(self, blob: NDArray[np.float32], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `Engine.forward`.

        Raises:
            NetworkError: (code "device_lost") the GPU stopped working or its memory is full; not the picture's fault.
        """
        try:
            return list(self._session.run(list(outputs), {INPUT: blob}))
        except _RUN_FAULTS as error:
            if self.device == "cpu":
                raise
            raise NetworkError(
                f"The GPU could not run {self.network.name} ({type(error).__name__}): it stopped working, or its "
                "memory is full. See what `nvidia-smi` says and start the worker again.",
                "device_lost",
            ) from error


def _session_options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Photos come in every shape; the arena would keep the largest block of each for ever.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return options


def _find_cuda() -> None:
    """Load CUDA and cuDNN from the packages that requirements-gpu.txt installs; refuse where they are not."""
    if _CUDA not in ort.get_available_providers():
        raise NetworkError(
            "The GPU was asked for, but the ONNX Runtime installed here only knows the CPU. Run `python -m pip "
            "uninstall -y onnxruntime onnxruntime-gpu && python -m pip install -r requirements-gpu.txt`, or choose "
            "the device cpu.",
            "device_unavailable",
        )
    ort.preload_dlls()


def _no_gpu() -> NetworkError:
    return NetworkError(
        "The GPU was asked for, but ONNX Runtime cannot use it: no NVIDIA driver for CUDA 13 or no card is in reach, "
        "or CUDA's libraries are missing. See what `nvidia-smi` says and run `python -m pip install -r "
        "requirements-gpu.txt`, or choose the device cpu.",
        "device_unavailable",
    )
