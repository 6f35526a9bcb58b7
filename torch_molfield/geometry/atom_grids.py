"""Integration points that every atom of a molecule carries alike."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from torch_molfield.geometry.quadrature import lebedev_sphere

#: Å by which a coordinate of a ball's lattice may exceed the radius, so that rounding leaves out no point
_SLACK = 1.0e-3
#: radii in Å within which spheres have a share of the degree
_INNER = ((0.3, 1 / 3), (0.5, 1 / 2), (0.8, 0.7))
#: rules without negative weights
_DEGREES = (3, 5, 7, 9, 11, 15, 17, 19, 21, 23, 29, 31, 35, 41, 47, 53, 59, 65)


class AtomGrid(NamedTuple):
    """Points around an atom, and how atoms share space.

    Attributes:
        local: ``[K, 3]`` Å from the atom, float64.
        weight: ``[K]`` Å³ (or 1 each, for plain sums), float64.
        sharpness: Å⁻² of the cells among which space is divided, see :func:`cell_share`; ``None`` does not divide it:
            points of neighbouring atoms then count twice.
    """

    local: Tensor
    weight: Tensor
    sharpness: float | None


def ball_grid(radius: float = 0.75, spacing: float = 0.3, shift: float = 0.0) -> AtomGrid:
    """Nodes of an axis-aligned cubic lattice in a ball, each of weight 1 (Tsubaki and Mizoguchi, PRL 125, 206401).

    Coordinates are −R, −R + spacing, … ≤ R; the centre itself is no point. The defaults give 56 points.

    Args:
        radius: R in Å.
        spacing: of the lattice in Å.
        shift: Å by which all points are moved along x, y and z.

    Raises:
        ValueError: for a radius or spacing that is not positive, or a ball without points.
    """
    _positive(radius=radius, spacing=spacing)
    axis = torch.arange(-radius, radius + _SLACK, spacing, dtype=torch.float64)
    nodes = torch.cartesian_prod(axis, axis, axis)
    length = nodes.norm(dim=1)
    inside = nodes[(length <= radius + 1e-9) & (length > 1e-9)] + shift
    if len(inside) == 0:
        raise ValueError(f"a ball of {radius} Å has no point at a spacing of {spacing} Å; take a smaller spacing.")
    return AtomGrid(inside, torch.ones(len(inside), dtype=torch.float64), None)


def shell_grid(shells: int = 28, degree: int = 35, reach: float = 4.5, sharpness: float = 2.0) -> AtomGrid:
    """Lebedev spheres about an atom, for functions that are smooth and vanish ``reach`` Å from all atoms.

    Radii are r = reach (eᵗ − 1)/(e − 1), t the Gauss–Legendre nodes of (0, 1): somewhat closer near the nucleus, where
    spheres have lower degrees (a third within 0.3 Å, a half within 0.5 Å, 0.7 within 0.8 Å). Where nothing has a cusp,
    these few points integrate as well as many of
    :func:`~torch_molfield.geometry.quadrature.becke_grid`, whose radii go to infinity and whose cells are steep.

    Args:
        shells: number of radii.
        degree: of the outer spheres' rule, see :func:`~torch_molfield.geometry.quadrature.becke_grid`.
        reach: radius in Å of the ball that the shells fill.
        sharpness: of the cells, Å⁻².

    Raises:
        ValueError: for a number that is not positive, or a degree without a rule.
    """
    _positive(shells=shells, reach=reach, sharpness=sharpness)
    lebedev_sphere(degree)  # complains of a degree that has no rule
    nodes, weights = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(shells))
    growth = torch.exp((1 + nodes) / 2)
    scale = reach / (math.e - 1)
    radius = scale * (growth - 1)
    layer = scale * growth * weights / 2 * radius.square()
    local, weight = [], []
    for r, volume in zip(radius.tolist(), layer.tolist(), strict=True):
        direction, area = lebedev_sphere(_degree_at(r, degree))
        local.append(r * direction)
        weight.append(volume * area)
    return AtomGrid(torch.cat(local), torch.cat(weight), sharpness)


def _degree_at(radius: float, degree: int) -> int:
    """Degree of a sphere: near a nucleus the functions of other atoms vary little with direction."""
    share = next((share for limit, share in _INNER if radius < limit), 1.0)
    return next((known for known in _DEGREES if known >= share * degree - 1e-9), degree)


def cell_share(squared: Tensor, home: Tensor, present: Tensor, sharpness: float) -> Tensor:
    """Share ``[B, P]`` of each point's own atom: e^{−s d²} over the sum of it over all atoms of the molecule.

    A partition of unity as that of A. D. Becke, J. Chem. Phys. 88, 2547 (1988), with cells that are analytic, so that
    spheres of low degree suffice; half of the way between two nuclei belongs to each.

    Args:
        squared: ``[B, P, A]`` squared distances of points and atoms, Å².
        home: ``[P]`` the atom whose point it is.
        present: ``[B, A]`` false for padding.
        sharpness: s in Å⁻².
    """
    closeness = (-sharpness * squared).masked_fill(~present[:, None], -math.inf)
    index = home.expand(len(squared), -1).unsqueeze(-1)
    return (closeness.gather(2, index)[..., 0] - closeness.logsumexp(2)).exp()


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be positive, got {value}.")
