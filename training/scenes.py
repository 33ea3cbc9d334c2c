"""Backgrounds that show people after all: to find them, the teacher looks at every background once.

Those are people as they come, sitting at home, holding a dog, half in the picture: no composed canvas has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

from training.compose import SIZE, placement, read, warp
from training.pictures import Picture
from training.targets import BACKGROUND
from training.teacher import Teacher

# Somebody is there where so many of the 18 confidence maps rise so high.
KEYPOINTS, SURE = 6, 0.35
AT_ONCE = 8


def mark(pictures: Sequence[Picture], teacher: Path, listed: Path, device: str) -> list[Picture]:
    """The same pictures; backgrounds with somebody on them are scenes.

    The names of those are written to the file `listed`; where it exists, they are only read.
    """
    if not listed.exists():
        listed.parent.mkdir(parents=True, exist_ok=True)
        backgrounds = [picture for picture in pictures if picture.role == "background"]
        listed.write_text("".join(f"{p.path.stem}\n" for p in _with_people(backgrounds, teacher, device)))
    names = set(listed.read_text().splitlines())
    return [replace(p, role="scene") if p.role == "background" and p.path.stem in names else p for p in pictures]


def _with_people(pictures: Sequence[Picture], teacher: Path, device: str) -> Iterator[Picture]:
    network = Teacher.load(teacher, device)
    for first in tqdm(range(0, len(pictures), AT_ONCE), desc="who is on them"):
        some = pictures[first : first + AT_ONCE]
        images = torch.from_numpy(np.stack([_fitted(read(picture)) for picture in some])).to(device)
        heatmaps, _ = network.answer(images)
        sure = heatmaps[:, :BACKGROUND].amax(dim=(2, 3)) >= SURE
        yield from (picture for picture, keypoints in zip(some, sure.sum(dim=1), strict=True) if keypoints >= KEYPOINTS)


def _fitted(image: np.ndarray) -> np.ndarray:
    """The whole picture on a canvas."""
    height, width = image.shape[:2]
    middle = np.full(2, SIZE / 2)
    matrix = placement((width, height), SIZE / max(height, width), degrees=0, centre=middle, flip=False)
    return warp(image, matrix, cv2.BORDER_CONSTANT)
