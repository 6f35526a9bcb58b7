"""What the atoms of a molecule say of its properties once they have read its weight tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from torch_molfield.nn.attention import Attention
from torch_molfield.nn.encoder import Reading


class AtomReadout(nn.Module):
    """Every atom attends to the tokens as it is seen in the frame, and a network tells numbers from what it has read
    and from its own features; the mean over atoms ``[F, numbers]``.

    Most of a property is a sum over atoms, of which a fixed number of tokens has to learn the count.

    Args:
        width: D of atoms and tokens.
        hidden: of the hidden layer.
        numbers: how many are told.
        heads: attention heads.
    """

    def __init__(self, width: int, hidden: int, numbers: int, heads: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(2 * width, hidden), nn.SiLU(), nn.Linear(hidden, numbers))

    def forward(self, reading: Reading) -> Tensor:
        return self.mlp[-1](self.hidden(reading) / reading.mask.sum(1, keepdim=True))

    def hidden(self, reading: Reading) -> Tensor:
        """The hidden features, summed over atoms: ``[F, hidden]``."""
        read = self.attention(reading.condition, reading.tokens)
        said = self.mlp[:-1](torch.cat([self.norm(reading.scalars), read], dim=-1))
        return (said * reading.mask.to(said).unsqueeze(-1)).sum(1)
