"""Extrema of the electrostatic potential of a molecule: σ-holes, lone pairs, π-systems."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from torch_molfield.fields.maxima import find_maxima
from torch_molfield.functions.base import FieldFunction
from torch_molfield.nn.gaussians import AtomCenteredDensity
from torch_molfield.surface.mesh import Floats, Mesh

#: Å, no vertex so near has a larger value than a maximum; a vertex has others on all sides within it
_NEAR = 0.8
#: Å, vertices so near a maximum of them tell where it is
_FIT = 0.5
#: Å of the grid on which minima in space are looked for, and how far it reaches beyond the atoms
_SPACING, _MARGIN = 0.3, 3.0
#: V above which a minimum in space is no lone pair: 1 kcal/mol/e
_DEPTH = 0.0434


class Extrema(NamedTuple):
    """P extrema of the potential, maxima first, each kind sorted by size.

    Attributes:
        points: ``[P, 3]`` Å.
        values: ``[P]`` V.
        maximum: ``[P]``, true for maxima; the others are minima.
        atom: ``[P]`` index of the nearest atom.
    """

    points: Floats
    values: Floats
    maximum: np.ndarray
    atom: np.ndarray


def surface_extrema(density: AtomCenteredDensity, mesh: Mesh, level: float | None = None) -> Extrema:
    """Maxima and minima of the potential on a surface of one molecule (V_S,max and V_S,min of Politzer and Murray).

    A vertex that none within 0.8 Å exceeds is a start; a parabola through the vertices around it tells the place.

    Args:
        mesh: of the surface, in steps of 0.3 Å or less.
        level: e/Å³ of the density on it, to which the places are moved back; without it they stay in the tangent plane.
    """
    vertices = torch.as_tensor(mesh.vertices).to(density.pos)
    with torch.no_grad():
        values = density.potential(vertices)[:, 0].double().cpu().numpy()
    places, signs = [], []
    for sign in (1, -1):
        found = _peaks(mesh, sign * values)
        places += found
        signs += [sign] * len(found)
    points = torch.as_tensor(np.array(places).reshape(-1, 3)).to(density.pos)
    if level is not None:
        points = _moved_to(density, points, level)
    return _listed(density, points, np.array(signs) > 0)


def space_minima(density: AtomCenteredDensity) -> Extrema:
    """Minima of the potential in space below −1 kcal/mol/e of one molecule: lone pairs, π-systems, anions. It has no
    maxima but at the nuclei."""
    potential = density.potential
    grid = potential.to_grid(_SPACING, margin=_MARGIN + 0.37 * _SPACING)

    def negative(points: Tensor) -> Tensor:
        return -potential(points)

    found = find_maxima(negative, -grid.values, grid.origin.to(density.pos), _SPACING, _DEPTH)
    apart = _apart(found.points.double().cpu().numpy(), found.values.double().cpu().numpy())
    points = found.points.detach()[torch.from_numpy(apart).to(found.points.device)]
    return _listed(density, points, np.zeros(len(points), dtype=bool))


def _apart(points: Floats, values: Floats) -> np.ndarray:
    """Rows ``[K]`` of the points that no deeper one is near: the floor of a flat basin has several."""
    kept: list[int] = []
    for k in np.argsort(-values, kind="stable").tolist():
        if all(np.linalg.norm(points[k] - points[other]) > _NEAR for other in kept):
            kept.append(k)
    return np.array(kept, dtype=np.int64)


def _peaks(mesh: Mesh, values: Floats) -> list[Floats]:
    """``[3]`` Å of the maxima of values at vertices."""
    from scipy.spatial import cKDTree

    tree = cKDTree(mesh.vertices)
    order = np.argsort(-values, kind="stable")
    taken = np.zeros(len(values), dtype=bool)
    found = []
    for k in order:
        if taken[k]:
            continue
        near = tree.query_ball_point(mesh.vertices[k], _NEAR)
        if values[near].max() > values[k]:
            continue
        taken[near] = True
        around = tree.query_ball_point(mesh.vertices[k], _FIT)
        found.append(_vertex_of_parabola(mesh, values, int(k), around))
    return found


def _vertex_of_parabola(mesh: Mesh, values: Floats, k: int, around: list[int]) -> Floats:
    """``[3]`` Å where the parabola through the values around vertex ``k``, in its tangent plane, is largest."""
    here, normal = mesh.vertices[k], mesh.vertex_normals[k]
    axes = np.linalg.svd(normal[None])[2][1:]
    x, y = axes @ (mesh.vertices[around] - here).T
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    if len(around) < terms.shape[1]:
        return here
    _, a, b, xx, xy, yy = np.linalg.lstsq(terms, values[around], rcond=None)[0]
    curvature = np.array([[2 * xx, xy], [xy, 2 * yy]])
    if np.linalg.eigvalsh(curvature).max() >= 0:
        return here
    step = -np.linalg.solve(curvature, [a, b])
    return here + step @ axes if np.linalg.norm(step) < _FIT else here


def _moved_to(function: FieldFunction, points: Tensor, level: float) -> Tensor:
    """The points moved along the slope to where the function has the value."""
    for _ in range(3):
        with torch.no_grad():
            excess = function(points) - level
        slope = function.gradient(points)[:, 0].detach()
        points = points - excess * slope / slope.square().sum(1, keepdim=True).clamp(min=1e-12)
    return points


def _listed(density: AtomCenteredDensity, points: Tensor, maximum: np.ndarray) -> Extrema:
    with torch.no_grad():
        values = density.potential(points)[:, 0].double().cpu().numpy() if len(points) else np.zeros(0)
    order = np.lexsort((-np.where(maximum, values, -values), ~maximum))
    places = points.double().cpu().numpy()[order]
    atom = np.linalg.norm(places[:, None] - density.pos.double().cpu().numpy(), axis=2).argmin(1)
    return Extrema(places, values[order], maximum[order], atom)
