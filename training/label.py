"""Label canvases once: shards of pictures and targets, written outside the repository, resumable at any shard.

A shard is two files: `00012.maps.npy` (N, 57, 32, 32) float16 and, written last, `00012.images.npy` (N, 256, 256, 3)
uint8 BGR. Shard 12 of a side of the split always holds the same canvases.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from training.compose import Composer
from training.pictures import Picture
from training.targets import Labels, targets
from training.teacher import Teacher

PER_SHARD = 256
BATCH = 8


def label(
    pictures: Sequence[Picture], teacher: Path, folder: Path, shards: range, *, device: str, processes: int
) -> None:
    """Write the shards of that range which `folder` does not hold yet; each process labels whole shards."""
    folder.mkdir(parents=True, exist_ok=True)
    todo = [shard for shard in shards if not _images(folder, shard).exists()]
    work = partial(_label_shard, Composer(pictures), teacher, folder, device)
    threads = max(1, (os.cpu_count() or 1) // processes)
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(threads,)
    ) as pool:
        for _ in tqdm(pool.map(work, todo), total=len(todo), unit="shard"):
            pass


def _label_shard(composer: Composer, teacher: Path, folder: Path, device: str, shard: int) -> None:
    canvases = [composer.canvas(np.random.default_rng([shard, i])) for i in range(PER_SHARD)]
    images = np.stack([canvas.image for canvas in canvases])
    network = Teacher.load(teacher, device)
    batches = []
    for part in (slice(i, i + BATCH) for i in range(0, PER_SHARD, BATCH)):
        labels = Labels.of([canvas.people for canvas in canvases[part]])
        batches.append(targets(network, torch.from_numpy(images[part]).to(device), labels))
    _write(folder / f"{shard:05d}.maps.npy", torch.cat(batches).cpu().numpy())
    _write(_images(folder, shard), images)


def _images(folder: Path, shard: int) -> Path:
    return folder / f"{shard:05d}.images.npy"


def _write(path: Path, array: np.ndarray) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, array)
    part.replace(path)
