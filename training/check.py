"""How good is a run's network, on canvases of pictures that it never saw; and which thresholds serve it best.

The truth here is the people whom the teacher's maps (with the labels that it missed) decode to, so AP 1 would be the
teacher's equal, not perfection. Judged by COCO's own measure through `estimator.evaluation`.
"""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from estimator import COCO_18, FieldMaps, PoseFrame, Thresholds, decode
from estimator.evaluation import coco_results, judge
from training.compose import SIZE
from training.dataset import Shards
from training.targets import BACKGROUND, HEATMAPS, STRIDE
from training.train import Run

GRID = {
    "keypoint_threshold": (0.1, 0.15, 0.2, 0.3),
    "limb_threshold": (0.05, 0.1, 0.2),
    "min_keypoints": (3, 5),
    "min_score": (0.2, 0.3, 0.4, 0.5),
}
# AP hardly minds invented people, users do: of the settings that keep this share of the best AP, the best F1 wins.
AP_TO_KEEP = 0.95
# With fewer keypoints of COCO's 17 it may be a limb that the teacher did not join: neither a person nor an invention.
FEWEST_KEYPOINTS = 5


@dataclass(frozen=True)
class Check:
    """`loss`: of the maps; `ap`: against the teacher's poses, 0..1; `precision`, `recall`: of people, 0..1, a person
    found being right from OKS 0.5; `canvases`: how many were judged; `thresholds`: the best of GRID."""

    loss: float
    ap: float
    precision: float
    recall: float
    canvases: int
    thresholds: Thresholds


def check(run: Run, held_out: Shards, count: int = 256) -> Check:
    """Judge the run's averaged network on the first `count` canvases, with the best thresholds of GRID."""
    count = min(count, len(held_out))
    truth = coco_truth([frame(held_out[i][1], Thresholds()) for i in range(count)])
    answers = list(answer(run, held_out, count))
    tried = [Thresholds(**dict(zip(GRID, values, strict=True))) for values in itertools.product(*GRID.values())]
    verdicts = [(thresholds, *_verdict(truth, answers, thresholds)) for thresholds in tried]
    best = max(ap for _, ap, *_ in verdicts)
    good = [verdict for verdict in verdicts if verdict[1] >= AP_TO_KEEP * best]
    thresholds, ap, precision, recall = max(good, key=lambda v: 2 * v[2] * v[3] / max(1e-9, v[2] + v[3]))
    return Check(run.judge(held_out), ap, precision, recall, count, thresholds)


@torch.no_grad()
def answer(run: Run, held_out: Shards, count: int) -> Iterable[np.ndarray]:
    """The averaged network's last maps (57, 32, 32) float32 of each canvas."""
    for i in range(count):
        image = torch.from_numpy(held_out[i][0].copy()).to(run.device)
        yield torch.cat(run.average(image.permute(2, 0, 1)[None].float())[-1], dim=1)[0].cpu().numpy()


def frame(maps: np.ndarray, thresholds: Thresholds) -> PoseFrame:
    """Everyone in maps (57, 32, 32)."""
    maps = maps.astype(np.float32)
    fields = FieldMaps(COCO_18, maps[:BACKGROUND], maps[HEATMAPS:], STRIDE)
    return PoseFrame(COCO_18, SIZE, SIZE, decode(fields, thresholds))


def coco_truth(frames: Sequence[PoseFrame]) -> COCO:
    """Poses, as if somebody had annotated them for COCO; a frame's place in the list is its picture's id."""
    rows = map(_annotation, coco_rows(frames))
    truth = COCO()
    truth.dataset = {
        "images": [{"id": i, "width": frame.width, "height": frame.height} for i, frame in enumerate(frames)],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": [{"id": number, **row} for number, row in enumerate(rows, start=1)],
    }
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
        truth.createIndex()
    return truth


def coco_rows(frames: Iterable[PoseFrame]) -> list[dict[str, Any]]:
    """Poses, as answers about the pictures of `coco_truth`."""
    return [row for i, frame in enumerate(frames) for row in coco_results(frame, i)]


def _annotation(row: dict[str, Any]) -> dict[str, Any]:
    keypoints = np.reshape(row["keypoints"], (-1, 3))
    found = keypoints[:, 2] > 0
    keypoints[:, 2] = 2 * found  # labelled and visible
    left, top = keypoints[found, :2].min(axis=0)
    width, height = np.ptp(keypoints[found, :2], axis=0)
    return {
        **row,
        "keypoints": keypoints.ravel().tolist(),
        "num_keypoints": int(found.sum()),
        "iscrowd": int(found.sum() < FEWEST_KEYPOINTS),  # found or not, it does not count
        "bbox": [left, top, width, height],
        "area": 0.6 * max(1.0, width * height),  # a person fills about so much of a box in COCO
    }


def _verdict(truth: COCO, answers: Sequence[np.ndarray], thresholds: Thresholds) -> tuple[float, float, float]:
    """AP, precision and recall of what the maps decode to."""
    rows = coco_rows(frame(maps, thresholds) for maps in answers)
    if not rows:
        return 0.0, 0.0, 0.0
    with contextlib.redirect_stdout(io.StringIO()):
        verdict = COCOeval(truth, truth.loadRes(rows), "keypoints")
        verdict.evaluate()
    of_all_sizes = [image for image in verdict.evalImgs[: len(answers)] if image]
    counted = [image["dtMatches"][0][~image["dtIgnore"][0]] > 0 for image in of_all_sizes]
    hits, found = sum(int(hit.sum()) for hit in counted), sum(map(len, counted))
    people = sum(not person["iscrowd"] for person in truth.anns.values())
    ap, *_ = judge(truth, rows, resamples=1)
    return ap, hits / max(1, found), hits / max(1, people)
