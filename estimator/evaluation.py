"""COCO keypoint accuracy: AP and AR over object keypoint similarity, by pycocotools.

pycocotools is a development dependency: only those who measure need it.
"""

import contextlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from estimator.estimator import PoseEstimator
from estimator.formats import to_coco_17
from estimator.images import read_image
from estimator.pose import PoseFrame

Progress = Callable[[Iterable[int]], Iterable[int]]


@dataclass(frozen=True)
class Accuracy:
    """COCO keypoint accuracy over a set of pictures.

    Attributes:
        ap, ap50, ar: 0..1, as COCO defines them (OKS 0.50:0.95, all areas, 20 detections a picture).
        ap_low, ap_high: bootstrap 95 % interval of ap over pictures.
        images: how many pictures were judged, people in them or not.
        ms_network, ms_decode: median milliseconds a picture.
    """

    ap: float
    ap50: float
    ar: float
    ap_low: float
    ap_high: float
    images: int
    ms_network: float
    ms_decode: float


def evaluate(
    estimator: PoseEstimator, annotations: Path, images: Path, progress: Progress = iter, resamples: int = 200
) -> Accuracy:
    """Estimate every picture that a COCO annotation file names, and judge the answers.

    Args:
        estimator: whose answers are judged.
        annotations: COCO person keypoint annotations (JSON).
        images: folder of the pictures.
        progress: wraps the picture ids, e.g. in a progress bar.
        resamples: bootstrap resamples for the interval.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
        truth = COCO(str(annotations))
    rows: list[dict[str, Any]] = []
    milliseconds: list[tuple[float, float]] = []
    ids = truth.getImgIds()
    for image_id in progress(ids):
        picture = read_image((images / truth.imgs[image_id]["file_name"]).read_bytes())
        estimate = estimator.estimate(picture)
        rows += coco_results(estimate.frame, image_id)
        milliseconds.append((estimate.ms_network, estimate.ms_decode))
    network, decode = np.median(milliseconds, axis=0).tolist()
    return Accuracy(*judge(truth, rows, resamples), len(ids), round(network, 2), round(decode, 2))


def judge_answers(
    truth: dict[str, Any], answers: Mapping[str, PoseFrame], resamples: int = 200
) -> tuple[float, float, float, float, float]:
    """What `judge` says of answers that were stored, over the pictures that were answered.

    Args:
        truth: COCO person keypoints, as `to_coco` writes them with `subset_17`.
        answers: file name → everyone found in that picture.
        resamples: bootstrap resamples for the interval.
    """
    images = [image for image in truth["images"] if image["file_name"] in answers]
    ids = {image["file_name"]: image["id"] for image in images}
    known = set(ids.values())
    people = [row for row in truth["annotations"] if row["image_id"] in known]
    coco = COCO()
    coco.dataset = {"images": images, "annotations": people, "categories": [{"id": 1, "name": "person"}]}
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
        coco.createIndex()
    rows = [row for name, image_id in ids.items() for row in coco_results(answers[name], image_id)]
    return judge(coco, rows, resamples)


def coco_results(frame: PoseFrame, image_id: int) -> list[dict[str, Any]]:
    """The rows that pycocotools' `loadRes` takes."""
    return [
        {
            "image_id": image_id,
            "category_id": 1,
            "keypoints": to_coco_17(pose).astype(float).ravel().tolist(),
            "score": pose.score,
        }
        for pose in frame.poses
    ]


def judge(truth: COCO, rows: list[dict[str, Any]], resamples: int = 200) -> tuple[float, float, float, float, float]:
    """AP, AP50, AR and the bounds of AP's bootstrap 95 % interval."""
    if not rows:
        return (0.0, 0.0, 0.0, 0.0, 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        verdict = COCOeval(truth, truth.loadRes(rows), "keypoints")
        verdict.params.catIds = [1]
        verdict.evaluate()
        verdict.accumulate()
        verdict.summarize()
        ap, ap50, ar = (float(verdict.stats[i]) for i in (0, 1, 5))
        low, high = _interval(verdict, resamples)
    return ap, ap50, ar, low, high


def _interval(verdict: COCOeval, resamples: int) -> tuple[float, float]:
    """Percentiles 2.5 and 97.5 of AP over pictures drawn with replacement."""
    random = np.random.default_rng(0)
    pictures = len(verdict.params.imgIds)
    per_area = np.array(verdict.evalImgs, dtype=object).reshape(-1, pictures)
    verdict._paramsEval.imgIds = verdict.params.imgIds = list(range(pictures))
    aps = []
    for _ in range(resamples):
        verdict.evalImgs = per_area[:, random.integers(0, pictures, pictures)].ravel().tolist()
        verdict.accumulate()
        precision = verdict.eval["precision"][:, :, 0, 0, 0]
        aps.append(precision[precision > -1].mean() if (precision > -1).any() else 0.0)
    low, high = np.percentile(aps, [2.5, 97.5])
    return float(low), float(high)
