"""The protocol of a closed-form molecular field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from torch import Tensor

from torch_molfield.data.validation import check_atoms
from torch_molfield.functions.base import FieldFunction, OneOfBatch
from torch_molfield.functions.description import Described
from torch_molfield.geometry.precision import autocast_is_on, in_full_precision


class Field(Described):
    """A function of space defined by the atoms of a molecule.

    Convention: ``field(points [Q, 3], z [N], pos [N, 3], points_batch [Q] | None, batch [N] | None) -> [Q, C]``;
    coordinates in Å; ``field.channels`` names the C columns, ``field.units`` their unit. The value is the formula at
    the query point, differentiable in ``points`` and ``pos``. Queries are processed ``chunk_size`` at a time, so that
    memory does not grow with Q.

    Subclasses implement :meth:`evaluate` on checked input and keep their parameters as attributes of the same name as
    the constructor's arguments, from which :meth:`__repr__` is made (PyG compares it to find stale datasets).

    Raises:
        ValueError: for malformed atoms or points, with the molecule of the batch and the remedy.
    """

    channels: tuple[str, ...] = ("value",)
    units: str = ""
    chunk_size: int = 16384

    def __call__(
        self, points: Tensor, z: Tensor, pos: Tensor, points_batch: Tensor | None = None, batch: Tensor | None = None
    ) -> Tensor:
        return self.bind(z, pos, batch)(points, points_batch)

    def bind(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> BoundField:
        """The field of these atoms, for several calls: what does not depend on the points is done once."""
        return BoundField(self, *check_atoms(z, pos, batch))

    @classmethod
    def to_learn(cls, elements: Sequence[str], width: float) -> Field:
        """The field that a density training learns; the one of the defaults, unless a subclass depends on these.

        Args:
            elements: symbols of the training molecules.
            width: of the atoms, Å.
        """
        return cls()

    def prepare(self, z: Tensor, pos: Tensor, batch: Tensor) -> Any:
        """Work done once a bound field, shared by all its points (tables, neighbour cells, arcs)."""
        return None

    def evaluate(
        self, points: Tensor, points_batch: Tensor, z: Tensor, pos: Tensor, batch: Tensor, state: Any
    ) -> Tensor:
        """Return ``[Q, C]`` for one chunk of checked points; ``state`` is what :meth:`prepare` returned."""
        raise TypeError(f"{type(self).__name__} does not implement evaluate().")


class BoundField(FieldFunction):
    """The field of certain atoms, a function of space; made by :meth:`Field.bind`.

    The field's exact formula at every point; its gradient is that of the formula.
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

    def _values(self, points: Tensor, points_batch: Tensor) -> Tensor:
        if not autocast_is_on():
            return super()._values(points, points_batch)

        def anew(points: Tensor, pos: Tensor) -> Tensor:
            return BoundField(self.field, self.z, pos, self.batch)._values(points, points_batch)

        return in_full_precision(anew, points, self.pos)

    def slope(self, channel: int, ascent: bool) -> float | None:
        """A field in Å that is low inside is taken for a signed distance."""
        return 1.0 if self.units == "Å" and not ascent else None

    @cached_property
    def state(self) -> Any:
        """What :meth:`Field.prepare` makes of the atoms."""
        return self.field.prepare(self.z, self.pos, self.batch)
