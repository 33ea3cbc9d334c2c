"""Batches for the training loop, each a function of seed and step alone: a resume needs no generator's state."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from training.augment import augment
from training.targets import BACKGROUND, FOUND

EMPTY_SHARE = 0.2


class Shards:
    """The labelled canvases of one folder, left on disk.

    `shards[i]` is (image (256, 256, 3) uint8, maps (57, 32, 32) float16).
    """

    def __init__(self, folder: Path) -> None:
        images = sorted(folder.glob("*.images.npy"))
        if not images:
            raise FileNotFoundError(f"{folder} holds no labelled canvases: run `python -m training label` first")
        self.parts = [[_opened(path, kind) for kind in ("images", "maps")] for path in images]
        self.ends = np.cumsum([len(images) for images, _ in self.parts])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        shard = int(np.searchsorted(self.ends, index, side="right"))
        within = index - int(self.ends[shard])  # negative: counted from the shard's end
        image, maps = (part[within] for part in self.parts[shard])
        return image, maps

    def peaks(self) -> np.ndarray:
        """(N,) float16: the highest confidence of each canvas; near 0 where the teacher sees nobody."""
        return np.concatenate([maps[:, :BACKGROUND].max(axis=(1, 2, 3)) for _, maps in self.parts])


def _opened(path: Path, kind: str) -> np.ndarray:
    return np.load(path.with_name(path.name.replace(".images.", f".{kind}.")), mmap_mode="r")


Batch = tuple[Tensor, Tensor]
Made = TypeVar("Made")


class Batches(Dataset[Batch]):
    """`batches[step]` is images (B, 3, side, side) uint8 and, as in the shards, maps (B, 57, side / 8, side / 8).

    A canvas on which the teacher sees nobody has little to tell: it comes a fifth as often as another.
    """

    def __init__(self, shards: Shards, size: int, side: int, seed: int) -> None:
        self.shards, self.size, self.side, self.seed = shards, size, side, seed
        chances = np.where(shards.peaks() >= FOUND, 1.0, EMPTY_SHARE)
        self.ends = np.cumsum(chances)

    def __getitem__(self, step: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self.seed, step])
        chosen = np.searchsorted(self.ends, rng.uniform(0, self.ends[-1], self.size), side="right")
        looks = [augment(*self.shards[i], rng, self.side) for i in chosen]
        images, maps = (torch.from_numpy(np.stack(part)) for part in zip(*looks, strict=True))
        return images.permute(0, 3, 1, 2), maps


def loader(made: Dataset[Made], steps: range, workers: int) -> DataLoader[Made]:
    """What there is for these steps, in order, made ahead by `workers` processes; pinned for a GPU, if there is one."""
    pinned = torch.cuda.is_available()
    return DataLoader(made, batch_size=None, sampler=steps, num_workers=workers, pin_memory=pinned)
