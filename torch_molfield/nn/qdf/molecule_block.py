"""Molecules as padded blocks, and their integration points a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.geometry.atom_grids import AtomGrid, cell_share
from torch_molfield.geometry.ragged import expand_ranges, row_pointers
from torch_molfield.nn.common.padding import make_padding

#: point–atom pairs held at once; bounds memory, not the result
CELLS = 1 << 17


class GridPart(NamedTuple):
    """Some integration points of each molecule of a block.

    Attributes:
        points: ``[B, P, 3]`` Å about the first atom.
        squared: ``[B, P, A]`` squared distances of points and atoms, Å².
        weight: ``[B, P]``, 0 where a molecule has no such point.
    """

    points: Tensor
    squared: Tensor
    weight: Tensor


class MoleculeBlock(NamedTuple):
    """B molecules, filled up with no atoms to A.

    Attributes:
        number: ``[B]`` of the molecules in their batch.
        z: ``[B, A]``, 0 for none. pos: ``[B, A, 3]`` Å about the first atom of each molecule.
        electrons: ``[B]`` N_e = ΣZ − Q.
        turns: ``[B, A, 3, 3]`` rotations of the atoms' grids, or ``None``.
    """

    number: Tensor
    z: Tensor
    pos: Tensor
    electrons: Tensor
    turns: Tensor | None = None

    @property
    def present(self) -> Tensor:
        """``[B, A]``, false for padding."""
        return self.z > 0

    def squared(self, points: Tensor) -> Tensor:
        """``[B, P, A]`` squared distances (Å²) of ``points [B, P, 3]`` from all atoms."""
        squared = points.new_zeros(())
        for axis in range(3):
            squared = squared + (points[:, :, None, axis] - self.pos[:, None, :, axis]).square()
        return squared

    def pairs(self, grid: AtomGrid) -> int:
        """B · P · A for all points."""
        return self.z.numel() * self.z.shape[1] * len(grid.local)

    def grid_parts(self, grid: AtomGrid) -> Iterator[GridPart]:
        """All points, as many atoms' at a time as keep B · P · A below ``CELLS``."""
        atoms = self.z.shape[1]
        step = max(1, atoms * CELLS // self.pairs(grid))
        for first in range(0, atoms, step):
            yield self._grid_part(grid, torch.arange(first, min(first + step, atoms), device=self.z.device))

    def _grid_part(self, grid: AtomGrid, homes: Tensor) -> GridPart:
        local, weight = grid.local.to(self.pos), grid.weight.to(self.pos)
        if self.turns is not None:
            local = local @ self.turns[:, homes].mT
        points = (self.pos[:, homes, None] + local).flatten(1, 2)
        squared = self.squared(points)
        share = self.present[:, homes].repeat_interleave(len(weight), 1).to(weight)
        if grid.sharpness is not None:
            home = homes.repeat_interleave(len(weight))
            share = share * cell_share(squared, home, self.present, grid.sharpness)
        return GridPart(points, squared, weight.repeat(len(homes)) * share)


def make_blocks(
    z: Tensor,
    pos: Tensor,
    batch: Tensor,
    electrons: Tensor,
    dtype: torch.dtype,
    grid: AtomGrid,
    turns: Tensor | None = None,
) -> Iterator[MoleculeBlock]:
    """A checked batch as blocks of molecules of about the same size, such that a block's pairs stay below ``CELLS``
    (one molecule may exceed); ``electrons [B]``, ``turns [N, 3, 3]``."""
    pointers = row_pointers(batch, len(electrons))
    order = torch.argsort(pointers.diff(), stable=True)
    for first, last in _ranges(pointers.diff()[order].tolist(), len(grid.local)):
        number = order[first:last]
        owner, atom = expand_ranges(pointers[number], pointers[number + 1])
        padding = make_padding(owner, len(number))
        exact = padding.pad(pos[atom].double())
        # Distances of float32 keep their digits near the origin.
        local = (exact - exact[:, :1]).to(dtype)
        turned = None if turns is None else padding.pad(turns[atom]).to(dtype)
        yield MoleculeBlock(number, padding.pad(z[atom]), local, electrons[number].to(dtype), turned)


def _ranges(sizes: list[int], points: int) -> list[tuple[int, int]]:
    """``(first, last)`` runs of ascending sizes."""
    ranges: list[tuple[int, int]] = []
    first = 0
    for k, size in enumerate(sizes):
        if k > first and (k + 1 - first) * size * size * points > CELLS:
            ranges.append((first, k))
            first = k
    return [*ranges, (first, len(sizes))]
