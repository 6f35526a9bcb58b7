"""A triangle mesh in Å: the value type that everything in ``surface`` takes and returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


class SurfaceSample(NamedTuple):
    """Points drawn on a mesh: positions ``[n, 3]`` Å, unit outward normals ``[n, 3]``, the face of each ``[n]``."""

    points: Floats
    normals: Floats
    faces: Integers


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh in space, in Å.

    ``vertices [V, 3]`` are float64 in Å; ``faces [F, 3]`` int64, counter-clockwise when seen from outside, so that
    normals point outwards and the signed volume of a closed mesh is positive. One mesh may have several components and
    cavities (whose volume counts as negative). ``values`` are named numbers at the vertices, ``[V]`` each; PLY files
    hold them too.

    Raises:
        ValueError: for wrong shapes, coordinates that are not finite, or faces that refer to vertices that do not
            exist.
    """

    vertices: Floats
    faces: Integers
    values: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        vertices = np.ascontiguousarray(self.vertices, dtype=np.float64)
        faces = np.ascontiguousarray(self.faces, dtype=np.int64)
        if vertices.ndim != 2 or vertices.shape[1] != 3:
            raise ValueError(f"vertices must have shape [V, 3] in Å, got {vertices.shape}.")
        if faces.ndim != 2 or faces.shape[1] != 3:
            raise ValueError(
                f"faces must have shape [F, 3] (triangles), got {faces.shape}; triangulate the mesh first."
            )
        if not np.isfinite(vertices).all():
            raise ValueError("vertices contain NaN or infinity; mesh the field again on a finite box.")
        if faces.size and (faces.min() < 0 or faces.max() >= len(vertices)):
            raise ValueError(f"faces refer to vertices outside 0..{len(vertices) - 1}; renumber them.")
        for name, array in self.values.items():
            if np.shape(array) != (len(vertices),):
                raise ValueError(
                    f"{name} has shape {np.shape(array)} for {len(vertices)} vertices; give one number per vertex."
                )
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)

    @cached_property
    def corners(self) -> Floats:
        """Corner positions of every face, ``[F, 3 corners, 3]`` Å."""
        return self.vertices[self.faces]

    @cached_property
    def face_vectors(self) -> Floats:
        """Half the cross product of each face's edges ``[F, 3]`` Å²: its length is the area, its direction outward."""
        a, b, c = np.moveaxis(self.corners, 1, 0)
        return np.cross(b - a, c - a) / 2

    @cached_property
    def face_areas(self) -> Floats:
        """Area of every face, ``[F]`` Å²."""
        return np.linalg.norm(self.face_vectors, axis=1)

    @property
    def area(self) -> float:
        """Surface area in Å²."""
        return float(self.face_areas.sum())

    @property
    def volume(self) -> float:
        """Signed enclosed volume in Å³ (divergence theorem), positive when the faces of a closed mesh turn outwards."""
        if not len(self.faces):
            return 0.0
        centre = self.vertices.mean(axis=0)
        return float(((self.corners.mean(axis=1) - centre) * self.face_vectors).sum() / 3)

    @cached_property
    def is_watertight(self) -> bool:
        """Whether the mesh is closed and consistently oriented: each edge occurs equally often in both directions."""
        edges = self.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        if not len(edges) or (edges[:, 0] == edges[:, 1]).any():
            return False
        forward = np.sort(edges[:, 0] * len(self.vertices) + edges[:, 1])
        backward = np.sort(edges[:, 1] * len(self.vertices) + edges[:, 0])
        return bool((forward == backward).all())

    @cached_property
    def vertex_normals(self) -> Floats:
        """Unit outward normals at the vertices ``[V, 3]``: area-weighted means, insensitive to narrow triangles."""
        sums = np.zeros_like(self.vertices)
        for corner in range(3):
            for axis in range(3):
                sums[:, axis] += np.bincount(self.faces[:, corner], self.face_vectors[:, axis], len(self.vertices))
        return normalized(sums)

    @cached_property
    def component_labels(self) -> Integers:
        """Index of the connected component of each vertex, ``[V]``, from 0."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        rows, columns = self.faces[:, [0, 1]].ravel(), self.faces[:, [1, 2]].ravel()
        size = len(self.vertices)
        graph = coo_array((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(size, size))
        return connected_components(graph, directed=False)[1]

    @property
    def num_components(self) -> int:
        """Number of connected components (an inner cavity is a component of its own)."""
        return int(self.component_labels.max(initial=-1)) + 1

    def interpolate(self, values: Floats, faces: Integers, weights: Floats) -> Floats:
        """Interpolate ``values [V, ...]`` of the vertices at barycentric ``weights [n, 3]`` in ``faces [n]``."""
        corner_values = np.asarray(values)[self.faces[faces]]
        return np.einsum("nc,nc...->n...", weights, corner_values)

    def sample(self, n: int, seed: int = 0) -> SurfaceSample:
        """Draw ``n`` points uniformly by area, with interpolated outward normals; the same seed gives the same points.

        Raises:
            ValueError: if the mesh has no area.
        """
        total = self.area
        if not total > 0:
            raise ValueError("the mesh has no area, so no points can be drawn on it; mesh another level of the field.")
        rng = np.random.default_rng(seed)
        faces = rng.choice(len(self.faces), size=n, p=self.face_areas / total)
        # the square root makes the density uniform over the triangle
        root, along = np.sqrt(rng.random(n)), rng.random(n)
        weights = np.stack([1 - root, root * (1 - along), root * along], axis=1)
        points = np.einsum("nc,ncd->nd", weights, self.corners[faces])
        return SurfaceSample(points, normalized(self.interpolate(self.vertex_normals, faces, weights)), faces)

    def __repr__(self) -> str:
        return f"Mesh({len(self.vertices)} vertices, {len(self.faces)} faces)"


def normalized(vectors: Floats) -> Floats:
    """Rows of ``[n, 3]`` scaled to length 1; zero rows stay zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.finfo(np.float64).tiny)
