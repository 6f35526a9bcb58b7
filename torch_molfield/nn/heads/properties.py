"""Heads from weight tokens to properties: scalars, vectors and tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from torch_molfield.data.properties import Target
from torch_molfield.geometry.frame_set import AXIAL, GENERIC, SPHERICAL, FrameSet
from torch_molfield.nn.heads.atom_readout import AtomReadout
from torch_molfield.nn.hyper.encoder import Reading
from torch_molfield.nn.hyper.pooling import TokenPooling

#: kind -> numbers that a head emits
NUMBERS = {"scalar": 1, "length": 3, "vector": 3, "tensor": 6}
#: place of the six numbers in a symmetric matrix
SYMMETRIC = ((0, 1, 2), (1, 3, 4), (2, 4, 5))


class PropertyHeads(nn.Module):
    """Sums of what pooled tokens and the atoms that have read them predict, in each canonical frame.

    See :class:`~torch_molfield.nn.hyper.pooling.TokenPooling` and
    :class:`~torch_molfield.nn.heads.atom_readout.AtomReadout`.

    Vectors v* and tensors T* are predicted in the canonical frame and rotated back, R v* and R T* Rᵀ; the atoms add the
    first moment of their predicted charges to vectors, as in a dipole moment. Everything is averaged over the frames
    with their weights. Linear molecules get vectors along their axis and tensors that are isotropic about it; single
    atoms get no vector and isotropic tensors. So scalars are invariant, and vectors and tensors equivariant, by
    construction.

    Args:
        features: D of atoms and tokens.
        heads: attention heads.
        width: width of the hidden layers.
        targets: what to predict.
        queries: learned queries of the pooling; 0 takes the mean over tokens.
        atoms: whether the atoms contribute.
    """

    def __init__(
        self, features: int, heads: int, width: int, targets: Sequence[Target], queries: int = 4, atoms: bool = True
    ) -> None:
        super().__init__()
        self.targets = tuple(targets)
        self.numbers = [NUMBERS[target.kind] for target in targets]
        self.pooling = TokenPooling(features, queries, heads)
        told = nn.Linear(width, sum(self.numbers))
        self.mlp = nn.Sequential(nn.Linear(self.pooling.out_features, width), nn.SiLU(), told)
        self.vectors = [target.name for target in targets if target.kind in ("vector", "length")]
        self.atoms = AtomReadout(features, width, sum(self.numbers), heads, len(self.vectors)) if atoms else None
        self.num_hidden = (2 if atoms else 1) * width

    def forward(self, reading: Reading) -> dict[str, Tensor]:
        """Return values by name, float64: scalars and lengths ``[B]``, vectors ``[B, 3]``, tensors ``[B, 3, 3]``."""
        frames, said = reading.frames, self.mlp(self.pooling(reading.tokens))
        moments: dict[str, Tensor] = {}
        if self.atoms is not None:
            told, first = self.atoms(reading)
            said, moments = said + told, dict(zip(self.vectors, first.double().unbind(1), strict=True))
        emitted = said.double().split(self.numbers, dim=1)
        found = {}
        for target, rows in zip(self.targets, emitted, strict=True):
            value = frames.average(_turned(target.kind, rows + moments.get(target.name, 0.0), frames))
            found[target.name] = _length(value) if target.kind == "length" else value
        return found

    def hidden(self, reading: Reading) -> Tensor:
        """Return the features ``[B, num_hidden]`` of which scalars are linear functions, invariant to pose.

        They are the hidden layer on pooled tokens, and that of the atoms, summed over the atoms.
        """
        rows = [self.mlp[:-1](self.pooling(reading.tokens))]
        if self.atoms is not None:
            rows.append(self.atoms.hidden(reading))
        return reading.frames.average(torch.cat(rows, dim=1))


def _length(vector: Tensor) -> Tensor:
    """``[B, 3] -> [B]``, with a slope of zero at zero."""
    return vector.square().sum(1).clamp_min(1e-20).sqrt()


def _turned(kind: str, rows: Tensor, frames: FrameSet) -> Tensor:
    """What was emitted in canonical frames, in the caller's."""
    rotation = frames.rotation.double()
    if kind == "scalar":
        return rows[:, 0]
    if kind in ("vector", "length"):
        kept = torch.stack([frames.kind != SPHERICAL, *[frames.kind == GENERIC] * 2], dim=1)
        return (rotation @ (rows * kept).unsqueeze(-1)).squeeze(-1)
    matrix = rows[:, torch.tensor(SYMMETRIC, device=rows.device)]
    return rotation @ _symmetrised(matrix, frames.kind) @ rotation.transpose(1, 2)


def _symmetrised(matrix: Tensor, kind: Tensor) -> Tensor:
    """``[F, 3, 3]`` round about the first axis for axial frames, round for spherical ones."""
    diagonal = matrix.diagonal(dim1=1, dim2=2)
    across = diagonal[:, 1:].mean(1)
    axial = torch.diag_embed(torch.stack([diagonal[:, 0], across, across], dim=1))
    spherical = torch.diag_embed(diagonal.mean(1, keepdim=True).expand(-1, 3))
    matrix = torch.where((kind == AXIAL)[:, None, None], axial, matrix)
    return torch.where((kind == SPHERICAL)[:, None, None], spherical, matrix)
