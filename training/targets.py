"""Targets: the teacher's maps, and where it missed a keypoint that somebody labelled, what `estimator.encoding` draws.

One array holds both kinds of maps: 19 confidence maps (the background last), then 38 PAF channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from estimator import COCO_18, Pose, encode
from training.compose import SIZE
from training.teacher import Teacher

STRIDE = 8
CELLS = SIZE // STRIDE
BACKGROUND = len(COCO_18.keypoints)
HEATMAPS = BACKGROUND + 1
PAFS = 2 * len(COCO_18.limbs)
CHANNELS = HEATMAPS + PAFS

# The teacher has found a keypoint where its map is at least this high within this many cells of the label.
FOUND, NEAR = 0.2, 3

_LIMBS = sorted(COCO_18.limbs, key=lambda limb: limb.x_channel)  # each one's two channels follow the last one's
_STARTS, _ENDS = [limb.start for limb in _LIMBS], [limb.end for limb in _LIMBS]


class Labels(NamedTuple):
    """The labelled people of a batch of canvases.

    `canvas` (P,) int64: on which one each stands; `keypoints` (P, 18, 3) float32: x, y, flag in its pixels; `drawn`
    (P, 57, 32, 32) float16: the maps of each alone, the background left empty.
    """

    canvas: Tensor
    keypoints: Tensor
    drawn: Tensor

    @classmethod
    def of(cls, people: Sequence[Sequence[np.ndarray]]) -> Labels:
        """From the people of each canvas, (18, 3) x, y, flag each."""
        everyone = [keypoints for standing in people for keypoints in standing]
        keypoints = np.stack(everyone) if everyone else np.zeros((0, BACKGROUND, 3))
        drawn = np.zeros((len(everyone), CHANNELS, CELLS, CELLS), np.float16)
        for maps, person in zip(drawn, everyone, strict=True):
            alone = encode([Pose(COCO_18, person)], COCO_18, CELLS, CELLS, stride=STRIDE)
            maps[:BACKGROUND], maps[HEATMAPS:] = alone.confidence_maps, alone.pafs
        canvas = np.repeat(np.arange(len(people)), [len(standing) for standing in people])
        return cls(torch.from_numpy(canvas), torch.from_numpy(keypoints.astype(np.float32)), torch.from_numpy(drawn))

    def to(self, device: torch.device) -> Labels:
        return Labels(*(part.to(device, non_blocking=True) for part in self))


def targets(teacher: Teacher, images: Tensor, labels: Labels) -> Tensor:
    """What the student shall answer to canvases (B, 256, 256, 3) uint8 BGR: (B, 57, 32, 32) float16, on their
    device."""
    maps = torch.cat(teacher.answer(images), dim=1)
    return fill_in(maps, labels.to(images.device)).half()


def fill_in(maps: Tensor, labels: Labels) -> Tensor:
    """The teacher's maps (B, 57, 32, 32) float32 with the keypoints and limbs that it missed."""
    missed = _missed(maps, labels)
    bells, vectors = labels.drawn.float().split([HEATMAPS, PAFS], dim=1)
    unseen = ~functional.pad(missed, (0, 1))  # nobody labels the background
    highest = _highest(bells.masked_fill(unseen[..., None, None], -torch.inf), labels.canvas, len(maps))
    heatmaps, pafs = maps.split([HEATMAPS, PAFS], dim=1)
    heatmaps = heatmaps.maximum(highest)
    heatmaps[:, BACKGROUND] = heatmaps[:, BACKGROUND].minimum(1 - highest.amax(dim=1))
    limbs = missed[:, _STARTS] | missed[:, _ENDS]
    drawn = _mean_vector(vectors.unflatten(1, (-1, 2)) * limbs[..., None, None, None], labels.canvas, len(maps))
    seen = pafs.unflatten(1, (-1, 2))
    longer = drawn.norm(dim=2, keepdim=True) > seen.norm(dim=2, keepdim=True)
    return torch.cat([heatmaps, torch.where(longer, drawn, seen).flatten(1, 2)], dim=1)


def _missed(maps: Tensor, labels: Labels) -> Tensor:
    """(P, 18) bool: labelled, and the teacher does not see it about there."""
    about = functional.max_pool2d(maps[:, :BACKGROUND], 2 * NEAR + 1, stride=1, padding=NEAR)
    column, row = ((labels.keypoints[..., :2] + 0.5) // STRIDE).long().clamp(0, CELLS - 1).unbind(-1)
    channel = torch.arange(BACKGROUND, device=maps.device)
    return (labels.keypoints[..., 2] > 0) & (about[labels.canvas[:, None], channel, row, column] < FOUND)


def _highest(bells: Tensor, canvas: Tensor, count: int) -> Tensor:
    """Everyone's bells (P, C, h, w) on their canvases: (B, C, h, w), -inf where there are none."""
    where = canvas[:, None, None, None].expand_as(bells)
    return bells.new_full((count, *bells.shape[1:]), -torch.inf).scatter_reduce(0, where, bells, "amax")


def _mean_vector(vectors: Tensor, canvas: Tensor, count: int) -> Tensor:
    """Everyone's vectors (P, L, 2, h, w) on their canvases: (B, L, 2, h, w), the mean where limbs overlap."""
    there = vectors.any(dim=2, keepdim=True).to(vectors)
    total, people = (part.new_zeros(count, *part.shape[1:]).index_add(0, canvas, part) for part in (vectors, there))
    return total / people.clamp(min=1)
