"""The model card: what the network is, what it cost, what it learned from, how good it is and where it fails."""

from __future__ import annotations

import tomllib

import torch
from torch.utils.flop_counter import FlopCounterMode

from training.check import Check
from training.network import MULTIPLE, PoseNetwork, Thin
from training.pictures import SOURCES

SENTENCES = {
    "history": "what the weights went through before",
    "accuracy": "AP on COCO pictures",
    "failures": "what it gets wrong, by looking",
}
TEMPLATE = """# {name}: model card

An OpenPose with {stages} stages: confidence maps and part affinity fields of COCO-18, stride 8. {parameters:.2f} M
parameters, {gflops:.1f} GFLOP at 256×256; float16 storage, computed in float32. Made by this project's `training/`.

- Input `image`: BGR 0..255 float32 NCHW, no mean, no scale (the network normalises), sides a multiple of {multiple}.
  Outputs `heatmaps` (18 keypoints and the background), `pafs` (38), and both of every earlier stage. Its thresholds
  are in its metadata: {thresholds}.
- What it began as: human-pose-estimation-0001 (Open Model Zoo, © Intel Corporation, Apache-2.0), which had learned
  from COCO's pictures. {thin} of its convolutions were made thin: two smaller ones each, with nearly their answers.
- Training: {samples:,} samples in the last run, distilled from the whole of human-pose-estimation-0001 on composed
  canvases; where the teacher missed a keypoint that is labelled in the pictures, the label counts. Before that:
  {history}
- On {canvases} canvases of held-out pictures, with the teacher's poses as truth: AP {ap:.3f}, precision {precision:.2f}
  and recall {recall:.2f} of people at OKS 0.5, loss {loss:.4f}. Thresholds were chosen there.
- Accuracy on COCO pictures: {accuracy}
- Where it fails: {failures}
- Licence of the weights: MIT, and Apache-2.0 (LICENSE-Apache-2.0.txt beside them) for what they keep of the network
  that they began as, whose weights have all been changed. The pictures are not distributed and remain on their
  owners' terms:
{sources}
"""


def card(network: PoseNetwork, check: Check, *, name: str, samples: int, **sentences: str) -> str:
    """The card as Markdown. `sentences`: what only people can say, by the names of SENTENCES."""
    return TEMPLATE.format(
        name=name,
        stages=network.STAGES,
        parameters=sum(p.numel() for p in network.parameters()) / 1e6,
        thin=sum(isinstance(module, Thin) for module in network.modules()),
        gflops=flops(network, 256) / 1e9,
        multiple=MULTIPLE,
        thresholds=", ".join(f"{key} {value}" for key, value in vars(check.thresholds).items()),
        samples=samples,
        sources="\n".join(_source(entry) for entry in tomllib.loads(SOURCES.read_text())["source"]),
        **{key: value for key, value in vars(check).items() if key != "thresholds"},
        **sentences,
    )


def flops(network: PoseNetwork, side: int) -> int:
    """Floating point operations (two a multiply-add) of one forward pass over a square of `side` pixels."""
    device = next(network.parameters()).device
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, side, side, device=device))
    return counter.get_total_flops()


def _source(entry: dict[str, str]) -> str:
    return f"  - [{entry['github']}](https://github.com/{entry['github']}): {entry['what']} ({entry['terms']})."
