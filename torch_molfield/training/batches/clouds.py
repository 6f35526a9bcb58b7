"""Surface points of every frame of a trajectory, as DSR is trained on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.evaluation.surfaces import exact_distance
from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import Surface, mesh_molecules

#: neighbour whose distance is the width of the Gaussian around a surface point (Sun et al. 2023, as IGR)
NEIGHBOUR = 50
#: half of the trajectory's extent times this is the unit of length
EXTENT = 1.1


class SurfaceCloud(NamedTuple):
    """Points of one surface: ``points [V, 3]`` Å, outward unit ``normals [V, 3]``, ``width [V]`` Å."""

    points: Tensor
    normals: Tensor
    width: Tensor


def surface_cloud(field: SignedDistanceField, data: Data, count: int, seed: int, spacing: float = 0.25) -> SurfaceCloud:
    """Sample the exact surface of a molecule for :func:`fit_dynamic_surface`.

    Args:
        field: the surface.
        data: ``z [N]``, ``pos [N, 3]`` Å.
        count: number of points, uniform by area.
        seed: of the points.
        spacing: of the mesh from which the points are drawn, Å.

    Returns:
        a named tuple with ``points [count, 3]`` Å on the exact surface, exact outward unit ``normals [count, 3]``, and
        ``width [count]`` Å, the distance to the 50th neighbour.

    Raises:
        ValueError: if ``count`` is not larger than 50.
    """
    if count <= NEIGHBOUR:
        raise ValueError(f"a cloud needs more than {NEIGHBOUR} points, got {count}.")
    mesh = mesh_molecules(field, data.z, data.pos, spacing=spacing)[0]
    points, normals = Surface(mesh, exact_distance(field, data), is_distance=True).sample(count, seed)
    distance, _ = cKDTree(points).query(points, k=[NEIGHBOUR + 1])
    columns = (points, normals, distance[:, 0])
    return SurfaceCloud(*(torch.from_numpy(np.ascontiguousarray(c)).float() for c in columns))


def normalisation(clouds: Sequence[SurfaceCloud]) -> tuple[list[float], float]:
    """One centre and one scale (Å) for a trajectory, so that all its surfaces lie within ±1 / 1.1."""
    low = torch.stack([cloud.points.amin(0) for cloud in clouds]).amin(0)
    high = torch.stack([cloud.points.amax(0) for cloud in clouds]).amax(0)
    return ((low + high) / 2).tolist(), float((high - low).max()) / 2 * EXTENT
