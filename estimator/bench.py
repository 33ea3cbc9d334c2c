"""What it costs: every figure a ratio of things measured side by side, in one process, in turns.

A machine shared with other work is slow at random moments; variants that take turns meet the same moments, and their
medians can be compared. Absolute milliseconds are for orientation.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from estimator.decoding import decode
from estimator.encoding import encode
from estimator.estimator import PoseEstimator
from estimator.formats import to_openpose
from estimator.images import Picture, read_image, shrink, write_image
from estimator.maps import FieldMaps
from estimator.network.engine import Engine, output_names
from estimator.options import Thresholds
from estimator.pose import Floats, Pose
from estimator.preprocess import make_blob
from estimator.rendering import draw_poses
from estimator.skeleton import COCO_18

Variants = Mapping[str, Callable[[], object]]
Progress = Callable[[Iterable[int]], Iterable[int]]

SETTLE_SECONDS = 0.03  # an engine's threads spin for a while after their work, on the cores of whoever is next
UPSAMPLING = 4  # as lightweight-human-pose-estimation and most decoders in Python do first

# Someone standing, 100 units wide and 300 high, in the order of COCO-18.
_STANDING = np.array(
    [(50, 20), (50, 60), (25, 62), (12, 110), (8, 155), (75, 62), (88, 110), (92, 155), (36, 160), (34, 225),
     (33, 290), (64, 160), (66, 225), (67, 290), (43, 12), (57, 12), (34, 17), (66, 17)],
    dtype=np.float32,
)  # fmt: skip


@dataclass(frozen=True)
class Medians:
    """Median milliseconds of each variant of one race."""

    ms: Mapping[str, float]

    def ratio(self, one: str, other: str) -> float:
        """How many times as long `one` takes as `other`."""
        return self.ms[one] / self.ms[other]


def race(variants: Variants, rounds: int, progress: Progress = iter) -> Medians:
    """Run variants in turns, each once a round, after one round that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for number in progress(range(rounds + 1)):
        for name, run in variants.items():
            time.sleep(SETTLE_SECONDS)
            started = time.perf_counter()
            run()
            if number:
                taken[name].append((time.perf_counter() - started) * 1e3)
    return Medians({name: float(np.median(values)) for name, values in taken.items()})


def forwards(engines: Mapping[str, Engine], estimator: PoseEstimator, picture: Picture) -> Variants:
    """The last stage's maps of one picture, by each engine, each from a blob of its network's own."""
    blobs = {
        name: make_blob(picture, estimator.options.net_resolution, engine.network.blob_format).array
        for name, engine in engines.items()
    }

    def forward(name: str) -> Callable[[], object]:
        engine = engines[name]
        return lambda: engine.forward(blobs[name], output_names(engine.network.stages, engine.network.stages))

    return {name: forward(name) for name in engines}


def decodes(maps: FieldMaps) -> Variants:
    """Maps to poses: as we do, and after upsampling every map first."""
    thresholds = Thresholds()
    return {"ours": lambda: decode(maps, thresholds), "upsampled": lambda: decode(upsampled(maps), thresholds)}


def end_to_end(estimator: PoseEstimator, jpeg: bytes) -> Variants:
    """A JPEG in; annotated JPEG, thumbnail and JSON out; against the forward pass alone."""
    blob = make_blob(read_image(jpeg), estimator.options.net_resolution, estimator.network.blob_format)
    last = output_names(estimator.network.stages, estimator.network.stages)

    def whole() -> object:
        image = read_image(jpeg)
        frame = estimator.estimate(image).frame
        drawn = draw_poses(image, frame)
        return write_image(drawn), write_image(shrink(drawn, 480), quality=80), to_openpose(frame)

    return {"whole": whole, "forward": lambda: estimator.engine.forward(blob.array, last)}


def upsampled(maps: FieldMaps) -> FieldMaps:
    """All maps UPSAMPLING times as large, by cubic interpolation: what `decode` makes unnecessary."""
    stride = maps.stride // UPSAMPLING
    return FieldMaps(maps.skeleton, _enlarged(maps.confidence_maps), _enlarged(maps.pafs), stride, maps.stage)


def _enlarged(maps: Floats) -> Floats:
    large = cv2.resize(np.moveaxis(maps, 0, 2), None, fx=UPSAMPLING, fy=UPSAMPLING, interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(np.moveaxis(large, 2, 0), dtype=np.float32)


def crowd_maps(people: int, height: int) -> FieldMaps:
    """The maps of so many people standing side by side, in rows of ten, in a picture of that height and 16:9."""
    rows, columns = height // 8, round(height / 9 * 16 / 8)
    slot, margin = columns * 8 / 11, 16  # pixels; keypoints at the border are another matter
    lines = max(1, -(-people // 10))
    line = (height - 2 * margin) / lines
    scale = 0.9 * min(line / 300, slot / 100)
    places = [(margin + slot * (i % 10), margin + line * (i // 10)) for i in range(people)]
    return encode([_standing(x, y, scale) for x, y in places], COCO_18, rows, columns)


def _standing(x: float, y: float, scale: float) -> Pose:
    points = _STANDING * np.float32(scale) + np.array([x, y], np.float32)
    return Pose(COCO_18, np.column_stack([points, np.ones(len(points), np.float32)]))


def peak_rss_mb() -> float:
    """Most memory this process ever held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
