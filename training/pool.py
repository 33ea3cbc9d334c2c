"""Canvases that are composed, labelled and forgotten while the network learns.

For a GPU, which has looked at a disk's canvases within minutes: workers compose new ones all the time, the GPU labels
them, a pool there keeps the newest, and batches are drawn from it. A batch is a function of seed and step, as in
dataset.py: a run that goes on begins with the pool that it left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from training.augment import look
from training.compose import SIZE, Composer
from training.dataset import EMPTY_SHARE, Batch, loader
from training.targets import BACKGROUND, CELLS, CHANNELS, FOUND, Labels, targets
from training.teacher import Teacher

SIZE_OF_POOL = 8192  # canvases, 1 MB each
DRAWN = 12  # how often a canvas is drawn while it is there, on average
LOOKS = 4  # that are kept of each canvas


class Fresh(NamedTuple):
    """New canvases: `images` (N, 256, 256, 3) uint8 BGR as they were composed, `looks` (N, LOOKS, 256, 256, 3)."""

    images: Tensor
    looks: Tensor
    labels: Labels


class Composing(Dataset[Fresh]):
    """`composing[i]` are `count` canvases, a function of seed and `i`."""

    def __init__(self, composer: Composer, count: int, seed: int) -> None:
        self.composer, self.count, self.seed = composer, count, seed

    def __getitem__(self, index: int) -> Fresh:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self.seed, index])
        canvases = [self.composer.canvas(rng) for _ in range(self.count)]
        images = np.stack([canvas.image for canvas in canvases])
        looks = np.stack([[look(image, rng) for _ in range(LOOKS)] for image in images])
        labels = Labels.of([canvas.people for canvas in canvases])
        return Fresh(torch.from_numpy(images), torch.from_numpy(looks), labels)


class Pool:
    """The newest canvases, labelled, on the teacher's device."""

    def __init__(self, teacher: Teacher, size: int, device: torch.device) -> None:
        self.teacher, self.device = teacher, device
        self.looks = torch.empty(size, LOOKS, SIZE, SIZE, 3, dtype=torch.uint8, device=device)
        self.maps = torch.empty(size, CHANNELS, CELLS, CELLS, dtype=torch.float16, device=device)
        self.chances = torch.zeros(size, device=device)

    def add(self, fresh: Fresh, turn: int) -> None:
        """The canvases of this turn, in place of the oldest; all turns have as many, and a pool holds whole turns."""
        images = fresh.images.to(self.device, non_blocking=True)
        maps = targets(self.teacher, images, fresh.labels)
        first = turn * len(images) % len(self.chances)
        place = slice(first, first + len(images))
        self.looks[place].copy_(fresh.looks, non_blocking=True)
        self.maps[place] = maps
        somebody = maps[:, :BACKGROUND].amax(dim=(1, 2, 3)) >= FOUND
        self.chances[place] = torch.where(somebody, 1.0, EMPTY_SHARE)

    def draw(self, size: int, seed: int, step: int) -> Batch:
        """`size` looks at canvases of the pool; at those with nobody a fifth as often as at others."""
        generator = torch.Generator(self.device).manual_seed(seed + step)
        chosen = torch.multinomial(self.chances, size, replacement=True, generator=generator)
        which = torch.randint(LOOKS, (size,), generator=generator, device=self.device)
        return self.looks[chosen, which].permute(0, 3, 1, 2), self.maps[chosen]


def batches(
    composer: Composer, teacher: Teacher, steps: range, *, size: int, seed: int, workers: int, device: torch.device
) -> Iterator[Batch]:
    """The batches of these steps, in order, from canvases that `workers` processes compose."""
    added = max(1, size // DRAWN)
    filling = SIZE_OF_POOL // added
    pool = Pool(teacher, filling * added, device)
    composed = loader(Composing(composer, added, seed), range(steps.start, steps.stop + filling), workers)
    for turn, fresh in enumerate(composed, start=steps.start):
        pool.add(fresh, turn)
        if turn >= steps.start + filling:
            yield pool.draw(size, seed, turn)
