"""Fields of parts of a molecule, side by side: ligand and protein, chains, residues."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from torch_molfield.fields.base import Field
from torch_molfield.functions.description import describe
from torch_molfield.geometry.product_grid import ProductGrid


@dataclass(frozen=True)
class _Part:
    """One field with its atoms and what it has prepared for them; ``atoms`` is empty where the field is 0."""

    field: Field
    atoms: Tensor
    state: Any


class BlockField(Field):
    """Fields of parts of a molecule as the channels of one field (MiNF's ligand and protein blocks).

    Each field is given with a name and its atoms. Its channel ``c`` is called ``name.c``, or ``c`` if the name is
    empty. Values are those of the single fields. For one molecule at a time.

    Args:
        blocks: tuples ``(name, field, atoms)``; ``atoms [N]`` is a boolean mask over the atoms of the molecule.

    Raises:
        ValueError: for a channel name that occurs twice; when called, for more than one molecule, or a mask of another
            length than the molecule.
    """

    def __init__(self, blocks: Sequence[tuple[str, Field, Tensor]]) -> None:
        self.blocks = tuple((name, field, torch.as_tensor(atoms).bool()) for name, field, atoms in blocks)
        self.channels = tuple(
            f"{name}.{channel}" if name else channel for name, field, _ in self.blocks for channel in field.channels
        )
        if not self.channels or len(set(self.channels)) != len(self.channels):
            raise ValueError(f"blocks must give every channel a different name, got {self.channels}.")
        units = {field.units for _, field, _ in self.blocks}
        self.units = units.pop() if len(units) == 1 else ", ".join(field.units or "1" for _, field, _ in self.blocks)

    def prepare(self, z: Tensor, pos: Tensor, batch: Tensor) -> list[_Part]:
        """The tables of every part, computed once for each bound field."""
        if int(batch[-1]) > 0:
            raise ValueError("a BlockField is for one molecule, as its masks are; make one for each molecule.")
        parts = []
        for name, field, mask in self.blocks:
            if mask.shape != z.shape:
                raise ValueError(
                    f"block {name!r} has a mask of shape {list(mask.shape)} for {len(z)} atoms; give [{len(z)}]."
                )
            atoms = mask.to(z.device).nonzero().flatten()
            state = field.prepare(z[atoms], pos[atoms], batch[atoms]) if len(atoms) else None
            parts.append(_Part(field, atoms, state))
        return parts

    def evaluate(
        self, points: Tensor, points_batch: Tensor, z: Tensor, pos: Tensor, batch: Tensor, state: list[_Part]
    ) -> Tensor:
        """``[Q, C]`` for one chunk of checked points."""
        columns = []
        for part in state:
            here = part.atoms
            if len(here) == 0:
                columns.append(points.new_zeros(len(points), len(part.field.channels)))
            else:
                given = (z[here], pos[here], batch[here])
                columns.append(part.field.evaluate(points, points_batch, *given, part.state))
        return torch.cat(columns, dim=1)

    @property
    def separable(self) -> bool:  # type: ignore[override]
        """Whether all parts are separable."""
        return all(field.separable for _, field, _ in self.blocks)

    def evaluate_grid(self, grid: ProductGrid, state: list[_Part]) -> Tensor | None:
        """``[Q, C]`` at the nodes of a grid."""
        columns = []
        for part in state:
            if len(part.atoms) == 0:
                column: Tensor | None = grid.x.new_zeros(math.prod(grid.shape), len(part.field.channels))
            else:
                column = part.field.evaluate_grid(grid, part.state)
            if column is None:
                return None
            columns.append(column)
        return torch.cat(columns, dim=1)

    def __repr__(self) -> str:
        blocks = ", ".join(f"({name!r}, {field!r}, {describe(atoms)})" for name, field, atoms in self.blocks)
        return f"{type(self).__name__}([{blocks}])"
