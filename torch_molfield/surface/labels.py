"""The atom and the residue of each vertex of a mesh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.elements import vdw_radii
from torch_molfield.data.residues import residue_labels
from torch_molfield.surface.mesh import Floats, Integers, Mesh


def nearest_atoms(points: Floats, z: Tensor, pos: Tensor, radii: Mapping[int, float] | None = None) -> Integers:
    """Return for each point the index of the atom whose van der Waals sphere is nearest, ``[P]`` int64.

    The distance is |x − pos| − r, with r the van der Waals radius. On a van der Waals or solvent-accessible surface
    this is the atom of the patch; on a re-entrant patch of a solvent-excluded surface, the nearest of the two or three
    atoms that the probe touches. Exact: one search tree per radius.

    Args:
        points: ``[P, 3]`` Å.
        z: ``[N]`` atomic numbers.
        pos: ``[N, 3]`` Å.
        radii: atomic number -> radius in Å; replaces or completes Bondi's.

    Raises:
        ValueError: for an element without a radius.
    """
    from scipy.spatial import cKDTree

    radius, places = vdw_radii(z.cpu(), dict(radii) if radii else None).numpy(), pos.detach().cpu().double().numpy()
    nearest, gap = np.zeros(len(points), dtype=np.int64), np.full(len(points), np.inf)
    for size in np.unique(radius):
        own = np.flatnonzero(radius == size)
        distance, place = cKDTree(places[own]).query(points)
        closer = distance - size < gap
        nearest[closer], gap[closer] = own[place[closer]], (distance - size)[closer]
    return nearest


def label_vertices(mesh: Mesh, data: Data, radii: Mapping[int, float] | None = None) -> Mesh:
    """Label the vertices of a mesh with their atoms and residues.

    ``values["atom"] [V]`` is the number of the nearest atom, whose |x − pos| − r is least (r: van der Waals radius).
    Where ``data`` has residues, ``values["residue"] [V]`` is their number from 0 in the order of the atoms. A quantity
    ``q [N]`` of the atoms is painted as ``q[mesh.values["atom"]]``.

    Args:
        mesh: of any surface of the molecule.
        data: ``z [N]`` and ``pos [N, 3]`` Å; residues as read from structure files.
        radii: atomic number -> radius in Å, replaces or completes Bondi's.

    Returns:
        a mesh with these values added.

    Raises:
        ValueError: for an element without a radius.
    """
    atom = nearest_atoms(mesh.vertices, data.z, data.pos, radii)
    labels: dict[str, Integers] = {"atom": atom}
    if data.get("residue_name") is not None:
        labels["residue"] = residue_numbers(data)[atom]
    return replace(mesh, values={**mesh.values, **labels})


def residue_numbers(data: Data) -> Integers:
    """``[N]`` the number of each atom's residue, from 0 in the order of the atoms."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in residue_labels(data)], dtype=np.int64)
