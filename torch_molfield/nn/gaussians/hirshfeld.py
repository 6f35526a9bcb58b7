"""Charges of atoms by Hirshfeld's division of a density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.quadrature import ball_grid
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.nn.gaussians.harmonics import solid_harmonics

if TYPE_CHECKING:
    from torch_molfield.nn.gaussians.atom_density import AtomCenteredDensity
    from torch_molfield.nn.gaussians.atom_expansion import ElementAtoms

#: radii of each atom, Å; the degree of the sphere's rule
_RADII, _REACH, _DEGREE = 40, 8.0, 17
#: points whose shares are held at once
_POINTS = 1 << 15
#: e/Å³ of free atoms, below which they have no say
_BOUND = 1e-9


def hirshfeld_multipoles(density: AtomCenteredDensity) -> tuple[Tensor, Tensor]:
    """Return Hirshfeld charges ``[N]`` e and dipoles ``[N, 3]`` e Å of the atoms, about the atoms.

    At every point each atom receives of the deformation density the share that its free atom has of the sum of all free
    atoms (Hirshfeld, Theor. Chim. Acta 44, 129, 1977).

    The functions of each atom are integrated on spheres about it, 40 radii by 110 directions. What the quadrature
    misses of its electrons and their dipole, which are known exactly, stays with the atom, so that the sums are those
    of the molecules. Shares are accurate to about 0.002 e, also under rotation of the molecule.
    """
    points, weights = (part.to(density.pos) for part in ball_grid(_RADII, _REACH, _DEGREE))
    found = [density.pos.new_zeros(len(density.z), 4)]
    rows = density.basis.rows(density.z)
    own = torch.cat([density.function_electrons[:, None], density.function_dipoles], dim=1)
    step = max(1, _POINTS // len(points))
    for group in density.groups if density.tokens is not None else []:
        members = (rows == group.element).nonzero()[:, 0]
        for start in range(0, len(members), step):
            chosen = torch.arange(start, min(start + step, len(members)), device=members.device)
            found.append(_shared(density, group, members[chosen], chosen, points, weights))
            found[-1] = found[-1].index_add(0, members[chosen], -own[members[chosen]])
    charge, *dipole = torch.stack(found).sum(0).split([1, 3], dim=1)
    return charge[:, 0], dipole[0]


def _shared(
    density: AtomCenteredDensity, group: ElementAtoms, owners: Tensor, chosen: Tensor, points: Tensor, weights: Tensor
) -> Tensor:
    """``[N, 4]``, charge and dipole that the functions of the ``chosen`` atoms of a group, ``owners`` among all atoms,
    move to the atoms that have a share; what is moved is missing at the owners."""
    squared = points.square().sum(1)
    radial = torch.exp((squared[:, None] * -group.shells.exponent.to(points)).clamp(min=-60.0))
    harmonics = solid_harmonics(points, group.shells.highest)
    held = torch.einsum("qp,aph,qh->aq", radial, group.spread[chosen], harmonics) * weights
    place = (group.pos[chosen][:, None] + points).flatten(0, 1)
    shares, pair, atom = free_shares(density, place, group.batch[chosen].repeat_interleave(len(points)))
    given, owner = held.flatten()[pair] * shares, owners[pair // len(points)]
    moved = density.pos.new_zeros(len(density.z), 4).index_add(
        0, atom, -_moments(given, place[pair] - density.pos[atom])
    )
    return moved.index_add(0, owner, _moments(given, place[pair] - density.pos[owner]))


def _moments(held: Tensor, away: Tensor) -> Tensor:
    """``[M, 4]`` charge and dipole of ``held [M]`` at ``away [M, 3]``."""
    return torch.cat([held[:, None], held[:, None] * away], dim=1)


def free_shares(
    density: AtomCenteredDensity, points: Tensor, owner: Tensor, power: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """``(share, point, atom)`` of all pairs of a point and a free atom that has a say there; shares of space are those
    of free densities over r to the ``power``."""
    values, pairs, atoms = [], [], []
    rows = density.basis.rows(density.z)
    for group in density.groups:
        reach = density.basis.free.reach_of(group.element, _BOUND)
        pair, member = neighbor_pairs(points, group.pos, reach, owner, group.batch)
        squared = (points[pair] - group.pos[member]).square().sum(1)
        value = density.basis.free.density(group.element, squared)
        values.append(value / squared.clamp(min=1e-12) ** (power / 2) if power else value)
        pairs.append(pair)
        atoms.append((rows == group.element).nonzero()[:, 0][member])
    value, pair, atom = torch.cat(values), torch.cat(pairs), torch.cat(atoms)
    whole = segment_sum(value, pair, len(points)).clamp(min=torch.finfo(value.dtype).tiny)
    return value / whole[pair], pair, atom
