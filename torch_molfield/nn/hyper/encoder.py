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
    """A molecule as seen in each of its frames.

    Attributes:
        frames: the frames used.
        scalars: ``[F, M, D]`` invariant features of the atoms.
        condition: ``[F, M, D]`` what the tokens have read of the atoms.
        positions: ``[F, M, 3]`` Å canonical positions, without the components that a symmetric frame leaves undefined.
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
    """Encoder from atoms to weight tokens and the parameters of an INR, for every canonical frame.

    Atoms → features → condition in the canonical frame → tokens and parameters (arXiv 2601.22327).

    Args:
        trunk: any module with the interface :class:`~torch_molfield.nn.trunks.base.Trunk`.
        inr: the network whose parameters are generated.
        hyper: the hyper-network; its width must be that of the trunk.
        frames: ``(z [N], pos [N, 3] float64, batch [N]) -> FrameSet``, such as a
            :class:`~torch_molfield.nn.trunks.learned_frames.LearnedFrame`; by default the closed-form frames.
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

        In training mode one frame per molecule is drawn with its weight as probability, so that the average over frames
        is met in expectation at the cost of one.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom.
        """
        atoms = self._atoms(z, pos, batch)
        return atoms.frames, *self.generate(atoms)

    def read(self, z: Tensor, pos: Tensor, batch: Tensor) -> Reading:
        """Return atoms and tokens in every frame, for networks that read tokens and need no function."""
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
