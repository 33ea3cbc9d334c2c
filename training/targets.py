"""Targets: the teacher's maps, and where it missed a keypoint that somebody labelled, what `estimator.encoding` draws.

One array holds both kinds of maps: 19 confidence maps (the background last), then 38 PAF channels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from estimator import COCO_18, Pose, encode

STRIDE = 8
BACKGROUND = len(COCO_18.keypoints)
HEATMAPS = BACKGROUND + 1
PAFS = 2 * len(COCO_18.limbs)
CHANNELS = HEATMAPS + PAFS
FEATURES = 128  # channels of what the teacher sees

# The teacher has found a keypoint where its map is at least this high within this many cells of the label.
FOUND, NEAR = 0.2, 3


def fill_in(maps: np.ndarray, people: Sequence[np.ndarray]) -> np.ndarray:
    """The teacher's maps (57, H, W) with the keypoints and limbs that it missed; `people`: (18, 3) x, y, flag each."""
    maps = maps.copy()
    for keypoints in people:
        missed = (keypoints[:, 2] > 0) & ~_found(maps, keypoints)
        drawn = encode([Pose(COCO_18, keypoints)], COCO_18, *maps.shape[1:], stride=STRIDE)
        bells = drawn.confidence_maps[missed]
        maps[:BACKGROUND][missed] = np.maximum(maps[:BACKGROUND][missed], bells)
        maps[BACKGROUND] = np.minimum(maps[BACKGROUND], 1 - bells.max(axis=0, initial=0))
        for limb in COCO_18.limbs:
            if missed[limb.start] or missed[limb.end]:
                _stronger(maps[HEATMAPS + limb.x_channel :][:2], drawn.pafs[limb.x_channel :][:2])
    return maps


def _found(maps: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
    """(18,) bool: the teacher sees this keypoint, about where the label is."""
    columns, rows = ((keypoints[:, :2] + 0.5) // STRIDE).astype(int).T
    windows = (
        maps[channel, max(0, row - NEAR) : row + NEAR + 1, max(0, column - NEAR) : column + NEAR + 1]
        for channel, (row, column) in enumerate(zip(rows, columns, strict=True))
    )
    return np.array([window.max(initial=0) >= FOUND for window in windows])


def _stronger(field: np.ndarray, drawn: np.ndarray) -> None:
    """Put the drawn vectors (2, H, W) into the field where they are longer."""
    longer = np.hypot(*drawn) > np.hypot(*field)
    field[:, longer] = drawn[:, longer]
