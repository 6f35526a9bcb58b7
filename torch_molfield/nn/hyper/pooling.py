"""Weight tokens to one vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from torch_molfield.nn.hyper.attention import Attention


class TokenPooling(nn.Module):
    """Reads tokens ``[F, T, D]`` into ``[F, out_features]`` by attention of several learned queries.

    Args:
        width: D.
        queries: K learned queries, each of which gives D features; 0 takes the mean over tokens.
        heads: attention heads.
    """

    def __init__(self, width: int, queries: int = 4, heads: int = 8) -> None:
        super().__init__()
        if queries < 0:
            raise ValueError(f"queries must be 0 (the mean) or positive, got {queries}.")
        self.out_features = max(1, queries) * width
        self.queries = nn.Parameter(torch.randn(queries, width)) if queries else None
        self.attention = Attention(width, heads) if queries else None

    def forward(self, tokens: Tensor) -> Tensor:
        if self.queries is None or self.attention is None:
            return tokens.mean(dim=1)
        return self.attention(self.queries.expand(len(tokens), -1, -1), tokens).flatten(1)
