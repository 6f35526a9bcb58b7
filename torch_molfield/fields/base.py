"""The protocol of a closed-form molecular field."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from torch_molfield.data.validation import check_atoms
from torch_molfield.functions.base import FieldFunction, OneOfBatch
from torch_molfield.functions.description import Described
from torch_molfield.geometry.precision import autocast_is_on, in_full_precision
from torch_molfield.geometry.product_grid import ProductGrid, find_product_grid, shared_grid


class Field(Described):
    """A function of space defined by the atoms of a molecule.

    Call it as ``field(points [Q, 3], z [N], pos [N, 3], points_batch [Q] | None, batch [N] | None) -> [Q, C]``.
    Coordinates are in Å; ``field.channels`` names the C columns, ``field.units`` is their unit. The value is the
    formula at the query point, differentiable in ``points`` and ``pos``. Queries are processed ``chunk_size`` at a
    time, so that memory does not grow with Q.

    Subclasses implement :meth:`evaluate` on checked input. They store each argument of the constructor as an attribute
    of the same name; :meth:`__repr__` is made from these, and PyG compares it to find stale datasets.

    Raises:
        ValueError: for malformed atoms or points; the message names the molecule of the batch and what to do.
    """

    channels: tuple[str, ...] = ("value",)
    units: str = ""
    chunk_size: int = 16384
    #: whether :meth:`evaluate_grid` is implemented
    separable: bool = False

    def __call__(
        self, points: Tensor, z: Tensor, pos: Tensor, points_batch: Tensor | None = None, batch: Tensor | None = None
    ) -> Tensor:
        return self.bind(z, pos, batch)(points, points_batch)

    def bind(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> BoundField:
        """Return the field of the given atoms as a function of space, for repeated evaluation.

        What does not depend on the points is computed once.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.

        Raises:
            ValueError: for malformed atoms.
        """
        return BoundField(self, *check_atoms(z, pos, batch))

    @classmethod
    def to_learn(cls, elements: Sequence[str], width: float) -> Field:
        """The field that a training on densities uses as its target: the default one, unless a subclass overrides this.

        Args:
            elements: symbols of the elements in the training molecules.
            width: width of an atom, Å.
        """
        return cls()

    def prepare(self, z: Tensor, pos: Tensor, batch: Tensor) -> Any:
        """Compute what all points share (tables, neighbour cells, arcs); called once for each bound field."""
        return None

    def evaluate(
        self, points: Tensor, points_batch: Tensor, z: Tensor, pos: Tensor, batch: Tensor, state: Any
    ) -> Tensor:
        """Return ``[Q, C]`` for one chunk of checked points; ``state`` is what :meth:`prepare` returned."""
        raise TypeError(f"{type(self).__name__} does not implement evaluate().")

    def evaluate_grid(self, grid: ProductGrid, state: Any) -> Tensor | None:
        """Return ``[Q, C]`` at the nodes of a grid: the same formula, evaluated faster than point by point.

        Only for fields that are ``separable``. Returns ``None`` if there is no faster way on the device of the atoms.
        """
        return None


class BoundField(FieldFunction):
    """The field of given atoms as a function of space; made by :meth:`Field.bind`.

    Values and gradients are those of the field's exact formula at every point.
    """

    def __init__(self, field: Field, z: Tensor, pos: Tensor, batch: Tensor) -> None:
        self.field, self.z, self.pos, self.batch = field, z, pos, batch
        self.channels, self.units, self.chunk_size = field.channels, field.units, field.chunk_size
        self._num_molecules = int(batch[-1]) + 1

    @property
    def places(self) -> Tensor:
        return self.pos

    @property
    def num_molecules(self) -> int:
        return self._num_molecules

    def single(self, molecule: int) -> FieldFunction:
        """The field of one molecule of the batch."""
        self.check_molecule(molecule)
        # A field may have parameters of every atom, so the batch stays as it is.
        return self if self.num_molecules == 1 else OneOfBatch(self, molecule, self.pos[self.batch == molecule])

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """``[Q, C]`` for one chunk of checked points."""
        return self.field.evaluate(points, points_batch, self.z, self.pos, self.batch, self.state)

    def on_grid(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """Return the values ``[B, nx, ny, nz, C]`` of all molecules at the nodes ``(x[i], y[j], z[k])``.

        Sums and products of Gaussians are evaluated one axis at a time, which is exact and much faster than evaluating
        a list of points. Differentiable in the atoms.

        Args:
            x: ``[nx]`` increasing coordinates in Å, the same for all molecules, or ``[B, nx]``.
            y: ``[ny]`` or ``[B, ny]``.
            z: ``[nz]`` or ``[B, nz]``.

        Raises:
            ValueError: for coordinates of another shape, or that do not increase.
        """
        grid = shared_grid(x.to(self.pos), y.to(self.pos), z.to(self.pos), self.num_molecules)
        size = math.prod(grid.shape)
        values = None if autocast_is_on() else self._values_on(grid)
        if values is None:
            owner = torch.arange(self.num_molecules, device=self.pos.device).repeat_interleave(size)
            values = self._values(grid.points(), owner)
        return values.reshape(self.num_molecules, *grid.shape, -1)

    def lattice_values(self, origin: Tensor, spacing: float, shape: tuple[int, int, int]) -> Tensor:
        """Return ``[nx, ny, nz, C]`` at the nodes of a cubic grid, for one molecule."""
        if not self.field.separable:
            return super().lattice_values(origin, spacing, shape)
        steps = [spacing * torch.arange(n, dtype=origin.dtype, device=origin.device) for n in shape]
        return self.on_grid(*(origin[k] + step for k, step in enumerate(steps)))[0]

    def _values(self, points: Tensor, points_batch: Tensor) -> Tensor:
        if not autocast_is_on():
            values = self._values_on(self._grid_of(points, points_batch))
            return super()._values(points, points_batch) if values is None else values

        def anew(points: Tensor, pos: Tensor) -> Tensor:
            return BoundField(self.field, self.z, pos, self.batch)._values(points, points_batch)

        return in_full_precision(anew, points, self.pos)

    def _grid_of(self, points: Tensor, points_batch: Tensor) -> ProductGrid | None:
        """The product grid that the points form, if they form one and it makes the evaluation faster."""
        if not self.field.separable or points.requires_grad:
            return None
        return find_product_grid(points, points_batch, self.num_molecules)

    def _values_on(self, grid: ProductGrid | None) -> Tensor | None:
        return None if grid is None else self.field.evaluate_grid(grid, self.state)

    def slope(self, channel: int, ascent: bool) -> float | None:
        """Return 1 for a field in Å that is low inside, which is taken for a signed distance, else ``None``."""
        return 1.0 if self.units == "Å" and not ascent else None

    @cached_property
    def state(self) -> Any:
        """The result of :meth:`Field.prepare` for these atoms."""
        return self.field.prepare(self.z, self.pos, self.batch)
