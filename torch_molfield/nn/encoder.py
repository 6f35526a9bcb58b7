"""From a molecular graph to the weight tokens of its field."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from torch_molfield.geometry.frames import FrameSet, canonical_frames
from torch_molfield.nn.hypernetwork import FunctionSpaceHyperNetwork
from torch_molfield.nn.inr import CanonicalINR
from torch_molfield.nn.padding import make_padding
from torch_molfield.nn.trunk import Trunk


class MolFieldEncoder(nn.Module):
    """Atoms → condition in the canonical frame → tokens and INR parameters, for every frame of every molecule.

    The condition of an atom is its invariant scalars, its equivariant vectors turned into the frame (v* = Qᵀv) and
    its encoded canonical position γ(x*).

    Args:
        trunk: any module that is a :class:`~torch_molfield.nn.trunk.Trunk`.
        inr: the network to be parametrised.
        hyper: the hyper-network; its width must be the trunk's.
        frames: ``(z [N], pos [N, 3] float64, batch [N]) -> FrameSet``, such as a
            :class:`~torch_molfield.nn.LearnedFrame`; the closed-form frames by default.
    """

    def __init__(
        self,
        trunk: Trunk,
        inr: CanonicalINR,
        hyper: FunctionSpaceHyperNetwork,
        frames: Callable[[Tensor, Tensor, Tensor], FrameSet] = canonical_frames,
    ) -> None:
        super().__init__()
        self.trunk, self.inr, self.hyper, self.frames_of = trunk, inr, hyper, frames
        self.from_vectors = nn.Linear(3 * trunk.vectors, trunk.width) if trunk.vectors else None
        self.from_position = nn.Linear(inr.in_features, trunk.width)
        self.norm = nn.LayerNorm(trunk.width)

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> tuple[FrameSet, Tensor, list[Tensor]]:
        """Return the frames used, tokens ``[F, T, D]`` and INR parameters ``[F, *shape]``.

        In training mode one frame a molecule is drawn by weight; the average over frames is then met in expectation
        at the price of one.
        """
        dtype = self.from_position.weight.dtype
        frames = self.frames_of(z, pos.double(), batch)
        if self.training:
            frames = draw_frames(frames)
        centred = pos.double() - frames.origin[batch]
        features = self.trunk(z, centred.to(dtype), batch)
        scalars, vectors = features if isinstance(features, tuple) else (features, None)
        padding = make_padding(batch, frames.origin.shape[0])
        local = self._turn(padding.pad(centred), frames).to(dtype)
        encoded = self.inr.encode(local)
        condition = padding.pad(scalars)[frames.molecule] + self.from_position(encoded)
        if self.from_vectors is not None and vectors is not None:
            turned = self._turn(padding.pad(vectors).flatten(1, 2), frames).unflatten(1, (-1, vectors.shape[1]))
            condition = condition + self.from_vectors(turned.flatten(2))
        tokens, parameters = self.hyper(self.norm(condition), padding.mask()[frames.molecule], encoded)
        return frames, tokens, parameters

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
