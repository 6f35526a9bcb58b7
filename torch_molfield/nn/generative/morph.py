"""From one molecule to another, as functions of space."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.functions.base import FieldFunction
from torch_molfield.geometry.alignment import kabsch
from torch_molfield.geometry.united_atoms import to_sites
from torch_molfield.nn.generative.coupling import axis_signs
from torch_molfield.nn.generative.guides import shape_tanimoto
from torch_molfield.nn.inr.radial_basis import WIDTH, gaussian_density


class MorphedFunction(FieldFunction):
    """Densities of atoms by element in atoms/Å³, between those of two molecules.

    Atoms of one element are paired by optimal transport, so that the sum of squared ways is least, and go straight from
    the one to the other; an atom without a partner fades away or appears. At 0 and 1 it is exactly the density of the
    one and the other molecule, and the integral of each channel changes at a uniform rate.

    Args:
        z: ``[M]`` atomic numbers. pos: ``[M, 3]`` Å. weight: ``[M]``, how much of each atom there is.
        elements: ``[C]`` of the channels.
        width: σ in Å.
    """

    units = "1/Å³"

    def __init__(self, z: Tensor, pos: Tensor, weight: Tensor, elements: Tensor, width: float = WIDTH) -> None:
        self.z, self.atoms, self.weight, self.elements, self.width = z, pos, weight, elements, width
        self.channels = tuple(SYMBOLS[number - 1] for number in elements.tolist())

    @property
    def places(self) -> Tensor:
        """The atoms."""
        return self.atoms

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """Sums over the atoms of each element."""
        member = (self.z[:, None] == self.elements) * self.weight[:, None]
        return gaussian_density(points, self.atoms, self.width) @ member.to(points.dtype)


def morph(one: tuple[Tensor, Tensor], two: tuple[Tensor, Tensor], shares: Sequence[float]) -> list[MorphedFunction]:
    """Functions between two molecules ``(z [N], pos [N, 3] Å)``, where these are.

    Args:
        one, two: the molecules; :func:`superpose` lays the second on the first.
        shares: of the way, 0 to 1.
    """
    (z, pos), (other_z, other) = one, two
    first, second = _pairs(z, pos, other_z, other)
    lone = [k for k in range(len(z)) if k not in set(first)]
    new = [k for k in range(len(other_z)) if k not in set(second)]
    numbers = torch.cat([z[first], z[lone], other_z[new]])
    elements = torch.cat([z, other_z]).unique()
    found = []
    for share in shares:
        places = torch.cat([torch.lerp(pos[first], other[second], share), pos[lone], other[new]])
        weight = torch.cat(
            [pos.new_ones(len(first)), pos.new_full((len(lone),), 1 - share), pos.new_full((len(new),), share)]
        )
        found.append(MorphedFunction(numbers, places, weight, elements))
    return found


def superpose(one: tuple[Tensor, Tensor], two: tuple[Tensor, Tensor]) -> Tensor:
    """Positions ``[M, 3]`` Å of the second molecule, turned and moved so that their principal axes agree and their
    shapes overlap most."""
    fixed, moving = to_sites(*one), to_sites(*two)
    own, other = fixed.canonical(), moving.canonical()
    there = torch.ones(1, len(other.labels), dtype=torch.bool)
    signs = axis_signs(mirror_images=False).to(other.pos)
    overlaps = torch.cat([shape_tanimoto((other.pos * sign)[None], there, own.pos) for sign in signs])
    sign = signs[int(overlaps.argmax())]
    into, shift = kabsch(moving.pos, other.pos * sign)
    back, origin = kabsch(own.pos, fixed.pos)
    return (two[1] @ into.mT + shift) @ back.mT + origin


def _pairs(z: Tensor, pos: Tensor, other_z: Tensor, other: Tensor) -> tuple[list[int], list[int]]:
    from scipy.optimize import linear_sum_assignment

    first: list[int] = []
    second: list[int] = []
    for element in z.unique().tolist():
        mine, its = (z == element).nonzero()[:, 0], (other_z == element).nonzero()[:, 0]
        rows, columns = linear_sum_assignment(torch.cdist(pos[mine], other[its]).square().detach().cpu().numpy())
        first += mine[rows].tolist()
        second += its[columns].tolist()
    return first, second
