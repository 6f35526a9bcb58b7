"""Batches of whole molecules."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from torch_molfield.data import MolFieldData
from torch_molfield.data.seeds import mix_seed
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training.batches.steps import StepBatches

#: batches among which molecules of like size are brought together
WINDOW = 64


class MoleculeBatches(StepBatches):
    """Whole molecules, see :class:`StepBatches`; batches as of :func:`packed_batch`.

    Molecules come in epochs, each a shuffle of all, so that none waits long for its turn. Where their sizes differ,
    a batch has molecules of like size, since the cost of a batch is that of its largest: see :func:`like_sizes`.

    Args:
        molecules: to draw from.
        batch_size: molecules per step.
        seed: of the order.
        first: the step at which they begin.
    """

    def __init__(self, molecules: PackedMolecules, batch_size: int, seed: int, first: int = 0) -> None:
        super().__init__(seed, first)
        self.molecules, self.batch_size = molecules, batch_size
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)

    @property
    def num_molecules(self) -> int:
        return len(self.molecules)

    def at(self, number: int, generator: torch.Generator) -> MolFieldData:
        place = number * self.batch_size + torch.arange(self.batch_size)
        return packed_batch(self.molecules, torch.stack([self._at(int(p)) for p in place]))

    def epoch(self) -> Dataset:
        """Every molecule once, in order."""
        return OneEpoch(self.molecules, self.batch_size)

    def _at(self, place: int) -> Tensor:
        """The molecule in a place of the endless sequence of epochs."""
        epoch, rank = divmod(place, len(self.molecules))
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(mix_seed(self.seed, epoch))
            order = torch.randperm(len(self.molecules), generator=generator)
            self._epoch, self._order = epoch, like_sizes(order, self.molecules.sizes, self.batch_size, generator)
        return self._order[rank]


def like_sizes(order: Tensor, sizes: Tensor, batch_size: int, generator: torch.Generator) -> Tensor:
    """An order ``[M]`` in which every ``batch_size`` have like ``sizes [M]``: each ``WINDOW`` batches of ``order`` are
    sorted by size, and their batches are shuffled. With one size, the order as it is."""
    if not len(order) or bool((sizes == sizes[0]).all()):
        return order
    windows = []
    for window in order.split(WINDOW * batch_size):
        batches = list(window[sizes[window].argsort(stable=True)].split(batch_size))
        # What is left over at the end of an epoch stays there, or later batches would straddle sizes.
        rest = batches.pop() if len(batches[-1]) < batch_size else window[:0]
        windows += [batches[int(k)] for k in torch.randperm(len(batches), generator=generator)] + [rest]
    return torch.cat(windows)


class OneEpoch(Dataset):
    """Every molecule once, in order, ``batch_size`` at a time; ``make`` makes a batch of the molecules ``[B]``."""

    def __init__(
        self, molecules: Any, batch_size: int, make: Callable[[Any, Tensor], MolFieldData] | None = None
    ) -> None:
        self.molecules, self.batch_size, self.make = molecules, batch_size, make or packed_batch

    def __len__(self) -> int:
        return math.ceil(len(self.molecules) / self.batch_size)

    def __getitem__(self, item: int) -> MolFieldData:
        if not 0 <= item < len(self):
            raise IndexError(item)
        first = item * self.batch_size
        return self.make(self.molecules, torch.arange(first, min(first + self.batch_size, len(self.molecules))))


def packed_batch(molecules: PackedMolecules, chosen: Tensor) -> MolFieldData:
    """The molecules ``chosen [B]`` as PyG's loader batches them: ``z [N]``, ``pos [N, 3]``, ``batch [N]``, and their
    labels by name, a row per molecule ``[B, ...]`` or per atom ``[N, ...]``."""
    batch, atom = molecules.atoms(chosen)
    rows = {name: column[chosen] for name, column in molecules.rows.items()}
    atom_rows = {name: column[atom] for name, column in molecules.atom_rows.items()}
    return MolFieldData(z=molecules.z[atom], pos=molecules.pos[atom], batch=batch, **rows, **atom_rows)
