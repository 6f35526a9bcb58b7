"""From a molecular graph to the weight tokens of its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.geometry.frames import FrameSet, canonical_frames
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.hyper.generator import FieldGenerator, FramedAtoms, draw_frames
from torch_molfield.nn.hyper.hypernetwork import FunctionSpaceHyperNetwork
from torch_molfield.nn.inr.canonical import CanonicalINR
from torch_molfield.nn.trunks.base import Trunk


class Reading(NamedTuple):
    """A molecule as each of its frames sees it.

    Attributes:
        frames: those used.
        scalars: invariant features of the atoms ``[F, M, D]``.
        condition: what the tokens have read of the atoms ``[F, M, D]``.
        positions: canonical positions ``[F, M, 3]`` Å, without what a symmetric frame does not tell apart.
        mask: ``[F, M]``, true where there is an atom.
        tokens: ``[F, T, D]``.
    """

    frames: FrameSet
    scalars: Tensor
    condition: Tensor
    positions: Tensor
    mask: Tensor
    tokens: Tensor

    @property
    def features(self) -> Tensor:
        """``[N, D]``, the scalars of all atoms in their order; they are the same in every frame of a molecule."""
        molecules = torch.arange(len(self.frames.origin), device=self.mask.device)
        first = torch.searchsorted(self.frames.molecule, molecules)
        return self.scalars[first][self.mask[first]]


class MolFieldEncoder(FieldGenerator):
    """Atoms → features → condition in the canonical frame → tokens and INR parameters, for every frame.

    Args:
        trunk: any module that is a :class:`~torch_molfield.nn.trunks.base.Trunk`.
        inr: the network to be parametrised.
        hyper: the hyper-network; its width must be the trunk's.
        frames: ``(z [N], pos [N, 3] float64, batch [N]) -> FrameSet``, such as a
            :class:`~torch_molfield.nn.trunks.learned_frames.LearnedFrame`; the closed-form frames by default.
    """

    def __init__(
        self,
        trunk: Trunk,
        inr: CanonicalINR,
        hyper: FunctionSpaceHyperNetwork,
        frames: Callable[[Tensor, Tensor, Tensor], FrameSet] = canonical_frames,
    ) -> None:
        super().__init__(inr, hyper, trunk.width, trunk.vectors)
        self.trunk, self.frames_of = trunk, frames

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> tuple[FrameSet, Tensor, list[Tensor]]:
        """Return the frames used, tokens ``[F, T, D]`` and INR parameters ``[F, *shape]``.

        In training mode one frame a molecule is drawn by weight; the average over frames is then met in expectation
        at the price of one.
        """
        atoms = self._atoms(z, pos, batch)
        return atoms.frames, *self.generate(atoms)

    def read(self, z: Tensor, pos: Tensor, batch: Tensor) -> Reading:
        """Atoms and tokens in every frame, for readers that need no function."""
        atoms = self._atoms(z, pos, batch)
        condition, mask, positions, _ = self.condition(atoms)
        scalars = atoms.padding.pad(atoms.scalars)[atoms.frames.molecule]
        return Reading(atoms.frames, scalars, condition, positions, mask, self.hyper.tokens(condition, mask))

    def _atoms(self, z: Tensor, pos: Tensor, batch: Tensor) -> FramedAtoms:
        frames = self.frames_of(z, pos.double(), batch)
        if self.training:
            frames = draw_frames(frames)
        centred = pos.double() - frames.origin[batch]
        features = self.trunk(z, centred.to(self.from_position.weight.dtype), batch)
        scalars, vectors = features if isinstance(features, tuple) else (features, None)
        return FramedAtoms(scalars, vectors, centred, make_padding(batch, frames.origin.shape[0]), frames)
