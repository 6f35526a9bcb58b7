"""From features of atoms to a generated function, for every canonical frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from torch_molfield.geometry.frame_set import FrameSet
from torch_molfield.nn.common.padding import Padding
from torch_molfield.nn.hyper.hypernetwork import FunctionSpaceHyperNetwork
from torch_molfield.nn.inr.canonical import CanonicalINR


class FramedAtoms(NamedTuple):
    """Features of atoms and the frames in which they are to be seen.

    Attributes:
        scalars: ``[N, D]``.
        vectors: ``[N, V, 3]`` in the caller's frame.
        centred: ``[N, 3]`` Å, positions relative to the origins of the frames, float64.
        padding: of the atoms into molecules.
        frames: of the molecules.
    """

    scalars: Tensor
    vectors: Tensor | None
    centred: Tensor
    padding: Padding
    frames: FrameSet


class FieldGenerator(nn.Module):
    """Features of atoms → condition in the canonical frames → tokens and INR parameters.

    The condition of an atom is its invariant scalars, its equivariant vectors turned into the frame (v* = Qᵀv) and
    its encoded canonical position γ(x*).

    Args:
        inr: the network to be parametrised.
        hyper: the hyper-network; its width D is that of the scalars.
        width: D.
        vectors: equivariant vectors of an atom, V; 0 for scalars alone.
    """

    def __init__(self, inr: CanonicalINR, hyper: FunctionSpaceHyperNetwork, width: int, vectors: int) -> None:
        super().__init__()
        self.inr, self.hyper = inr, hyper
        self.from_vectors = nn.Linear(3 * vectors, width) if vectors else None
        self.from_position = nn.Linear(inr.in_features, width)
        self.norm = nn.LayerNorm(width)

    def generate(self, atoms: FramedAtoms) -> tuple[Tensor, list[Tensor]]:
        """Tokens ``[F, T, D]`` and INR parameters ``[F, *shape]``."""
        condition, mask, _, encoded = self.condition(atoms)
        return self.hyper(condition, mask, encoded)

    def condition(self, atoms: FramedAtoms) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the hyper-network reads: condition ``[F, M, D]``, mask ``[F, M]`` of its atoms, their canonical
        positions x* ``[F, M, 3]`` and γ(x*)."""
        scalars, vectors, centred, padding, frames = atoms
        local = self._turn(padding.pad(centred), frames).to(self.from_position.weight.dtype)
        encoded = self.inr.encode(local)
        condition = padding.pad(scalars)[frames.molecule] + self.from_position(encoded)
        if self.from_vectors is not None and vectors is not None:
            turned = self._turn(padding.pad(vectors).flatten(1, 2), frames).unflatten(1, (-1, vectors.shape[1]))
            condition = condition + self.from_vectors(turned.flatten(2))
        return self.norm(condition), padding.mask()[frames.molecule], local, encoded

    @staticmethod
    def _turn(rows: Tensor, frames: FrameSet) -> Tensor:
        """Rows ``[B, M, 3]`` → canonical ``[F, M, 3]``; axial frames keep the axial part only, spherical none."""
        turned = rows[frames.molecule] @ frames.rotation.to(rows.dtype)
        keep = torch.ones_like(frames.rotation[:, 0])
        keep[frames.kind == 1, 1:] = 0
        keep[frames.kind == 2] = 0
        return turned * keep.unsqueeze(1).to(rows.dtype)


def draw_frames(frames: FrameSet) -> FrameSet:
    """One frame a molecule, drawn with its weight as probability (global random generator)."""
    noise = -torch.empty_like(frames.weight).exponential_().log()
    score = frames.weight.detach().log() + noise
    best = score.new_full((frames.origin.shape[0],), -torch.inf)
    best = best.scatter_reduce(0, frames.molecule, score, "amax")
    chosen = (score == best[frames.molecule]).nonzero().flatten()
    return FrameSet(
        rotation=frames.rotation[chosen],
        origin=frames.origin,
        weight=torch.ones_like(frames.weight[chosen]),
        molecule=frames.molecule[chosen],
        kind=frames.kind[chosen],
    )
