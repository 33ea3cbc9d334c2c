"""Which network is best on held-out pictures as they come, at the size in use; the people whom the teacher finds count.

check.py judges a run on composed canvases, of the kind that it learned from. Pictures are what it is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from estimator import PoseEstimator, PoseFrame
from estimator.evaluation import judge
from estimator.images import read_image
from estimator.network.engines import open_engine
from training.check import coco_rows, coco_truth
from training.pictures import Picture

MOST = 80  # pictures of each role


@dataclass(frozen=True)
class Comparison:
    """`ap`: against the teacher's people, 0..1; `ap_low`, `ap_high`: its bootstrap 95 % interval over `pictures`;
    `people`: how many the teacher found there, with those of too few keypoints to count (check.py)."""

    file: str
    ap: float
    ap_low: float
    ap_high: float
    pictures: int
    people: int


def compare(files: Sequence[Path], teacher: Path, held_out: Sequence[Picture]) -> Iterator[Comparison]:
    """Judge ONNX networks that describe themselves, each with its own thresholds, on the CPU."""
    images = [read_image(picture.path.read_bytes()) for picture in with_people(held_out)]
    truth = coco_truth(_frames(teacher, images))
    for file in files:
        ap, _, _, low, high = judge(truth, coco_rows(_frames(file, images)))
        yield Comparison(str(file), ap, low, high, len(images), len(truth.anns))


def with_people(pictures: Sequence[Picture]) -> list[Picture]:
    """At most MOST of the pictures of a person, and as many of the scenes, from all over their lists."""
    roles = ([picture for picture in pictures if picture.role == role] for role in ("person", "scene"))
    return [some[i] for some in roles for i in np.linspace(0, len(some) - 1, min(len(some), MOST)).astype(int)]


def _frames(file: Path, images: Sequence[np.ndarray]) -> list[PoseFrame]:
    estimator = PoseEstimator(open_engine(file))
    return [estimator.estimate(image).frame for image in tqdm(images, desc=file.name, unit="picture")]
