"""Molecules where their model is."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


def device_of(model: Callable[..., object], otherwise: torch.device) -> torch.device:
    """The device of the model's parameters; ``otherwise`` for a function without any."""
    parameters = model.parameters() if isinstance(model, nn.Module) else iter(())
    return next((parameter.device for parameter in parameters), otherwise)


def on_device(function: Callable[[Tensor], Tensor], device: torch.device) -> Callable[[Tensor], Tensor]:
    """The function of points of any device: it is computed on ``device``, its values are where the points are."""
    return lambda points: function(points.to(device)).to(points.device)
