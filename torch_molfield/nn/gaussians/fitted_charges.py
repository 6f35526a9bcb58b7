"""Charges of atoms fitted to the electrostatic potential of a density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from torch_molfield.data.elements import vdw_radii
from torch_molfield.data.units import COULOMB
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.quadrature import lebedev_sphere
from torch_molfield.geometry.smooth import smoothstep

if TYPE_CHECKING:
    from torch_molfield.nn.gaussians.atom_density import AtomCenteredDensity

#: van der Waals radii times these are the shells; 110 directions from each atom
_SHELLS, _DEGREE = (1.4, 1.6, 1.8, 2.0), 17
#: a point counts less where it is within 90 to 100 % of the radius of another atom's shell, and not at all below
_HIDDEN = 0.9
#: share of the mean diagonal of the normal equations that is added to it
_RESTRAINT = 1e-5
#: distances of a point and an atom that are held at once
_PAIRS = 1 << 22


def fitted_charges(density: AtomCenteredDensity) -> Tensor:
    """Return atomic charges ``[N]`` in e, fitted to the electrostatic potential of the density.

    Their sums are the charges of the molecules. Least squares over points on four shells at 1.4 to 2.0 times the van
    der Waals radii (Singh and Kollman, J. Comput. Chem. 5, 129, 1984), with a harmonic restraint of 1e-5 of the mean
    diagonal of the normal equations, so that charges of buried atoms are determined (after Bayly et al., J. Phys. Chem.
    97, 10269, 1993). The weight of a point falls to zero smoothly where another atom hides it, so charges are smooth
    functions of the positions. Under rotation of the molecule they change by about 0.02 e, by more for buried atoms.
    Cost and memory grow with the square of the number of atoms of a molecule.
    """
    return torch.cat([_fitted(density.single(k)) for k in range(density.num_molecules)])


def _fitted(density: AtomCenteredDensity) -> Tensor:
    pos = density.pos.double()
    points, weights = shell_points(density.z, pos)
    potential = density.potential(points.to(density.pos))[:, 0].double() / COULOMB
    count = len(pos)
    normal, right = pos.new_zeros(count, count), pos.new_zeros(count)
    for some in torch.arange(len(points), device=pos.device).split(max(1, _PAIRS // count)):
        inverse = 1 / (points[some, None] - pos).norm(dim=-1)
        weighted = inverse * weights[some, None]
        normal = normal + weighted.T @ inverse
        right = right + weighted.T @ potential[some]
    normal = normal + _RESTRAINT * normal.diagonal().mean() * torch.eye(count, dtype=pos.dtype, device=pos.device)
    # the total by a multiplier: of solutions for the potential and for a constant, that sum which has it
    total = density.basis.nuclear_charge(density.z).sum() - density.num_electrons[0].double()
    solved = torch.linalg.solve(normal, torch.stack([right, torch.ones_like(right)], dim=1))
    free, constant = solved.unbind(1)
    return (free + constant * (total - free.sum()) / constant.sum()).to(density.pos.dtype)


def shell_points(z: Tensor, pos: Tensor) -> tuple[Tensor, Tensor]:
    """``(points [P, 3] Å, weights [P] Å²)`` on shells about one molecule ``z [N]``, ``pos [N, 3]`` Å, float64."""
    radii = vdw_radii(z, dtype=pos.dtype).to(pos.device)
    direction, area = (part.to(pos.device) for part in lebedev_sphere(_DEGREE))
    shells = torch.tensor(_SHELLS, dtype=pos.dtype, device=pos.device)
    size = (radii[:, None] * shells).reshape(-1)
    points = (pos.repeat_interleave(len(shells), 0)[:, None] + size[:, None, None] * direction).reshape(-1, 3)
    weights = (size.square()[:, None] * area).reshape(-1)
    home = torch.arange(len(pos), device=pos.device).repeat_interleave(len(shells) * len(direction))
    scale = shells.repeat_interleave(len(direction)).repeat(len(pos))
    point, atom = neighbor_pairs(points, pos, float(shells.max() * radii.max()))
    other = atom != home[point]
    point, atom = point[other], atom[other]
    share = (points[point] - pos[atom]).norm(dim=1) / (scale[point] * radii[atom])
    seen = smoothstep(share, _HIDDEN, 1.0)
    weights = weights.scatter_reduce(0, point, seen, "prod")
    kept = weights.detach() > 0
    return points[kept], weights[kept]
