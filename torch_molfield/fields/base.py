"""The protocol of a closed-form molecular field."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from torch_molfield.data.validation import check_atoms, check_points
from torch_molfield.geometry.precision import autocast_is_on, in_full_precision


class Field:
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
    #: names of the constructor's arguments that change the output
    parameters: tuple[str, ...] = ()
    chunk_size: int = 16384

    def __call__(
        self, points: Tensor, z: Tensor, pos: Tensor, points_batch: Tensor | None = None, batch: Tensor | None = None
    ) -> Tensor:
        return self.bind(z, pos, batch)(points, points_batch)

    def bind(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> BoundField:
        """The field of these atoms, for several calls: what does not depend on the points is done once."""
        return BoundField(self, *check_atoms(z, pos, batch))

    def prepare(self, z: Tensor, pos: Tensor, batch: Tensor) -> Any:
        """Work done once a bound field, shared by all its points (tables, neighbour cells, arcs)."""
        return None

    def evaluate(
        self, points: Tensor, points_batch: Tensor, z: Tensor, pos: Tensor, batch: Tensor, state: Any
    ) -> Tensor:
        """Return ``[Q, C]`` for one chunk of checked points; ``state`` is what :meth:`prepare` returned."""
        raise TypeError(f"{type(self).__name__} does not implement evaluate().")

    def parameter(self, name: str) -> object:
        """Value of a constructor's argument, for ``repr``."""
        return getattr(self, name)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={describe(self.parameter(name))}" for name in self.parameters)
        return f"{type(self).__name__}({arguments})"


class BoundField:
    """``bound(points [Q, 3], points_batch [Q] | None) -> [Q, C]``, a field of certain atoms; made by
    :meth:`Field.bind`."""

    def __init__(self, field: Field, z: Tensor, pos: Tensor, batch: Tensor) -> None:
        self.field, self.z, self.pos, self.batch = field, z, pos, batch

    def __call__(self, points: Tensor, points_batch: Tensor | None = None) -> Tensor:
        points, points_batch = check_points(points, points_batch, self.pos, int(self.batch[-1]) + 1)
        if points.shape[0] == 0:
            return self.pos.new_zeros(0, len(self.field.channels))
        if not autocast_is_on():
            return self._values(points, points_batch)

        def anew(points: Tensor, pos: Tensor) -> Tensor:
            return BoundField(self.field, self.z, pos, self.batch)._values(points, points_batch)

        return in_full_precision(anew, points, self.pos)

    def _values(self, points: Tensor, points_batch: Tensor) -> Tensor:
        atoms, size = (self.z, self.pos, self.batch), self.field.chunk_size
        parts = [
            self.field.evaluate(points[s : s + size], points_batch[s : s + size], *atoms, self.state)
            for s in range(0, points.shape[0], size)
        ]
        return torch.cat(parts)

    @cached_property
    def state(self) -> Any:
        """What :meth:`Field.prepare` makes of the atoms."""
        return self.field.prepare(self.z, self.pos, self.batch)


def describe(value: object) -> str:
    """``repr`` of a parameter; a tensor by its shape and a checksum, so that other numbers give another text."""
    if not isinstance(value, Tensor):
        return repr(value)
    digest = hashlib.sha256(value.detach().cpu().contiguous().numpy().tobytes()).hexdigest()[:12]
    return f"Tensor({list(value.shape)}, {value.dtype}, sha256={digest})"
