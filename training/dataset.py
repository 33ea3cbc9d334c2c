"""Batches for the training loop, each a function of seed and step alone: a resume needs no generator's state."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from training.augment import augment


class Shards:
    """The labelled canvases of one folder, left on disk: `shards[i]` is (image (256, 256, 3), maps (57, 32, 32))."""

    def __init__(self, folder: Path) -> None:
        images = sorted(folder.glob("*.images.npy"))
        if not images:
            raise FileNotFoundError(f"{folder} holds no labelled canvases: run `python -m training label` first")
        self.images = [np.load(path, mmap_mode="r") for path in images]
        maps = (path.with_name(path.name.replace(".images.", ".maps.")) for path in images)
        self.maps = [np.load(path, mmap_mode="r") for path in maps]
        self.ends = np.cumsum([len(shard) for shard in self.images])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        shard = int(np.searchsorted(self.ends, index, side="right"))
        within = index - int(self.ends[shard])  # negative: counted from the shard's end
        return self.images[shard][within], self.maps[shard][within]


class Batches(Dataset[tuple[Tensor, Tensor]]):
    """`batches[step]` is (images (B, 3, side, side) uint8, maps (B, 57, side / 8, side / 8) float16)."""

    def __init__(self, shards: Shards, size: int, side: int, seed: int) -> None:
        self.shards, self.size, self.side, self.seed = shards, size, side, seed

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self.seed, step])
        looks = [augment(*self.shards[i], rng, self.side) for i in rng.integers(0, len(self.shards), self.size)]
        images, maps = (np.stack(part) for part in zip(*looks, strict=True))
        return torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(maps)


def loader(batches: Batches, steps: range, workers: int) -> DataLoader[tuple[Tensor, Tensor]]:
    """The batches of these steps, in order, made ahead by `workers` processes."""
    return DataLoader(batches, batch_size=None, sampler=steps, num_workers=workers)
