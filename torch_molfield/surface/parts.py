"""Connected components of meshes, and the centre of their volume."""

from __future__ import annotations

import numpy as np

from torch_molfield.surface.mesh import Floats, Mesh


def components(mesh: Mesh) -> list[Mesh]:
    """Return the connected components of a mesh, each with its values; a cavity is a component of negative volume."""
    labels = mesh.component_labels
    order = np.argsort(labels, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    owner = labels[mesh.faces[:, 0]]
    faces = place[mesh.faces[np.argsort(owner, kind="stable")]]
    begins = np.cumsum(np.bincount(labels, minlength=mesh.num_components))[:-1]
    pieces = np.split(faces, np.cumsum(np.bincount(owner, minlength=mesh.num_components))[:-1])
    return [
        Mesh(mesh.vertices[rows], piece - begin, {name: np.asarray(array)[rows] for name, array in mesh.values.items()})
        for rows, piece, begin in zip(np.split(order, begins), pieces, [0, *begins], strict=True)
    ]


def centroid(mesh: Mesh) -> Floats:
    """Return the centre ``[3]`` (Å) of the volume that a closed mesh encloses, also of a cavity."""
    middle = mesh.vertices.mean(axis=0)
    corners = mesh.corners - middle
    cones = (corners.mean(axis=1) * mesh.face_vectors).sum(axis=1) / 3  # volume of each face's cone from the middle
    return middle + (cones[:, None] * corners.sum(axis=1) / 4).sum(axis=0) / cones.sum()
