"""Transformer blocks over weight tokens that read a molecular condition."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head attention of queries ``[B, T, D]`` to memory ``[B, S, D]``; ``mask [B, S]`` is true where to look."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"heads={heads} must divide the width {width}.")
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.memory = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        q = self._split(self.query(x))
        k, v = (self._split(part) for part in self.memory(memory).chunk(2, dim=-1))
        # Written out: torch's fused attention has no second derivative on a CPU, and forces are trained by it.
        score = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if mask is not None:
            score = score.masked_fill(~mask[:, None, None, :], -torch.inf)
        return self.out((score.softmax(-1) @ v).transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class WeightTokenBlock(nn.Module):
    """Pre-norm block: tokens attend to the condition, to each other, then a feed-forward network."""

    def __init__(self, width: int, heads: int, expansion: int = 2) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.cross = Attention(width, heads)
        self.own = Attention(width, heads)
        self.feed = nn.Sequential(nn.Linear(width, expansion * width), nn.SiLU(), nn.Linear(expansion * width, width))

    def forward(self, tokens: Tensor, condition: Tensor, mask: Tensor | None) -> Tensor:
        tokens = tokens + self.cross(self.norms[0](tokens), condition, mask)
        normed = self.norms[1](tokens)
        tokens = tokens + self.own(normed, normed)
        return tokens + self.feed(self.norms[2](tokens))
