"""Exact signed distance to the van der Waals, solvent-accessible and solvent-excluded surface."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from torch_molfield.data.elements import vdw_radii
from torch_molfield.fields._accessible import Nearest, nearest_accessible, unit
from torch_molfield.fields._envelope import attach_slopes, multipliers
from torch_molfield.fields.base import Field
from torch_molfield.geometry.union_boundary import UnionBoundary, union_boundary

SURFACES = ("vdw", "sas", "ses")


class SignedDistanceField(Field):
    """Signed distance in Å to a molecular surface, negative inside: a true distance, |∇f| = 1 almost everywhere.

    With A the space outside all balls of radius r + p, the surfaces bound: ``"vdw"`` the union of the balls of radius
    r; ``"sas"`` the union of those of radius r + p; ``"ses"`` the volume that no probe of radius p centred in A
    reaches (Richards 1977, Connolly 1983). Inside a union of balls the distance to the accessible space A is found
    among accessible sphere patches, arcs and vertices in closed form; the solvent-excluded distance is p minus the
    distance to A wherever f_vdw < p, and the van der Waals distance beyond.

    Enclosed cavities large enough for the probe (``"vdw"``: any) count as outside and have a surface.

    Derivatives of first order by ``points`` and ``pos`` are exact; at ties, on axes and at atom centres one of the
    possible ones is given, finite. Second derivatives raise ``RuntimeError``.

    Args:
        surface: ``"vdw"``, ``"sas"`` or ``"ses"``.
        probe_radius: p in Å, of ``"sas"`` and ``"ses"``; 1.4 is water.
        radii: atomic number -> radius in Å, replaces or completes Bondi's radii (as in ASE's table).

    Raises:
        ValueError: for an unknown surface, a bad probe radius, or an element without a radius.
    """

    channels = ("signed_distance",)
    units = "Å"
    parameters = ("surface", "probe_radius", "radii")
    chunk_size = 65536

    def __init__(
        self, surface: str = "vdw", probe_radius: float = 1.4, radii: Mapping[int, float] | None = None
    ) -> None:
        if surface not in SURFACES:
            raise ValueError(f"surface must be one of {', '.join(SURFACES)}, got {surface!r}.")
        if not 0.0 <= probe_radius < float("inf"):
            raise ValueError(f"probe_radius must be a length in Å, 0 or more, got {probe_radius}.")
        self.surface = surface
        self.probe_radius = float(probe_radius)
        self.radii = None if radii is None else dict(radii)

    def prepare(self, z: Tensor, pos: Tensor, batch: Tensor) -> UnionBoundary:
        """Boundary of the union of balls behind the surface."""
        radius = vdw_radii(z, self.radii, torch.float64)
        balls = radius if self.surface == "vdw" else radius + self.probe_radius
        with torch.no_grad():
            return union_boundary(pos, balls, batch)

    def evaluate(
        self,
        points: Tensor,
        points_batch: Tensor,
        z: Tensor,
        pos: Tensor,
        batch: Tensor,
        state: UnionBoundary,
    ) -> Tensor:
        """``[Q, 1]`` signed distances in Å."""
        with torch.no_grad():
            local = (points.double() - state.origin[points_batch]).to(points.dtype)
            near = nearest_accessible(local, points_batch, state)
            value = (self.probe_radius if self.surface == "ses" else 0.0) - near.depth
        if torch.is_grad_enabled() and (points.requires_grad or pos.requires_grad):
            value = _differentiable(points, pos, value, local, near, state)
        return value[:, None]


def _differentiable(
    points: Tensor, pos: Tensor, value: Tensor, local: Tensor, near: Nearest, balls: UnionBoundary
) -> Tensor:
    """``value`` with the derivatives of ``-depth``, read off the nearest point."""
    with torch.no_grad():
        towards = (local - near.foot) / near.depth[:, None]
        towards = torch.where(near.depth[:, None].abs() > 1e-12, towards, _outwards(near, balls))
        used = (near.atoms >= 0)[..., None]
        pulls = torch.where(used, balls.pos[near.atoms.clamp_min(0)] - near.foot[:, None], 0.0)
        atom_slope = multipliers(towards, pulls)[..., None] * pulls if pos.requires_grad else pulls
    return attach_slopes(points, pos, value, -towards, near.atoms, atom_slope)


def _outwards(near: Nearest, balls: UnionBoundary) -> Tensor:
    """Minus the first ball's normal at the foot, for points that lie on the surface itself."""
    centre = balls.pos[near.atoms[:, 0]] - near.foot
    return unit(centre, centre.new_tensor([0.0, 0.0, 1.0]))
