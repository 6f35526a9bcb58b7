"""Moving average of the weights of a training."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

Tensors = tuple[Tensor, ...] | list[Tensor]
#: of the moving average after its first thousands of steps
DECAY = 0.999


def average_of(model: nn.Module) -> AveragedModel:
    """A copy of ``model`` that ``update_parameters(model)`` moves towards it after every step."""
    return AveragedModel(model, multi_avg_fn=_towards).requires_grad_(False)


@torch.no_grad()
def _towards(averaged: Tensors, current: Tensors, count: Tensor | int) -> None:
    """One step of the average; it forgets its beginning sooner than a fixed decay would."""
    done = float(count)
    torch._foreach_lerp_(averaged, current, 1 - min(DECAY, (1 + done) / (10 + done)))
