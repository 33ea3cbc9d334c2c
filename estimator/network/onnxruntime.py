"""The engine: ONNX Runtime."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from estimator.errors import NetworkError
from estimator.network.engine import network_from_metadata


class OnnxRuntimeEngine:
    """One network in one ONNX Runtime session.

    Args:
        file: a self-describing ONNX file.
        threads: for one forward pass; 0 takes every core.

    Raises:
        NetworkError: the file is missing, corrupt or no pose network.
    """

    name = "onnxruntime"
    device = "cpu"

    def __init__(self, file: Path, threads: int = 0) -> None:
        try:
            data = file.read_bytes()
            self._session = ort.InferenceSession(data, _session_options(threads), ["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises a family of its own without a common public base
            raise NetworkError(
                f"The network file {file.name} cannot be loaded ({type(error).__name__}). Install it again with "
                f"`python -m estimator models install {file.stem}`."
            ) from error
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.network = network_from_metadata(metadata, hashlib.sha256(data).hexdigest())

    def forward(self, blob: NDArray[np.float32], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `Engine.forward`."""
        return list(self._session.run(list(outputs), {"image": blob}))


def _session_options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Photos come in every shape; the arena would keep the largest block of each for ever.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return options
