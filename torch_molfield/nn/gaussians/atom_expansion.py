"""Atoms with functions of their own, ready to be evaluated near points."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.nn.gaussians.density_basis import DensityBasis, ElementShells, matching
from torch_molfield.nn.gaussians.harmonics import harmonic_degrees, num_harmonics, solid_harmonics

#: numbers that the radial functions of a block of pairs may take
_NUMBERS = 1 << 21
#: Å, radii at which reaches are looked for
_RADII = torch.arange(0.0, 25.0, 0.05, dtype=torch.float64)


@dataclass(frozen=True)
class ElementAtoms:
    """The atoms of one element.

    Attributes:
        element: row in the basis. shells: its functions.
        pos: ``[A, 3]`` Å. batch: ``[A]`` molecule.
        spread: ``[A, P, H]`` coefficients of exp(−a_p r²) r^l Y_lm; H are the harmonics of the element's degrees.
    """

    element: int
    shells: ElementShells
    pos: Tensor
    batch: Tensor
    spread: Tensor

    def select(self, chosen: Tensor) -> ElementAtoms:
        """Some of the atoms, which become molecule 0."""
        return ElementAtoms(
            self.element, self.shells, self.pos[chosen], torch.zeros_like(self.batch[chosen]), self.spread[chosen]
        )

    def reach(self, bound: float) -> Tensor:
        """``[A]`` Å beyond which the functions of an atom sum up to less than ``bound``, e/Å³."""
        shells, size = self.shells, self.spread.detach().abs().amax(2).double().cpu()
        radial = _RADII ** shells.degree[:, None] * torch.exp(-shells.exponent[:, None] * _RADII.square())
        above = (size @ radial > bound) * torch.arange(1, len(_RADII) + 1)
        return _RADII[above.amax(1).clamp(max=len(_RADII) - 1)].to(self.pos)


def group_atoms(
    basis: DensityBasis, z: Tensor, pos: Tensor, batch: Tensor, tokens: Tensor | None
) -> list[ElementAtoms]:
    """Atoms by element; without ``tokens [N, (L + 1)², K]`` their functions are zero."""
    rows, found = basis.rows(z), []
    for element in torch.unique(rows).tolist():
        atoms, shells = (rows == element).nonzero()[:, 0], basis.shells[element]
        shape = (len(atoms), len(shells.degree), num_harmonics(shells.highest))
        spread = pos.new_zeros(shape)
        if tokens is not None:
            own = tokens[atoms, : shape[2]].to(pos.dtype)
            mask = matching(shells.degree, shells.highest).to(own)
            spread = torch.einsum("ahk,pk->aph", own, shells.contraction.to(own)) * mask
        found.append(ElementAtoms(element, shells, pos[atoms], batch[atoms], spread))
    return found


def sum_near(
    points: Tensor,
    points_batch: Tensor,
    atoms: ElementAtoms,
    cutoff: Tensor,
    radial: Callable[[Tensor], Tensor],
    shape: Callable[[Tensor], Tensor],
) -> Tensor:
    """``[Q]`` sums over the atoms near each point of Σ_ph g_p spread_ph r^l Y_lm + s.

    Args:
        points: ``[Q, 3]`` Å. points_batch: ``[Q]``.
        cutoff: ``[A]`` Å, to which each atom counts.
        radial: g ``[..., P]`` of squared distances ``[...]`` Å².
        shape: s ``[...]`` of the same, alike for all atoms.
    """
    total = points.new_zeros(len(points))
    for chosen, table in _blocks(points, points_batch, atoms, cutoff):
        there = table >= 0
        away = points[table.clamp(min=0)] - atoms.pos[chosen][:, None]
        squared = away.square().sum(-1)
        mixed = torch.bmm(radial(squared), atoms.spread[chosen])
        value = (mixed * solid_harmonics(away, atoms.shells.highest)).sum(-1) + shape(squared)
        total = total.index_add(0, table[there], value[there])
    return total


def _blocks(
    points: Tensor, points_batch: Tensor, atoms: ElementAtoms, cutoff: Tensor
) -> Iterator[tuple[Tensor, Tensor]]:
    """Atoms ``[n]`` and the points near each of them, ``[n, T]``, -1 for none."""
    most = float(cutoff.max())
    if most <= 0:
        return
    point, atom = neighbor_pairs(points, atoms.pos, most, points_batch, atoms.batch)
    near = (points.detach()[point] - atoms.pos.detach()[atom]).square().sum(1) < cutoff[atom] ** 2
    atom, order = torch.sort(atom[near], stable=True)
    point = point[near][order]
    width = torch.bincount(atom, minlength=len(atoms.pos))
    first = width.cumsum(0) - width
    # Atoms with about as many points go together, so that little is padded.
    by_width = torch.argsort(width, descending=True, stable=True)
    widths, start = width[by_width].tolist(), 0
    while start < len(widths) and widths[start]:
        columns = widths[start]
        chosen = by_width[start : start + max(1, _NUMBERS // (columns * len(atoms.shells.degree)))]
        step = torch.arange(columns, device=points.device)
        place = (first[chosen, None] + step).clamp(max=len(point) - 1)
        yield chosen, torch.where(step < width[chosen, None], point[place], -1)
        start += len(chosen)


def multipoles(atoms: ElementAtoms) -> Tensor:
    """``[A, H]`` ∫ ρ r^l Y_lm of the functions of each atom about it, e Å^l."""
    return torch.einsum("aph,p->ah", atoms.spread, atoms.shells.moments().to(atoms.spread))


def far_potential(away: Tensor, moments: Tensor, highest: int) -> Tensor:
    """``[..., T]`` ∫ρ / distance of multipoles ``[..., H]`` at ``away [..., T, 3]`` Å from them, e/Å."""
    degree = harmonic_degrees(highest).to(away.device)
    factor = (4 * math.pi / (2 * degree + 1)).to(away)
    squared = away.square().sum(-1, keepdim=True)
    harmonics = solid_harmonics(away, highest) * squared ** -(degree + 0.5).to(away)
    return (harmonics * (moments * factor)[..., None, :]).sum(-1)
