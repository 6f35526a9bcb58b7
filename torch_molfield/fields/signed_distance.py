"""Exact signed distance to the van der Waals, solvent-accessible and solvent-excluded surface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from torch_molfield.compiled import kernels
from torch_molfield.data.elements import vdw_radii
from torch_molfield.fields._accessible import Nearest, nearest_accessible
from torch_molfield.fields._cusps import Cusps, find_cusps
from torch_molfield.fields._envelope import attach_slopes
from torch_molfield.fields._slopes import distance_slopes
from torch_molfield.fields.base import Field
from torch_molfield.fields.registry import register_field
from torch_molfield.geometry.union_boundary import UnionBoundary, union_boundary
from torch_molfield.geometry.union_measure import union_measure
from torch_molfield.surface.mesh import Mesh
from torch_molfield.surface.molecule import mesh_molecule
from torch_molfield.surface.subdivision import area_and_volume

SURFACES = ("vdw", "sas", "ses")
#: that PyTorch takes for a point of a protein, about
SECONDS = 1e-5


@dataclass(frozen=True)
class Boundaries:
    """Boundary tables in float64, and in the precision of the positions."""

    exact: UnionBoundary
    working: UnionBoundary

    def nearest(self, x: Tensor, molecule: Tensor, dtype: torch.dtype) -> Nearest:
        """Nearest accessible points of ``x [P, 3]`` (float64, relative to the origins), as precise as ``dtype``."""
        loops = kernels("torch_molfield.fields._accessible", SECONDS * len(x), x.device)
        if hasattr(loops, "AccessibleSearch"):
            return self._search(x, molecule)
        balls = self.exact if dtype == torch.float64 else self.working
        return nearest_accessible(x.to(dtype), molecule, balls)

    @cached_property
    def _search(self) -> Callable[[Tensor, Tensor], Nearest]:
        from torch_molfield.fields._accessible_compiled import AccessibleSearch

        return AccessibleSearch(self.exact)


@register_field("signed_distance")
class SignedDistanceField(Field):
    """Signed distance in Å to a molecular surface, negative inside: an exact distance, |∇f| = 1 almost everywhere.

    With A the space outside all balls of radius r + p, the surfaces bound: ``"vdw"`` the union of the balls of radius
    r; ``"sas"`` the union of the balls of radius r + p; ``"ses"`` the volume that no probe of radius p centred in A
    reaches (Richards 1977, Connolly 1983). Inside a union of balls the distance to the accessible space A is found in
    closed form, among accessible sphere patches, arcs and vertices. The solvent-excluded distance is the van der Waals
    distance where that is p or more, and elsewhere p minus the distance to A. In front of cusps, where probes overlap,
    the nearest point of the volume outside all probes is found by cutting off one probe after another; it is exact to
    round-off unless more than six probes matter at one point (it is then a lower bound).

    Enclosed cavities that are large enough for the probe (any cavity for ``"vdw"``) count as outside and have a
    surface.

    First derivatives by ``points`` and ``pos`` are exact; at ties, on axes and at atom centres one of the possible ones
    is returned, always finite.

    Args:
        surface: ``"vdw"``, ``"sas"`` or ``"ses"``.
        probe_radius: p in Å, for ``"sas"`` and ``"ses"``; 1.4 for water.
        radii: atomic number -> radius in Å; replaces or completes Bondi's radii (as in ASE's table).

    Raises:
        ValueError: for an unknown surface, a probe radius that is negative or not finite, or an element without a
            radius.
        RuntimeError: when differentiated twice.
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
        if radii is not None and not all(0.0 < radius < float("inf") for radius in radii.values()):
            raise ValueError(f"radii must be positive lengths in Å, got {dict(radii)}.")
        self.surface = surface
        self.probe_radius = float(probe_radius)
        self.radii = None if radii is None else dict(radii)

    def prepare(self, z: Tensor, pos: Tensor, batch: Tensor) -> Boundaries:
        """Boundary of the union of balls that defines the surface."""
        radius = self.atom_radii(z)
        balls = radius if self.surface == "vdw" else radius + self.probe_radius
        with torch.no_grad():
            exact = union_boundary(pos, balls, batch)
            return Boundaries(exact, exact if pos.dtype == torch.float64 else exact.to(pos.dtype))

    def area_and_volume(
        self, z: Tensor, pos: Tensor, mesh: Mesh | None = None, spacing: float = 0.3
    ) -> tuple[float, float]:
        """Return area (Å²) and volume (Å³) of the surface of one molecule within 0.1 %; cavity walls are included.

        Those of a solvent-excluded surface are extrapolated from a mesh and its subdivision
        (:func:`~torch_molfield.surface.subdivision.area_and_volume`); the others from spheres
        (:func:`~torch_molfield.geometry.union_measure.union_measure`), as creases spoil an extrapolation.

        Args:
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` Å.
            mesh: a mesh of this surface, if there is one already.
            spacing: spacing of its lattice, Å.

        Raises:
            ValueError: for malformed atoms, an element without a radius, or a spacing that makes no mesh.
        """
        bound = self.bind(z, pos)
        if self.surface != "ses":
            return union_measure(bound.state.exact)
        mesh = mesh or mesh_molecule(self, z, pos, spacing)
        return area_and_volume(lambda points: bound(points)[:, 0], mesh, spacing, bound.pos.dtype, bound.pos.device)

    def atom_radii(self, z: Tensor) -> Tensor:
        """Return the van der Waals radii ``[N]`` in Å, float64.

        Raises:
            ValueError: for an element without a radius.
        """
        try:
            return vdw_radii(z, self.radii, torch.float64)
        except ValueError as error:
            raise ValueError(f"{error} (Give it to SignedDistanceField as radii={{number: Å}}.)") from None

    def evaluate(
        self, points: Tensor, points_batch: Tensor, z: Tensor, pos: Tensor, batch: Tensor, state: Boundaries
    ) -> Tensor:
        """``[Q, 1]`` signed distances in Å."""
        with torch.no_grad():
            exact = points.double() - state.exact.origin[points_batch]
            local = exact.to(points.dtype)
            near = state.nearest(exact, points_batch, points.dtype).to(points.dtype)
            value, cusps = -near.depth, None
            if self.surface == "ses":
                cusps = self._cusps(exact, points_batch, near, state)
                value = value + self.probe_radius
                value[cusps.index] = (exact[cusps.index] - cusps.target).norm(dim=1).to(value)
        if torch.is_grad_enabled() and (points.requires_grad or pos.requires_grad):
            with torch.no_grad():
                slopes = distance_slopes(local, near, cusps, state.working.pos, self.probe_radius)
            value = attach_slopes(points, pos, value, *slopes)
        return value[:, None]

    def _cusps(self, x: Tensor, molecule: Tensor, near: Nearest, state: Boundaries) -> Cusps:
        def nearest(target: Tensor, rows: Tensor) -> Nearest:
            return state.nearest(target, molecule[rows], torch.float64)

        return find_cusps(x, near, state.exact.pos, self.probe_radius, nearest)
