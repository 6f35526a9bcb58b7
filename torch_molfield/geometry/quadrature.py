"""Atom-centred integration grids: Lebedev spheres, Gauss–Chebyshev radii, Becke's partition of space."""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor

from torch_molfield.data.validation import check_atoms
from torch_molfield.geometry.precision import full_precision

#: Distance (Å) over which half of an atom's radial points lie.
_SCALE = 1.0
#: Rows times atoms of the partition's distances that are held at once.
_ROWS = 4_000_000


@full_precision
def becke_grid(
    z: Tensor, pos: Tensor, batch: Tensor | None = None, radial: int = 50, degree: int = 23
) -> tuple[Tensor, Tensor, Tensor]:
    """Return points and weights that integrate density-like fields over space: ∫ f ≈ Σ_q w_q f(x_q).

    A. D. Becke, J. Chem. Phys. 88, 2547 (1988): each atom has spheres with Lebedev's rule of ``degree`` at the
    ``radial`` Gauss–Chebyshev radii r = (1 + u)/(1 − u) Å (eq. 25), and atoms share space by the three times iterated
    polynomial (eqs. 19–22), without a correction for atomic sizes. The spheres have the axes of the coordinates: a
    rotated molecule is integrated as accurately, but not at rotated points; use canonical coordinates if that matters.
    Weights are positive (except at degrees 13, 25 and 27). Points are detached: not differentiable in ``pos``.

    Args:
        z: ``[N]`` atomic numbers.
        pos: ``[N, 3]`` Å.
        batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.
        radial: number of radii per atom.
        degree: of the rule on spheres: 3, 5, 7, ..., 31, 35, 41, ... (scipy's table); 23 has 194 points.

    Returns:
        ``(points [Q, 3] Å, weights [Q] Å³, points_batch [Q])``.

    Raises:
        ValueError: for no radius, a degree without a rule, or malformed atoms.
    """
    z, pos, batch = check_atoms(z, pos, batch)
    if radial < 1:
        raise ValueError(f"radial must be at least 1 sphere per atom, got {radial}.")
    direction, area = (part.to(pos.device) for part in lebedev_sphere(degree))
    radius, shell = (part.to(pos.device) for part in _radii(radial))
    local = (radius[:, None, None] * direction).reshape(-1, 3)
    local_weight = (shell[:, None] * area).reshape(-1)
    exact = pos.detach().double()
    points = (exact[:, None] + local).reshape(-1, 3)
    home = torch.arange(len(z), device=pos.device).repeat_interleave(len(local))
    share = _becke_share(points, home, exact, batch)
    weights = local_weight.repeat(len(z)) * share
    kept = (weights != 0).nonzero()[:, 0]
    return points[kept].to(pos.dtype), weights[kept].to(pos.dtype), batch[home[kept]]


@functools.lru_cache(maxsize=8)
def lebedev_sphere(degree: int) -> tuple[Tensor, Tensor]:
    """Directions ``[K, 3]`` and weights ``[K]``, float64; they sum to 4π, and some are negative at 13, 25 and 27.

    Raises:
        ValueError: for a degree without a rule.
    """
    from scipy.integrate import lebedev_rule

    try:
        points, weights = lebedev_rule(degree)
    except (NotImplementedError, ValueError, KeyError) as error:
        raise ValueError(
            f"degree {degree} has no Lebedev rule; take an odd one up to 31, or 35, 41, 47, ..."
        ) from error
    return torch.from_numpy(points.T.copy()).double(), torch.from_numpy(weights.copy()).double()


def ball_grid(number: int, reach: float, degree: int) -> tuple[Tensor, Tensor]:
    """Points ``[K, 3]`` Å and weights ``[K]`` Å³ that integrate over a ball of radius ``reach`` Å, float64.

    Lebedev's rule of ``degree`` on ``number`` spheres, which are denser near the centre: r = ``reach`` · u², u in the
    middle of equal intervals.
    """
    direction, area = lebedev_sphere(degree)
    place = (torch.arange(number, dtype=torch.float64) + 0.5) / number
    radius = reach * place**2
    shell = radius**2 * (2 * reach * place / number)
    return (radius[:, None, None] * direction).reshape(-1, 3), (shell[:, None] * area).reshape(-1)


def _radii(number: int) -> tuple[Tensor, Tensor]:
    """Gauss–Chebyshev rule of the second kind on (−1, 1) mapped to (0, ∞), with r² dr in the weights."""
    angle = torch.arange(1, number + 1, dtype=torch.float64) * (math.pi / (number + 1))
    u = torch.cos(angle)
    radius = _SCALE * (1 + u) / (1 - u)
    weight = math.pi / (number + 1) * torch.sin(angle) * 2 * _SCALE / (1 - u).square() * radius.square()
    return radius, weight


def _becke_share(points: Tensor, home: Tensor, pos: Tensor, batch: Tensor) -> Tensor:
    """Share ``[Q]`` of the home atom at each point among the atoms of its molecule."""
    sizes = torch.bincount(batch)
    starts = torch.cumsum(sizes, 0) - sizes
    width = int(sizes.max())
    slot = torch.arange(width, device=pos.device)
    member = starts[batch][:, None] + slot.clamp(max=width - 1)
    inside = slot < sizes[batch][:, None]
    member = torch.where(inside, member, member[:, :1])  # [N, width]: the molecule's atoms, padded
    step = max(1, _ROWS // (width * width))
    return torch.cat(
        [_share(points[s : s + step], home[s : s + step], pos, member, inside) for s in range(0, len(points), step)]
    )


def _share(points: Tensor, home: Tensor, pos: Tensor, member: Tensor, inside: Tensor) -> Tensor:
    atoms, real = member[home], inside[home]
    distance = (points[:, None] - pos[atoms]).norm(dim=-1)
    between = torch.cdist(pos[atoms], pos[atoms]) if atoms.shape[1] > 1 else distance.new_ones(len(points), 1, 1)
    other = real[:, None, :] & (atoms[:, :, None] != atoms[:, None, :])
    mu = (distance[:, :, None] - distance[:, None, :]) / torch.where(other, between, 1.0)
    for _ in range(3):
        mu = 1.5 * mu - 0.5 * mu**3
    cell = torch.where(other, 0.5 * (1 - mu), 1.0).prod(dim=2) * real
    mine = torch.where(atoms == home[:, None], cell, 0.0)
    # Padded slots repeat the first atom; they carry no cell of their own because ``real`` is false there.
    return mine.sum(1) / cell.sum(1)
