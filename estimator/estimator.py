"""PoseEstimator: picture → blob → network → maps → poses → back to the picture's pixels."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from estimator.decoding import decode, decode_single
from estimator.images import Picture
from estimator.maps import FieldMaps, average
from estimator.network.engine import Engine, Network, output_names
from estimator.network.engines import open_engine
from estimator.network.zoo import Zoo
from estimator.options import Options
from estimator.pose import Pose, PoseFrame
from estimator.preprocess import Blob, make_blob


@dataclass(frozen=True)
class Estimate:
    """The answer, and what it cost.

    Attributes:
        frame: everyone found, in pixels of the picture given.
        ms_network: milliseconds from picture to maps, all sizes together.
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
    def load(
        cls,
        zoo: Zoo,
        name: str,
        options: Options | None = None,
        *,
        engine: str = "onnxruntime",
        device: str = "cpu",
        threads: int = 0,
    ) -> "PoseEstimator":
        """With an installed network of the zoo.

        Args:
            zoo: that has it.
            name: of the network.
            options: for every estimate.
            engine: "onnxruntime" or "opencv".
            device: "cpu" or "cuda".
            threads: for one forward pass; 0 takes every core.

        Raises:
            NetworkError: unknown, not installed or corrupt, or the engine cannot use the device; the sentence says
                what mends it.
        """
        return cls(open_engine(zoo.path(name), engine, device, threads), options)

    @property
    def network(self) -> Network:
        """The network in use."""
        return self.engine.network

    def maps(self, image: Picture, stage: int | None = None) -> tuple[FieldMaps, Blob]:
        """The maps of one stage (1-based; the last by default), and the blob of the first size.

        Raises:
            ValueError: the network has no such stage.
        """
        stage = self.network.stages if stage is None else stage
        if not 1 <= stage <= self.network.stages:
            raise ValueError(f"{self.network.name} has stages 1 to {self.network.stages}, not {stage}")
        return self._maps([image], stage)[0]

    def _maps(self, images: Sequence[Picture], stage: int) -> list[tuple[FieldMaps, Blob]]:
        """Maps and first blob of each of some pictures of one size: one forward pass for each size looked at."""
        sizes = [self._forward(images, factor, stage) for factor in self.options.factors]
        return [(average([maps for maps, _ in one], _scales(one)), one[0][1]) for one in zip(*sizes, strict=True)]

    def _forward(self, images: Sequence[Picture], factor: float, stage: int) -> list[tuple[FieldMaps, Blob]]:
        network = self.network
        blobs = [make_blob(image, self.options.net_resolution, network.blob_format, factor) for image in images]
        batch = blobs[0].array if len(blobs) == 1 else np.concatenate([blob.array for blob in blobs])
        heatmaps, pafs = self.engine.forward(batch, output_names(stage, network.stages))
        keypoints = len(network.skeleton.keypoints)  # what follows is the background map
        return [
            (FieldMaps(network.skeleton, confidence[:keypoints], fields, network.stride, stage), blob)
            for confidence, fields, blob in zip(heatmaps, pafs, blobs, strict=True)
        ]

    def estimate(self, image: Picture) -> Estimate:
        """Everyone in an upright (H, W, 3) uint8 RGB picture."""
        return self.estimate_batch([image])[0]

    def estimate_batch(self, images: Sequence[Picture]) -> list[Estimate]:
        """Like `estimate` for pictures of one size (the frames of a clip): one forward pass for all of them.

        Raises:
            ValueError: there is no picture, or they differ in size.
        """
        if len({image.shape for image in images}) != 1:
            raise ValueError("a batch needs pictures of one size")
        started = time.perf_counter()
        found = self._maps(images, self.network.stages)
        seconds_each = (time.perf_counter() - started) / len(images)
        return [
            self._decode(maps, blob, image, seconds_each) for (maps, blob), image in zip(found, images, strict=True)
        ]

    def _decode(self, maps: FieldMaps, blob: Blob, image: Picture, seconds_network: float) -> Estimate:
        started = time.perf_counter()
        way = decode_single if self.options.single else decode
        poses = way(maps, self.options.thresholds(self.network.thresholds))
        if self.options.number_people_max > 0:
            poses = poses[: self.options.number_people_max]
        height, width = image.shape[:2]
        placed = tuple(_place(pose, blob, width, height) for pose in poses)
        seconds_decode = time.perf_counter() - started
        frame = PoseFrame(self.network.skeleton, width, height, placed)
        return Estimate(frame, seconds_network * 1e3, seconds_decode * 1e3)


def _scales(sizes: Sequence[tuple[FieldMaps, Blob]]) -> list[tuple[float, float]]:
    """Of each size against the first, in x and y."""
    first = sizes[0][1]
    return [(blob.scale_x / first.scale_x, blob.scale_y / first.scale_y) for _, blob in sizes]


def _place(pose: Pose, blob: Blob, width: int, height: int) -> Pose:
    """A pose in network pixels → in picture pixels, kept inside the picture."""
    points = np.clip(blob.to_picture(pose.keypoints[:, :2]), 0, (width - 1, height - 1))
    points = np.where(pose.found[:, None], points, 0)
    return Pose(pose.skeleton, np.column_stack([points, pose.keypoints[:, 2]]), pose.score)
