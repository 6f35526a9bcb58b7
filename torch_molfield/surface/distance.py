"""Exact distances from points to a triangle mesh, with a KD-tree over the triangles' centres."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from torch_molfield.surface.mesh import Floats, Integers, Mesh


class ClosestPoints(NamedTuple):
    """For n points: ``distance [n]`` Å, nearest mesh ``points [n, 3]`` Å, ``faces [n]``, ``weights [n, 3]`` in them."""

    distance: Floats
    points: Floats
    faces: Integers
    weights: Floats


class MeshDistance:
    """Nearest points of one mesh; the search tree is built once.

    The result is exact: a triangle whose centre is farther than the best distance found plus the largest
    centre-to-corner distance cannot be nearer, and the number of candidates doubles until that holds for every point.

    Raises:
        ValueError: for a mesh without faces.
    """

    def __init__(self, mesh: Mesh) -> None:
        from scipy.spatial import cKDTree

        if not len(mesh.faces):
            raise ValueError("the mesh has no faces; mesh another level of the field.")
        centres = mesh.corners.mean(axis=1)
        self._mesh = mesh
        self._tree = cKDTree(centres)
        self._reach = float(np.linalg.norm(mesh.corners - centres[:, None], axis=2).max())

    def __call__(self, points: Floats, chunk_size: int = 20000) -> ClosestPoints:
        """The nearest points of the mesh for ``points [n, 3]`` Å."""
        points = np.asarray(points, dtype=np.float64)
        parts = [self._nearest(points[s : s + chunk_size]) for s in range(0, max(len(points), 1), chunk_size)]
        return ClosestPoints(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def _nearest(self, points: Floats) -> ClosestPoints:
        distance = np.full(len(points), np.inf)
        faces = np.zeros(len(points), dtype=np.int64)
        weights = np.zeros((len(points), 3))
        open_rows, candidates = np.arange(len(points)), 8
        while len(open_rows):
            candidates = min(candidates, len(self._mesh.faces))
            to_centre, near = self._tree.query(points[open_rows], k=candidates)
            to_centre, near = to_centre.reshape(-1, candidates), near.reshape(-1, candidates)
            local = barycentric_of_nearest(points[open_rows, None], self._mesh.corners[near])
            offset = points[open_rows, None] - np.einsum("nkc,nkcd->nkd", local, self._mesh.corners[near])
            length = np.linalg.norm(offset, axis=2)
            rows, best = np.arange(len(open_rows)), length.argmin(axis=1)
            distance[open_rows] = length[rows, best]
            faces[open_rows], weights[open_rows] = near[rows, best], local[rows, best]
            unsure = to_centre[:, -1] - self._reach < distance[open_rows]
            if candidates == len(self._mesh.faces):
                break
            open_rows, candidates = open_rows[unsure], candidates * 2
        nearest = np.einsum("nc,ncd->nd", weights, self._mesh.corners[faces])
        return ClosestPoints(distance, nearest, faces, weights)


def barycentric_of_nearest(points: Floats, corners: Floats) -> Floats:
    """Barycentric weights ``[..., 3]`` of the point of each triangle ``corners [..., 3, 3]`` nearest to ``points``.

    The foot of the perpendicular if it lies in the triangle, otherwise the nearest point of the three edges.
    """
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = _dot(ab, ab), _dot(ab, ac), _dot(ac, ac)
    d20, d21 = _dot(ap, ab), _dot(ap, ac)
    # a sliver has no usable plane: let its edges decide
    determinant = d00 * d11 - d01 * d01
    flat = determinant <= 1e-14 * np.maximum(d00 * d11, np.finfo(np.float64).tiny)
    safe = np.where(flat, 1.0, determinant)
    v, w = (d11 * d20 - d01 * d21) / safe, (d00 * d21 - d01 * d20) / safe
    inside = np.stack([1 - v - w, v, w], axis=-1)
    edges = np.stack([_edge_weights(points, corners, i, (i + 1) % 3) for i in range(3)], axis=-2)
    offsets = points[..., None, :] - edges @ corners
    nearest_edge = np.take_along_axis(edges, _dot(offsets, offsets).argmin(axis=-1)[..., None, None], axis=-2)[
        ..., 0, :
    ]
    usable = (inside >= 0).all(axis=-1) & ~flat
    return np.where(usable[..., None], inside, nearest_edge)


def _edge_weights(points: Floats, corners: Floats, start: int, end: int) -> Floats:
    edge = corners[..., end, :] - corners[..., start, :]
    along = _dot(points - corners[..., start, :], edge) / np.maximum(_dot(edge, edge), np.finfo(np.float64).tiny)
    weights = np.zeros((*along.shape, 3))
    weights[..., end] = np.clip(along, 0, 1)
    weights[..., start] = 1 - weights[..., end]
    return weights


def _dot(a: Floats, b: Floats) -> Floats:
    return np.einsum("...d,...d->...", a, b)
