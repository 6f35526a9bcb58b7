"""Atom-centred functions at the nodes of a grid, one axis at a time.

A Gaussian times a polynomial is a sum of products of functions of x, y and z, so that an atom takes one product of
matrices. The values are those of the same formula at the same nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.nn.gaussians.atom_expansion import ElementAtoms
from torch_molfield.nn.gaussians.harmonics import harmonic_degrees, num_harmonics, solid_harmonics


def add_atoms(
    values: Tensor,
    axes: Sequence[Tensor],
    atoms: ElementAtoms,
    cutoff: Tensor,
    shape: Callable[[Tensor], Tensor] | None,
) -> None:
    """Add Σ_ph spread_ph exp(−a_p r²) r^l Y_lm + s of each atom to ``values [nx, ny, nz]``, in place.

    Args:
        values: at the nodes.
        axes: coordinates of the nodes along x, y and z, ``[n]`` Å, float64, increasing.
        atoms: of one molecule.
        cutoff: ``[A]`` Å; nodes of the cube of this half-width about an atom have their share of it.
        shape: s ``[...]`` of squared distances ``[...]`` Å², alike for all atoms; ``None`` for none.
    """
    terms = _Terms.of(atoms)
    for place, coefficients, reach in zip(atoms.pos.double(), terms.coefficients(atoms), cutoff.tolist(), strict=True):
        span = [_within(axis, float(at), reach) for axis, at in zip(axes, place, strict=True)]
        x, y, z = (axis[part] - at for axis, part, at in zip(axes, span, place, strict=True))
        if not (len(x) and len(y) and len(z)):
            continue
        part = terms.product(x, y, z, coefficients, values.dtype)
        if shape is not None:
            squared = x.square()[:, None, None] + y.square()[:, None] + z.square()
            part += shape(squared.to(values.dtype))
        values[span[0], span[1], span[2]] += part


class _Terms(NamedTuple):
    """The monomials x^i y^j z^k of all primitives of an element, by rows (p, i), each with up to L + 1 of (j, k).

    Attributes:
        exponent: ``[P]``, float64.
        primitive, first: ``[R]`` p and i of each row. second, third: ``[R, L + 1]`` j and k; where there is none, 0.
        column: ``[R, L + 1]`` place among the monomials of all degrees, the last one, a zero, where there is none.
    """

    exponent: Tensor
    primitive: Tensor
    first: Tensor
    second: Tensor
    third: Tensor
    column: Tensor

    @classmethod
    def of(cls, atoms: ElementAtoms) -> _Terms:
        """Of the functions of these atoms."""
        degrees, highest = atoms.shells.degree.tolist(), atoms.shells.highest
        columns = {powers: k for k, powers in enumerate(_monomials(highest))}
        rows = [(p, i) for p, degree in enumerate(degrees) for i in range(degree + 1)]
        second, third, column = (torch.zeros(len(rows), highest + 1, dtype=torch.long) for _ in range(3))
        column += len(columns)
        for r, (p, i) in enumerate(rows):
            for j in range(degrees[p] - i + 1):
                k = degrees[p] - i - j
                second[r, j], third[r, j], column[r, j] = j, k, columns[i, j, k]
        primitive, first = torch.tensor(rows).T
        device = atoms.pos.device
        indices = (each.to(device) for each in (primitive, first, second, third, column))
        return cls(atoms.shells.exponent.to(device), *indices)

    def coefficients(self, atoms: ElementAtoms) -> Tensor:
        """``[A, R, L + 1]`` of the monomials of each atom, float64."""
        table = _in_monomials(atoms.shells.highest).to(atoms.spread.device)
        found = torch.nn.functional.pad(atoms.spread.double() @ table, (0, 1))
        return found[:, self.primitive[:, None], self.column]

    def product(self, x: Tensor, y: Tensor, z: Tensor, coefficients: Tensor, dtype: torch.dtype) -> Tensor:
        """``[nx, ny, nz]`` of an atom at the origin, with ``coefficients [R, L + 1]``."""
        fall = [torch.exp(-self.exponent[:, None] * axis.square())[self.primitive] for axis in (x, y, z)]
        along_x = fall[0] * x ** self.first[:, None]
        along_y = fall[1][:, None] * y ** self.second[:, :, None]
        along_z = fall[2][:, None] * z ** self.third[:, :, None] * coefficients[:, :, None]
        plane = torch.bmm(along_y.transpose(1, 2), along_z).flatten(1).to(dtype)
        return (along_x.T.to(dtype) @ plane).view(len(x), len(y), len(z))


def _within(axis: Tensor, at: float, reach: float) -> slice:
    edges = torch.tensor([at - reach, at + reach], dtype=axis.dtype, device=axis.device)
    low, high = torch.searchsorted(axis, edges).tolist()
    return slice(low, high)


@cache
def _monomials(highest: int) -> tuple[tuple[int, int, int], ...]:
    """Powers (i, j, k) of all monomials of degrees 0 to ``highest``."""
    degrees = range(highest + 1)
    return tuple((i, j, degree - i - j) for degree in degrees for i in range(degree + 1) for j in range(degree - i + 1))


@cache
def _in_monomials(highest: int) -> Tensor:
    """Solid harmonics as sums of monomials, ``[(highest + 1)², M]``, found from their values at points."""
    powers = torch.tensor(_monomials(highest))
    points = torch.rand(8 * len(powers), 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    values, monomials = solid_harmonics(points, highest), (points[:, None] ** powers).prod(-1)
    degree, table = powers.sum(1), torch.zeros(num_harmonics(highest), len(powers), dtype=torch.float64)
    for each in range(highest + 1):
        rows, columns = (harmonic_degrees(highest) == each).nonzero()[:, 0], (degree == each).nonzero()[:, 0]
        solved = torch.linalg.lstsq(monomials[:, columns], values[:, rows]).solution.T
        table[rows[:, None], columns] = torch.where(solved.abs() < 1e-10, 0.0, solved)
    return table
