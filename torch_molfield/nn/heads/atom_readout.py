"""Contributions of the atoms of a molecule to its properties, once they have read its weight tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from torch_molfield.nn.hyper.attention import Attention
from torch_molfield.nn.hyper.encoder import Reading


class AtomReadout(nn.Module):
    """Every atom attends to the tokens; a network gives numbers from what it has read and from its own features.

    Most of a property is a sum over atoms, whose number a fixed set of tokens would have to learn; most of a dipole
    moment is that of partial charges, which a single vector would have to sum up.

    Args:
        width: D of atoms and tokens.
        hidden: width of the hidden layer.
        numbers: how many numbers per atom.
        heads: attention heads.
        moments: how many first moments.
    """

    def __init__(self, width: int, hidden: int, numbers: int, heads: int, moments: int = 0) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(2 * width, hidden), nn.SiLU(), nn.Linear(hidden, numbers))
        self.charges = nn.Linear(hidden, moments) if moments else None
        if self.charges is not None:
            nn.init.zeros_(self.charges.weight)

    def forward(self, reading: Reading) -> tuple[Tensor, Tensor]:
        """Return the mean over atoms of their numbers ``[F, numbers]`` and the first moments ``[F, moments, 3]``.

        The moments Σ_i (q_i − q̄) x_i of charges q are in the frame, in the unit of the charges times Å.
        """
        said, count = self._said(reading), reading.mask.sum(1, keepdim=True)
        numbers = self.mlp[-1](said.sum(1) / count)
        if self.charges is None:
            return numbers, numbers.new_zeros(len(numbers), 0, 3)
        real = reading.mask.to(said).unsqueeze(-1)
        charges = self.charges(said)
        # neutral, so that the moment does not depend on the origin
        neutral = (charges - ((charges * real).sum(1) / count).unsqueeze(1)) * real
        return numbers, neutral.transpose(1, 2) @ reading.positions.to(said)

    def hidden(self, reading: Reading) -> Tensor:
        """The hidden features, summed over atoms: ``[F, hidden]``."""
        return self._said(reading).sum(1)

    def _said(self, reading: Reading) -> Tensor:
        """Hidden features of the atoms ``[F, M, hidden]``, 0 where there is none."""
        read = self.attention(reading.condition, reading.tokens)
        said = self.mlp[:-1](torch.cat([self.norm(reading.scalars), read], dim=-1))
        return said * reading.mask.to(said).unsqueeze(-1)
