"""Many molecules in a few tensors, from which batches are taken without a loop over molecules."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.labels import find_label
from torch_molfield.geometry.ragged import expand_ranges


class PackedMolecules:
    """``z`` and ``pos`` of molecules end to end, and their attributes of one row a molecule or an atom.

    Attributes:
        z: ``[N]``. pos: ``[N, 3]`` Å.
        start: ``[M + 1]`` first atom of each molecule, and N.
        rows: the labels asked for (:func:`~torch_molfield.data.labels.find_label`), ``[M, ...]`` each.
        atom_rows: those of atoms, ``[N, ...]`` each.

    Raises:
        ValueError: for no molecule at all, or one that lacks an attribute asked for or has it of another length (it is
            named).
    """

    def __init__(
        self, molecules: Sequence[Data], attributes: Sequence[str] = (), atom_attributes: Sequence[str] = ()
    ) -> None:
        if len(molecules) == 0:
            raise ValueError("there are no molecules; check the dataset and its split.")
        kept = [molecules[k] for k in range(len(molecules))]
        counts = torch.tensor([len(molecule.z) for molecule in kept])
        self.z = torch.cat([molecule.z for molecule in kept])
        self.pos = torch.cat([molecule.pos for molecule in kept])
        self.start = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        self.rows = {name: torch.cat([_label(k, m, name, 1) for k, m in enumerate(kept)]) for name in attributes}
        self.atom_rows = {
            name: torch.cat([_label(k, m, name, len(m.z)) for k, m in enumerate(kept)]) for name in atom_attributes
        }

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def sizes(self) -> Tensor:
        """``[M]``, atoms of each molecule."""
        return self.start.diff()

    @property
    def owner(self) -> Tensor:
        """``[N]``, the molecule of each atom."""
        return torch.arange(len(self)).repeat_interleave(self.sizes)

    def take(self, chosen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(z [n], pos [n, 3], batch [n])`` of the molecules ``chosen [B]``."""
        batch, atom = self.atoms(chosen)
        return self.z[atom], self.pos[atom], batch

    def atoms(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch [n], atom [n])``: place in ``chosen [B]`` and row of each of their atoms."""
        return expand_ranges(self.start[chosen], self.start[chosen + 1])


def _label(number: int, molecule: Data, name: str, rows: int) -> Tensor:
    """A label of ``rows`` rows."""
    label = find_label(molecule, name)
    if label is None:
        raise ValueError(f"molecule {number} has no attribute {name!r}; add it, or leave that molecule out.")
    value = label.value
    if value.dim() == 0 or len(value) != rows:
        raise ValueError(
            f"molecule {number}: {name!r} has shape {list(value.shape)}, and its first length must be {rows}; "
            "correct it, or leave that molecule out."
        )
    return value
