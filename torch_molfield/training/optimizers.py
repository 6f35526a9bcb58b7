"""Optimiser groups of a hyper-network."""

from __future__ import annotations

from torch import nn
from torch.optim import AdamW, Optimizer


def make_optimizer(model: nn.Module, learning_rate: float, weight_decay: float = 1e-4) -> Optimizer:
    """AdamW with β = (0.9, 0.99) and weight decay on matrices only."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=learning_rate, betas=(0.9, 0.99))
