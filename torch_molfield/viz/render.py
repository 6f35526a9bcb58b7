"""Shaded pictures of surfaces and molecules, drawn in memory without a display."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from torch_molfield.surface.mesh import Floats, Mesh, normalized
from torch_molfield.viz.camera import Camera
from torch_molfield.viz.raster import Fragments, rasterize

#: towards the lamp, in the viewer's right, up, front
LAMP = np.array([-0.35, 0.55, 0.76])
BACKGROUND = np.array([1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Layer:
    """A mesh to be drawn, with its colours and its opacity.

    ``colors`` are RGB in 0..1, ``[V, 3]`` or ``[3]``; an ``opacity`` of 1 hides what is behind. A translucent surface
    is denser where it turns away from the viewer, as a thin shell is.
    """

    mesh: Mesh
    colors: Floats
    opacity: float = 1.0


def render(layers: Sequence[Layer], camera: Camera, smooth: int = 2) -> NDArray[np.uint8]:
    """Draw layers in the given order (opaque ones first) as ``[height, width, 3]`` RGB, 0..255.

    A later layer covers an earlier one where it is nearer. Each pixel is the average of ``smooth``² samples.
    """
    view = camera.enlarged(smooth)
    picture = np.broadcast_to(BACKGROUND, (view.height, view.width, 3)).astype(np.float64)
    front = np.full((view.height, view.width), -np.inf)
    for layer in layers:
        fragments = rasterize(view.project(layer.mesh.vertices), layer.mesh.faces, view.width, view.height)
        shown = (fragments.face >= 0) & (fragments.depth > front)
        color, opacity = _shade(layer, fragments, shown, view.rotation)
        picture[shown] = opacity[:, None] * color + (1 - opacity[:, None]) * picture[shown]
        front[shown] = fragments.depth[shown]
    fine = picture.reshape(camera.height, smooth, camera.width, smooth, 3).mean(axis=(1, 3))
    return (np.clip(fine, 0, 1) * 255 + 0.5).astype(np.uint8)


def _shade(layer: Layer, fragments: Fragments, shown: NDArray[np.bool_], rotation: Floats) -> tuple[Floats, Floats]:
    faces, weights = fragments.face[shown], fragments.weights[shown].astype(np.float64)
    normals = layer.mesh.interpolate(_smooth_normals(layer.mesh) @ rotation.T, faces, weights)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    base = np.broadcast_to(np.asarray(layer.colors, dtype=np.float64), layer.mesh.vertices.shape)
    color = layer.mesh.interpolate(base, faces, weights)
    light = 0.5 + 0.5 * normals @ LAMP  # wrapped: no face is black
    halfway = LAMP + np.array([0, 0, 1.0])
    gloss = np.maximum(normals @ (halfway / np.linalg.norm(halfway)), 0) ** 40
    facing = np.clip(normals[:, 2], 0, 1)
    lit = color * (0.38 + 0.62 * light)[:, None] * (0.72 + 0.28 * facing)[:, None] + 0.22 * gloss[:, None]
    opacity = layer.opacity + (1 - layer.opacity) * (1 - facing) ** 2 * float(layer.opacity < 1)
    return lit, opacity


def _smooth_normals(mesh: Mesh) -> Floats:
    """Vertex normals averaged once over the neighbouring faces: the slivers of marching cubes leave no streaks."""
    over_faces = mesh.vertex_normals[mesh.faces].mean(axis=1) * mesh.face_areas[:, None]
    sums = np.zeros_like(mesh.vertices)
    for corner in range(3):
        np.add.at(sums, mesh.faces[:, corner], over_faces)
    return normalized(sums)
