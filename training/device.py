"""What the networks run on, and the precision that pays there."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)

torch.backends.cudnn.benchmark = True  # every batch has the same shape


def best_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def laid_out(network: Network, device: torch.device) -> Network:
    """The network on the device, as that computes fastest: channels last.

    Not so dilated convolutions: there, of such a layout in bfloat16, torch 2.13 on a CPU gives weights gradients out of
    memory that nobody has written.
    """
    network.to(device, memory_format=torch.channels_last)
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.dilation != (1, 1):
            module.weight.data = module.weight.data.clone(memory_format=torch.contiguous_format)
            module.register_forward_pre_hook(_with_channels_first)
    return network


def _with_channels_first(_module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
    return (inputs[0].contiguous(),)


def mixed_precision(device: torch.device) -> torch.autocast:
    """bfloat16 where the hardware has it; a CPU that imitates it is slower than with float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=_has_bfloat16(device))


def _has_bfloat16(device: torch.device) -> bool:
    return device.type == "cuda" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))
