"""Batches of whole molecules."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training.batches.steps import StepBatches, mix_seed


class MoleculeBatch(NamedTuple):
    """Atoms of B molecules, and what goes with each molecule ``[B, ...]`` and each atom ``[N, ...]``."""

    z: Tensor
    pos: Tensor
    batch: Tensor
    rows: dict[str, Tensor]
    atom_rows: dict[str, Tensor]


class MoleculeBatches(StepBatches):
    """Whole molecules, see :class:`StepBatches`.

    Molecules come in epochs, each a shuffle of all, so that none waits long for its turn.

    Args:
        molecules: to draw from.
        batch_size: molecules a step.
        seed: of the order.
        first: the step at which they begin.
    """

    def __init__(self, molecules: PackedMolecules, batch_size: int, seed: int, first: int = 0) -> None:
        super().__init__(seed, first)
        self.molecules, self.batch_size = molecules, batch_size
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)

    def at(self, step: int, generator: torch.Generator) -> MoleculeBatch:
        place = step * self.batch_size + torch.arange(self.batch_size)
        chosen = torch.stack([self._at(int(p)) for p in place])
        packed = self.molecules
        batch, atom = packed.atoms(chosen)
        rows = {name: column[chosen] for name, column in packed.rows.items()}
        atom_rows = {name: column[atom] for name, column in packed.atom_rows.items()}
        return MoleculeBatch(packed.z[atom], packed.pos[atom], batch, rows, atom_rows)

    def _at(self, place: int) -> Tensor:
        """The molecule in a place of the endless sequence of epochs."""
        epoch, rank = divmod(place, len(self.molecules))
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(mix_seed(self.seed, epoch))
            self._epoch, self._order = epoch, torch.randperm(len(self.molecules), generator=generator)
        return self._order[rank]
