"""Surfaces of molecules for the viewer: exact, learned, and those of a density, with their colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch_geometric.data import Data

from torch_molfield.data.units import BOHR, KCAL_PER_MOL
from torch_molfield.evaluation.surfaces import learned_distance, mesh_learned
from torch_molfield.fields import SignedDistanceField
from torch_molfield.functions import FieldFunction
from torch_molfield.models import MolField
from torch_molfield.surface import Mesh, mean_curvature, mesh_molecules
from torch_molfield.surface.mesh import Floats
from torch_molfield.viz.figures import error_limit
from torch_molfield.viz.viewer.scene import Paint, ShownSurface

if TYPE_CHECKING:
    from torch_molfield.nn.gaussians import AtomCenteredDensity

#: the closed-form surfaces
EXACT = {"vdw": "van der Waals", "sas": "solvent-accessible", "ses": "solvent-excluded"}
#: e/bohr³, of the surface that chemists draw
ISODENSITY = 0.001
#: 1/Å, the limit of the colours of curvatures: a sphere of 1 Å
CURVATURE = 1.0
#: share of the vertices above the limit of the colours of potentials
BEYOND = 0.03


class LearnedSurface(NamedTuple):
    """A model of signed distances, its name, and the exact surface that it was trained on, where that is known."""

    name: str
    model: MolField
    exact: SignedDistanceField | None


def exact_surface(kind: str, molecules: Sequence[Data], spacing: float) -> ShownSurface:
    """A closed-form surface of one geometry, or of each of several of the same atoms; ``kind`` of ``EXACT``."""
    field = SignedDistanceField(kind)
    meshes = [mesh_molecules(field, data.z, data.pos, spacing=spacing)[0] for data in molecules]
    return moving_surface(EXACT[kind], meshes)


def learned_surface(learned: LearnedSurface, molecules: Sequence[Data], spacing: float) -> ShownSurface:
    """What a model has learned, painted with its error where the exact surface is known."""
    meshes = [mesh_learned(learned_distance(learned.model, d.z, d.pos), spacing)[0] for d in molecules]
    surface = moving_surface(f"learned by {learned.name}", meshes)
    if learned.exact is None:
        return surface
    bound = [learned.exact.bind(d.z, d.pos) for d in molecules]
    return with_error(surface, [at_vertices(exact, mesh) for exact, mesh in zip(bound, meshes, strict=True)])


def with_error(surface: ShownSurface, errors: Sequence[Floats]) -> ShownSurface:
    """The surface painted with how far it lies outside of (positive) or inside of another one, Å ``[V]`` per mesh."""
    limit = error_limit(errors)
    error = Paint("error", "learned − exact", "Å", errors, limit, "BuRd", ("inside", "outside"))
    return replace(surface, paints=[error, *surface.paints], paint="error")


def density_surface(density: AtomCenteredDensity, spacing: float) -> ShownSurface:
    """Where the density is 0.001 e/bohr³, painted with the electrostatic potential."""
    mesh = density.to_mesh(ISODENSITY / BOHR**3, spacing, ascent=True)
    name = f"electron density {ISODENSITY} e/bohr³"
    return with_potential(replace(moving_surface(name, [mesh]), paint="potential"), [density])


def with_potential(surface: ShownSurface, densities: Sequence[AtomCenteredDensity]) -> ShownSurface:
    """The surface with the electrostatic potential of a density as a further colour; one density per mesh."""
    pairs = zip(densities, surface.meshes, strict=True)
    values = [at_vertices(density.potential, mesh) / KCAL_PER_MOL for density, mesh in pairs]
    paint = Paint(
        "potential",
        "electrostatic potential",
        "kcal/mol/e",
        values,
        potential_limit(values),
        "RdBu",
        ("negative", "positive"),
    )
    return replace(surface, paints=[paint, *surface.paints])


def potential_limit(values: Sequence[Floats]) -> float:
    """A limit of the colours that nearly all values keep within, with two digits."""
    top = max(float(np.quantile(np.abs(v), 1 - BEYOND)) for v in values)
    return float(f"{max(top, 0.1):.2g}")


def common_limit(surfaces: Sequence[ShownSurface], name: str) -> list[ShownSurface]:
    """The surfaces with one limit for the colours called ``name``, so that they can be compared."""
    limit = max((paint.limit for s in surfaces for paint in s.paints if paint.name == name), default=1.0)
    return [
        replace(s, paints=[replace(paint, limit=limit) if paint.name == name else paint for paint in s.paints])
        for s in surfaces
    ]


def at_vertices(function: FieldFunction, mesh: Mesh) -> Floats:
    """The first channel of a function of space at the vertices ``[V]``."""
    with torch.no_grad():
        values = function(torch.as_tensor(mesh.vertices).to(function.places))[:, 0]
    return values.double().cpu().numpy()


def moving_surface(name: str, meshes: Sequence[Mesh]) -> ShownSurface:
    """Meshes of one geometry or of every frame, with their curvatures."""
    curvature = Paint(
        "curvature",
        "mean curvature",
        "1/Å",
        [mean_curvature(mesh) for mesh in meshes],
        CURVATURE,
        "PuOr",
        ("hollow", "convex"),
    )
    return ShownSurface(name, meshes, "frame" if len(meshes) > 1 else "", [curvature])
