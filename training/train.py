"""The training loop: it can be stopped at any moment, and goes on from its last checkpoint as if it had not been.

Nothing in it depends on a random generator's state: batches are functions of seed and step (dataset.py), the network
has no dropout, and the checkpoint holds weights, their moving average, the optimizer and the step.
"""

from __future__ import annotations

import copy
import csv
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from training import weights
from training.dataset import Batch, Shards
from training.device import laid_out, mixed_precision
from training.fit import fit
from training.loss import loss
from training.network import PoseNetwork
from training.teacher import Teacher

CHECKPOINT = "checkpoint.pt"
LOG = "log.csv"
JUDGED_AT_ONCE = 32


@dataclass(frozen=True)
class Plan:
    """What a run does. Rate: linear warm-up, then falling to zero at the last sample."""

    samples: int
    batch: int = 8
    side: int = 256
    rate: float = 1e-4
    warm_up: int = 500
    weight_decay: float = 1e-3
    average: float = 0.999
    seed: int = 0
    checkpoint_every: int = 250
    held_out: int = 128

    @property
    def steps(self) -> int:
        return self.samples // self.batch

    def rate_at(self, step: int) -> float:
        return self.rate * min((step + 1) / self.warm_up, 1 - step / self.steps)


class Run:
    """A network in training, its moving average and the optimizer, kept in one folder."""

    PARTS = ("network", "average", "optimizer")

    def __init__(self, folder: Path, plan: Plan, device: str) -> None:
        self.folder, self.plan, self.device, self.step = folder, plan, torch.device(device), 0
        torch.manual_seed(plan.seed)
        self.network = laid_out(PoseNetwork(), self.device)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(requires_grad=False)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), plan.rate, betas=(0.9, 0.99), weight_decay=plan.weight_decay
        )
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def samples(self) -> int:
        return self.step * self.plan.batch

    def begin(self, teacher: Teacher, images: Tensor) -> None:
        """With the teacher's weights, the costly ones made thin on `images` (N, 3, 256, 256) uint8: minutes, kept."""
        fit(self.network, teacher, self._pictures(images))
        self.average.load_state_dict(self.network.state_dict())
        self.save()

    def start(self, file: Path) -> None:
        """With the weights of a file."""
        weights.load(self.network, file)
        self.average.load_state_dict(self.network.state_dict())

    def resume(self) -> bool:
        """Go on from the folder's checkpoint; False: there is none.

        ValueError: the checkpoint follows another plan (only `samples` may differ).
        """
        if not (self.folder / CHECKPOINT).exists():
            return False
        state = torch.load(self.folder / CHECKPOINT, map_location=self.device, weights_only=True)
        if state["plan"] | {"samples": 0} != asdict(self.plan) | {"samples": 0}:
            raise ValueError(f"{self.folder} follows another plan, {state['plan']}: take another folder and --start")
        for name in self.PARTS:
            getattr(self, name).load_state_dict(state[name])
        self.step = state["step"]
        return True

    def save(self) -> None:
        """Whole or not at all."""
        state = {name: getattr(self, name).state_dict() for name in self.PARTS}
        part = self.folder / f"{CHECKPOINT}.part"
        torch.save({**state, "step": self.step, "plan": asdict(self.plan)}, part)
        part.replace(self.folder / CHECKPOINT)

    def train(self, batches: Callable[[range], Iterable[Batch]], held_out: Shards, stop: int | None = None) -> None:
        """Take the steps that are left (up to step `stop`), with a checkpoint and a line in the log now and then.

        `batches` makes those of a range of steps, in order (dataset.py, pool.py). FloatingPointError: a loss is no
        number any more; the last checkpoint is from before.
        """
        plan = self.plan
        steps = range(self.step, min(plan.steps, stop or plan.steps))
        bar = tqdm(batches(steps), total=plan.steps, initial=self.step, unit="step", mininterval=10)
        losses = []
        for batch in bar:
            losses.append(self.take_step(*batch))
            if self.step % plan.checkpoint_every == 0 or self.step == steps.stop:
                self._log(torch.stack(losses).mean().item(), self.judge(held_out))
                self.save()
                losses = []

    def take_step(self, images: Tensor, maps: Tensor) -> Tensor:
        """Learn from one batch; returns its loss: a tensor, for a GPU need not wait."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate_at(self.step)
        value = self._loss(self.network, images, maps)
        self.optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self._move_average()
        return value.detach()

    @torch.no_grad()
    def judge(self, held_out: Shards) -> float:
        """Mean loss of the averaged network on the first canvases held out, whole and unchanged."""
        total = 0.0
        judged = range(min(self.plan.held_out, len(held_out)))
        for first in judged[::JUDGED_AT_ONCE]:
            some = [held_out[i] for i in judged[first : first + JUDGED_AT_ONCE]]
            images, maps = (torch.from_numpy(np.stack(part)) for part in zip(*some, strict=True))
            value = self._loss(self.average, images.permute(0, 3, 1, 2), maps)
            total += len(maps) * value.item()
        return total / len(judged)

    def _loss(self, network: PoseNetwork, images: Tensor, maps: Tensor) -> Tensor:
        with mixed_precision(self.device):
            answers = network(self._pictures(images))
        targets = maps.to(self.device).float().contiguous(memory_format=torch.channels_last)  # as the answers are
        return loss(answers, targets)

    def _pictures(self, images: Tensor) -> Tensor:
        return images.to(self.device).float().contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def _move_average(self) -> None:
        decay = min(self.plan.average, self.step / (self.step + 50))
        means, now = (tuple(network.parameters()) for network in (self.average, self.network))
        torch._foreach_lerp_(means, now, 1 - decay)

    def _log(self, trained: float, held_out: float) -> None:
        if not math.isfinite(trained + held_out):
            raise FloatingPointError(
                f"at step {self.step} the loss is {trained}, on held-out canvases {held_out}; "
                f"{self.folder / CHECKPOINT} is from before: take another folder, --start with it, and a lower --rate"
            )
        with (self.folder / LOG).open("a", newline="") as file:
            rate = self.plan.rate_at(self.step)
            row = (self.step, self.samples, f"{trained:.5f}", f"{held_out:.5f}", f"{rate:.6f}")
            csv.writer(file).writerow(row)


def resumed(folder: Path, device: str) -> Run:
    """The run of a folder as its last checkpoint has it. FileNotFoundError: there is none."""
    state = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)
    run = Run(folder, Plan(**state["plan"]), device)
    run.resume()
    return run
