"""The engine of the OpenPose tutorials: `cv2.dnn`, of OpenCV 4 and 5."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from estimator.errors import NetworkError
from estimator.network.engine import network_from_metadata, unreadable
from estimator.network.onnx_build import INPUT


class OpenCvEngine:
    """One network in one `cv2.dnn.Net`.

    Args:
        file: a self-describing ONNX file.
        threads: of OpenCV, for everything it does in this process; 0 leaves them as they are.
        device: "cpu"; the OpenCV of PyPI knows no other.

    Raises:
        NetworkError: the file is missing, corrupt or no pose network, or another device was asked for.
    """

    name = "opencv"
    device = "cpu"

    def __init__(self, file: Path, threads: int = 0, device: str = "cpu") -> None:
        if device != self.device:
            raise NetworkError(
                f"The engine opencv runs on the CPU only, not on {device}. Choose the engine onnxruntime for a GPU.",
                "device_unavailable",
            )
        if threads:
            cv2.setNumThreads(threads)
        try:
            data = file.read_bytes()
            metadata = {entry.key: entry.value for entry in onnx.load_model_from_string(data).metadata_props}
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
        except (OSError, DecodeError, cv2.error) as error:
            raise unreadable(file, error) from error
        self.network = network_from_metadata(metadata, hashlib.sha256(data).hexdigest())
        self._outputs = self._net.getUnconnectedOutLayersNames()

    def forward(self, blob: NDArray[np.float32], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `Engine.forward`."""
        self._net.setInput(blob, INPUT)
        # All of them: OpenCV 5 fails when asked for fewer outputs than the network has.
        maps = dict(zip(self._outputs, self._net.forward(self._outputs), strict=True))
        return [np.asarray(maps[output], np.float32) for output in outputs]
