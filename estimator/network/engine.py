"""What every engine can do, and what a network says about itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from estimator.errors import NetworkError
from estimator.options import Thresholds
from estimator.preprocess import BlobFormat
from estimator.skeleton import SKELETONS, Skeleton


@dataclass(frozen=True)
class Network:
    """A network with weights, as its ONNX metadata describes it: nothing is guessed from channel counts.

    Attributes:
        name: as in the zoo.
        skeleton: of its maps.
        blob_format: how it takes a picture.
        stride: input pixels a map cell.
        stages: how many the last of which is the answer; earlier ones are the outputs `*_stage1`, ….
        thresholds: the network's own, where it has some.
        sha256: of the ONNX file.
    """

    name: str
    skeleton: Skeleton
    blob_format: BlobFormat
    stride: int
    stages: int
    thresholds: Thresholds
    sha256: str = ""


class Engine(Protocol):
    """Runs a network's forward pass."""

    @property
    def network(self) -> Network:
        """The network loaded."""

    @property
    def name(self) -> str:
        """Which engine, one of `engines.ENGINES`."""

    @property
    def device(self) -> str:
        """Where it really runs: "cpu" or "cuda"."""

    def forward(self, blob: NDArray[np.float32], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """(N, 3, H, W) float32 → the outputs named, each (N, C, H / stride, W / stride) float32."""


def network_from_metadata(metadata: Mapping[str, str], sha256: str = "") -> Network:
    """Read the metadata_props of an ONNX file.

    Raises:
        NetworkError: a key is missing or its value makes no sense.
    """
    try:
        return Network(
            name=metadata["name"],
            skeleton=SKELETONS[metadata["skeleton"]],
            blob_format=_blob_format(metadata),
            stride=int(metadata["stride"]),
            stages=int(metadata["stages"]),
            thresholds=_thresholds(metadata),
            sha256=sha256,
        )
    except (KeyError, ValueError) as error:
        raise NetworkError(
            f"This ONNX file does not describe itself as a pose network (metadata: {error}). "
            "Install one with `python -m estimator models install NAME`."
        ) from error


def output_names(stage: int, stages: int) -> tuple[str, str]:
    """Names of the confidence map and PAF outputs of a 1-based stage."""
    suffix = "" if stage == stages else f"_stage{stage}"
    return f"heatmaps{suffix}", f"pafs{suffix}"


def unreadable(file: Path, error: Exception) -> NetworkError:
    """What to raise when an engine cannot load a file."""
    return NetworkError(
        f"The network file {file.name} cannot be loaded ({type(error).__name__}). Install it again with "
        f"`python -m estimator models install {file.stem}`."
    )


def _blob_format(metadata: Mapping[str, str]) -> BlobFormat:
    if metadata["color"] not in ("BGR", "RGB"):
        raise ValueError(f"color {metadata['color']!r}")
    blue, green, red = (float(value) for value in metadata["mean"].split(","))
    return BlobFormat(
        color=metadata["color"],
        mean=(blue, green, red),
        scale=float(metadata["scale"]),
        multiple=int(metadata["multiple"]),
    )


def _thresholds(metadata: Mapping[str, str]) -> Thresholds:
    usual = Thresholds()
    return Thresholds(
        keypoint_threshold=float(metadata.get("keypoint_threshold", usual.keypoint_threshold)),
        limb_threshold=float(metadata.get("limb_threshold", usual.limb_threshold)),
        min_keypoints=int(metadata.get("min_keypoints", usual.min_keypoints)),
        min_score=float(metadata.get("min_score", usual.min_score)),
    )
