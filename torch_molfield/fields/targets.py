"""What a neural field is fitted to: closed-form fields of molecules and maps, in one box, normalised by channel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.data.elements import element_property
from torch_molfield.fields.base import Field
from torch_molfield.functions.description import describe
from torch_molfield.functions.grid import GridField
from torch_molfield.geometry.box_grid import box_points, check_grid

#: points near the atoms lie in a normal distribution of this width (Å) around one
NEAR = 1.0


@dataclass(frozen=True)
class FieldTarget:
    """The field of one shape.

    Attributes:
        field: closed-form or a grid.
        z, pos: the atoms, ``[N]`` and ``[N, 3]`` Å; a map takes one dummy atom, on which its values do not depend.
        center: ``[3]`` Å, of the box.
        half_width: Å, the least that the box needs.
        near: ``[M, 3]`` Å, where the field is rich: atoms, or the voxels of a map with the largest values.
    """

    field: Field | GridField
    z: Tensor
    pos: Tensor
    center: Tensor
    half_width: float
    near: Tensor

    @property
    def identity(self) -> str:
        """A text that another field, or the same of other atoms, has not."""
        return f"{self.field!r} of {describe(self.z)} at {describe(self.pos)}"

    def __call__(self, points: Tensor) -> Tensor:
        """Exact values ``[Q, C]`` at ``points [Q, 3]`` Å."""
        return self.field.bind(self.z, self.pos)(points.to(self.pos))

    def sample(
        self,
        count: int,
        half_width: float,
        generator: torch.Generator,
        share: float = 0.5,
        part: int = 0,
        parts: int = 1,
    ) -> Tensor:
        """Random points ``[count, 3]`` Å in the box: a ``share`` near the rich places, the rest uniform.

        Of ``parts`` slices of the box and of the rich places, both along x, only one may be asked for: a field of many
        atoms evaluates points that lie close together faster.
        """
        many = round(share * count)
        uniform = 2 * torch.rand(count - many, 3, generator=generator) - 1
        uniform[:, 0] = (uniform[:, 0] + 1 + 2 * part) / parts - 1
        first, last = part * len(self.near) // parts, max((part + 1) * len(self.near) // parts, 1)
        order = self.near[:, 0].argsort()[min(first, last - 1) : last]
        chosen = order[torch.randint(len(order), (many,), generator=generator).to(order.device)]
        noise = NEAR * torch.randn(many, 3, generator=generator)
        around = self.near[chosen] - self.center + noise.to(self.near)
        points = torch.cat([half_width * uniform.to(around), around.clamp(-half_width, half_width)])
        return points + self.center

    def grid(self, count: int, half_width: float) -> Tensor:
        """Exact values ``[n, n, n, C]`` on ``count`` nodes along each edge of a box, ends included."""
        check_grid((count,) * 3, len(self.field.channels))
        parts = [self(points) for points in box_points(half_width, count, self.center)]
        return torch.cat(parts).reshape(count, count, count, -1)


def molecule_target(field: Field, z: Tensor, pos: Tensor, beta: float = 0.75) -> FieldTarget:
    """Shape to fit a neural field to: the field of a molecule in the box of MiNF (Lhotka and Probst 2025).

    The box is a cube around the centroid with half-width max‖x‖ + √(r_max² ln 2/β + 1), in Å.

    Args:
        field: of this molecule.
        z: ``[N]``.
        pos: ``[N, 3]`` Å.
        beta: scaling factor of the field; r_max is the largest van der Waals radius, Å.

    Raises:
        ValueError: for an element without a van der Waals radius.
    """
    center = pos.mean(0)
    radius = float(element_property("vdw_radius", z, None, pos.dtype).max())
    margin = math.sqrt(radius**2 * math.log(2) / beta + 1)
    half_width = float((pos - center).norm(dim=1).max()) + margin
    return FieldTarget(field, z, pos, center, half_width, pos)


def map_target(field: GridField, near: int = 20_000) -> FieldTarget:
    """Shape to fit a neural field to: a map, in the smallest cube that contains its grid.

    Args:
        field: the map, for example of :meth:`GridField.from_map`.
        near: number of voxels with the largest values, near which part of the training points are drawn.
    """
    places = field.points()
    low, high = places.amin(0), places.amax(0)
    strength = field.values.abs().amax(-1).flatten()
    rich = places[strength.topk(min(near, len(strength))).indices]
    dtype = field.values.dtype
    dummy = torch.ones(1, dtype=torch.long, device=places.device)
    center = ((low + high) / 2).to(dtype)
    half = float((high - low).max()) / 2
    return FieldTarget(field, dummy, center[None], center, half, rich.to(dtype))


def common_box(targets: Sequence[FieldTarget]) -> float:
    """Half-width in Å of the box that fits every shape; ``ValueError`` if they are none or differ in channels."""
    if not targets:
        raise ValueError("targets is empty; give at least one shape to fit.")
    for k, target in enumerate(targets):
        if target.field.channels != targets[0].field.channels:
            raise ValueError(
                f"target {k} has channels {target.field.channels}, but the first has {targets[0].field.channels}; "
                "give every shape the same."
            )
    return max(target.half_width for target in targets)
