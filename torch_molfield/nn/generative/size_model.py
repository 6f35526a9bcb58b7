"""How many atoms a molecule has."""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: width of the network
WIDTH = 64


class SizeModel(nn.Module):
    """Distribution over the number of atoms, hydrogens counted: p(N | conditions) ∝ counts(N) exp(network(conditions)).

    Without a condition it is the histogram of the training molecules, exactly.

    Args:
        max_sites, max_atoms: most heavy atoms and most atoms of a training molecule.
        context_channels: numbers C that tell the conditions.

    Attributes:
        counts: ``[S + 1, A + 1]``, how many training molecules have so many heavy atoms and so many atoms.
    """

    counts: Tensor

    def __init__(self, max_sites: int, max_atoms: int, context_channels: int = 0) -> None:
        super().__init__()
        self.register_buffer("counts", torch.zeros(max_sites + 1, max_atoms + 1))
        self.network = (
            nn.Sequential(nn.Linear(context_channels, WIDTH), nn.SiLU(), nn.Linear(WIDTH, max_atoms + 1))
            if context_channels
            else None
        )

    def log_prob(self, context: Tensor, counts: Tensor) -> Tensor:
        """``[B, A + 1]`` log-probabilities by number of atoms under conditions ``[B, C]``.

        Args:
            context: conditions.
            counts: ``[A + 1]``, numbers of training molecules, 0 where a number of atoms is not wanted.
        """
        logits = counts.log().expand(len(context), -1)
        if self.network is not None:
            told = (context != 0).any(-1, keepdim=True)
            logits = logits + torch.where(told, self.network(context), 0)
        return logits.log_softmax(-1)

    def log_likelihood(self, atoms: Tensor, context: Tensor) -> Tensor:
        """``[B]`` log-probabilities of numbers of atoms ``[B]``."""
        return self.log_prob(context, self.counts.sum(0)).gather(1, atoms[:, None])[:, 0]
