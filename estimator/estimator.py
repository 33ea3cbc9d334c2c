"""PoseEstimator: picture → blob → network → maps → poses → back to the picture's pixels."""

import time
from dataclasses import dataclass, field

import numpy as np

from estimator.decoding import decode, decode_single
from estimator.images import Picture
from estimator.maps import FieldMaps
from estimator.network.engine import Engine, Network, output_names
from estimator.network.onnxruntime import OnnxRuntimeEngine
from estimator.network.zoo import Zoo
from estimator.pose import Pose, PoseFrame
from estimator.preprocess import Blob, NetResolution, make_blob


@dataclass(frozen=True)
class Options:
    """How a picture is estimated.

    Attributes:
        net_resolution: size at which the network looks, "-1x368" = shorter side 368.
        single: the single-person way, for pictures with one person.
    """

    net_resolution: NetResolution = field(default_factory=lambda: NetResolution(-1, 368))
    single: bool = False


@dataclass(frozen=True)
class Estimate:
    """The answer, and what it cost.

    Attributes:
        frame: everyone found, in pixels of the picture given.
        ms_network: milliseconds of the forward pass.
        ms_decode: milliseconds from maps to poses.
    """

    frame: PoseFrame
    ms_network: float
    ms_decode: float


class PoseEstimator:
    """Finds the poses in pictures with one network."""

    def __init__(self, engine: Engine, options: Options | None = None) -> None:
        self.engine = engine
        self.options = options or Options()

    @classmethod
    def load(cls, zoo: Zoo, name: str, options: Options | None = None, threads: int = 0) -> "PoseEstimator":
        """With an installed network of the zoo; `threads` for one forward pass, 0 takes every core.

        Raises:
            NetworkError: unknown, not installed or corrupt; the sentence says which command mends it.
        """
        return cls(OnnxRuntimeEngine(zoo.path(name), threads), options)

    @property
    def network(self) -> Network:
        """The network in use."""
        return self.engine.network

    def maps(self, image: Picture, stage: int | None = None) -> tuple[FieldMaps, Blob]:
        """The maps of one stage (1-based; the last by default), and the blob they were made from."""
        stage = stage or self.network.stages
        blob = make_blob(image, self.options.net_resolution, self.network.blob_format)
        heatmaps, pafs = self.engine.forward(blob.array, output_names(stage, self.network.stages))
        keypoints = len(self.network.skeleton.keypoints)  # what follows is the background map
        return FieldMaps(self.network.skeleton, heatmaps[0, :keypoints], pafs[0], self.network.stride, stage), blob

    def estimate(self, image: Picture) -> Estimate:
        """Everyone in an upright (H, W, 3) uint8 RGB picture."""
        started = time.perf_counter()
        maps, blob = self.maps(image)
        network_done = time.perf_counter()
        way = decode_single if self.options.single else decode
        poses = way(maps, self.network.thresholds)
        decoded = time.perf_counter()
        height, width = image.shape[:2]
        placed = tuple(_place(pose, blob, width, height) for pose in poses)
        frame = PoseFrame(self.network.skeleton, width, height, placed)
        return Estimate(frame, (network_done - started) * 1e3, (decoded - network_done) * 1e3)


def _place(pose: Pose, blob: Blob, width: int, height: int) -> Pose:
    """A pose in network pixels → in picture pixels, kept inside the picture."""
    points = np.clip(blob.to_picture(pose.keypoints[:, :2]), 0, (width - 1, height - 1))
    points = np.where(pose.found[:, None], points, 0)
    return Pose(pose.skeleton, np.column_stack([points, pose.keypoints[:, 2]]), pose.score)
