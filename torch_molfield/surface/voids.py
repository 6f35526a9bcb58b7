"""Cavities that a surface encloses, and pockets in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.residues import residue_labels
from torch_molfield.surface.labels import label_vertices
from torch_molfield.surface.mesh import Floats, Integers, Mesh
from torch_molfield.surface.meshing import MeshOptions, SurfaceAbsent, mesh_fields
from torch_molfield.surface.molecule import mesh_molecules, molecule_bounds
from torch_molfield.surface.parts import centroid, components
from torch_molfield.surface.subdivision import area_and_volume

if TYPE_CHECKING:
    from torch_molfield.fields.base import Field

#: Å³: a smaller pocket holds no atom
LEAST = 10.0


@dataclass(frozen=True, eq=False)
class Void:
    """An empty region: a closed cavity, or a pocket that is open to the outside.

    Attributes:
        volume: Å³.
        area: Å², of its boundary, the mouth included.
        mouth: Å², area of the opening; 0 for a cavity.
        centre: ``[3]`` Å, centre of the volume.
        atoms: indices of the atoms that line it, ascending.
        mesh: its boundary, faces pointing out of the region, with ``values["atom"]`` and, if there are residues,
            ``values["residue"]``.
    """

    volume: float
    area: float
    mouth: float
    centre: Floats
    atoms: Integers
    mesh: Mesh

    def residues(self, data: Data) -> list[str]:
        """Names of the residues that line it, in their order, such as ``"ASP 25 A"``.

        Raises:
            ValueError: if the molecule has no residues.
        """
        labels = residue_labels(data)
        return list(dict.fromkeys(labels[atom] for atom in self.atoms))


def find_cavities(field: Field, data: Data, spacing: float = 0.5, mesh: Mesh | None = None) -> list[Void]:
    """Find the closed voids of a molecular surface, the largest first.

    Areas and volumes are extrapolated from the mesh and its subdivision. What floats in a cavity, such as water that
    was kept, has a surface of its own and is not subtracted.

    Args:
        field: a signed distance, such as ``SignedDistanceField("ses")``.
        data: ``z [N]`` and ``pos [N, 3]`` Å, and residues where there are any.
        spacing: of the lattice, Å.
        mesh: of this field at this spacing, where there is one already.

    Returns:
        a list of objects with ``volume`` (Å³), ``area`` (Å², of wall and mouth), ``mouth`` (Å², 0 for a cavity),
        ``centre [3]`` Å, ``atoms`` (numbers of the atoms that line it), ``mesh`` (its boundary) and ``residues(data)``
        (names of the residues that line it).

    Raises:
        ValueError: as :func:`~torch_molfield.surface.mesh_molecules`.
    """
    whole = mesh or mesh_molecules(field, data.z, data.pos, spacing=spacing)[0]
    hollow = [Mesh(part.vertices, part.faces[:, ::-1]) for part in components(whole) if part.volume < 0]
    bound = field.bind(data.z, data.pos)
    found = []
    for part in hollow:
        area, volume = area_and_volume(
            lambda points: -bound(points)[:, 0], part, spacing, data.pos.dtype, data.pos.device
        )
        labelled = label_vertices(part, data)
        found.append(Void(volume, area, 0.0, centroid(part), np.unique(labelled.values["atom"]), labelled))
    return sorted(found, key=lambda void: -void.volume)


def find_pockets(
    field: Field, large: Field, data: Data, depth: float = 2.4, spacing: float = 0.5, least: float = LEAST
) -> list[Void]:
    """Find the pockets of a molecular surface, the largest first.

    A pocket lies outside of the surface and at least ``depth`` Å inside the surface of a large probe: it is a connected
    component of the space between two molecular surfaces (Voss and Gerstein 2010, doi 10.1093/nar/gkq395). What lies
    within ``depth`` of the outer surface is removed, because it joins neighbouring pockets (Oliveira et al. 2014, doi
    10.1186/1471-2105-15-197); the boundary there is the mouth of the pocket. Cavities, which have no mouth, are not
    included.

    Args:
        field: a signed distance, such as ``SignedDistanceField("ses")``.
        large: that of the large probe, such as ``SignedDistanceField("ses", probe_radius=4.0)``.
        data: ``z [N]`` and ``pos [N, 3]`` Å, and residues where there are any.
        depth: Å.
        spacing: of the lattice, Å.
        least: smallest volume, Å³.

    Returns:
        a list of objects with ``volume`` (Å³), ``area`` (Å², of wall and mouth), ``mouth`` (Å²), ``centre [3]`` Å,
        ``atoms`` (numbers of the atoms that line it), ``mesh`` (its boundary) and ``residues(data)`` (names of the
        residues that line it).

    Raises:
        ValueError: for malformed atoms or a spacing that makes no lattice.
    """
    inner, outer = field.bind(data.z, data.pos), large.bind(data.z, data.pos)

    def walls(points: Tensor) -> tuple[Tensor, Tensor]:
        """Distances to the surface and to the mouths, positive in a pocket."""
        return inner(points)[:, 0], -depth - outer(points)[:, 0]

    options = MeshOptions(ascent=True, lipschitz=1.0, refine=1, chunk_size=field.chunk_size)
    options = replace(options, dtype=inner.pos.dtype, device=inner.pos.device)
    try:
        whole = mesh_fields(lambda p, _: torch.minimum(*walls(p)), molecule_bounds(inner.pos), spacing, options)[0]
    except SurfaceAbsent:
        return []
    with torch.no_grad():
        wall, mouth = walls(torch.as_tensor(whole.vertices).to(inner.pos))
    marked = replace(whole, values={"above": (wall - mouth).double().cpu().numpy()})
    pockets = [_pocket(part, data) for part in components(marked) if part.volume >= least]
    return sorted((pocket for pocket in pockets if pocket.mouth), key=lambda void: -void.volume)


def _pocket(part: Mesh, data: Data) -> Void:
    """A piece with ``values["above"]``, how far each vertex is from the wall; less than 0 on it."""
    above = part.values["above"]
    mouth = part.face_areas[above[part.faces].sum(axis=1) > 0].sum()
    labelled = label_vertices(Mesh(part.vertices, part.faces), data)
    atoms: Integers = np.unique(labelled.values["atom"][above < 0])
    return Void(part.volume, part.area, float(mouth), centroid(part), atoms, labelled)
