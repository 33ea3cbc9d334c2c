"""What the networks run on, and the precision that pays there."""

from __future__ import annotations

import torch

torch.backends.cudnn.benchmark = True  # every batch has the same shape


def best_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def mixed_precision(device: torch.device) -> torch.autocast:
    """bfloat16 where the hardware has it; a CPU that imitates it is slower than with float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=_has_bfloat16(device))


def _has_bfloat16(device: torch.device) -> bool:
    return device.type == "cuda" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))
