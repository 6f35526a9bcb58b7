"""The surface of a molecule's field, in a box that fits it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from torch_molfield.surface.lattice import BatchedFunction
from torch_molfield.surface.mesh import Floats, Mesh
from torch_molfield.surface.meshing import MeshOptions, SurfaceTouchesBox, mesh_fields

if TYPE_CHECKING:  # surface meshes fields and networks alike and imports neither
    from torch_molfield.fields.base import Field

#: Å from the outermost nuclei to the first box: a solvent-accessible surface (1.98 + 1.4 Å) fits
MARGIN = 4.0
#: a surface farther than this (Å) from every nucleus is taken for a mistake
MAX_MARGIN = 64.0


def molecule_bounds(pos: Tensor, batch: Tensor | None = None, margin: float = MARGIN) -> Floats:
    """Boxes ``[B, 2, 3]`` (lower and upper corners, Å) around the atoms ``pos [N, 3]``, ``margin`` Å wider."""
    owner = torch.zeros(len(pos), dtype=torch.long) if batch is None else batch.cpu()
    parts = pos.detach().cpu().double().split(torch.bincount(owner).tolist())
    return np.stack([np.stack([p.amin(0).numpy() - margin, p.amax(0).numpy() + margin]) for p in parts])


def mesh_around(
    fn: BatchedFunction, pos: Tensor, batch: Tensor | None, spacing: float, options: MeshOptions, margin: float = MARGIN
) -> list[Mesh]:
    """Mesh ``fn(points [Q, 3], points_batch [Q]) -> [Q]`` around the atoms, in boxes that grow until the surfaces fit.

    Raises:
        ValueError: if a surface does not fit into ``MAX_MARGIN`` Å around the atoms, or is absent.
    """
    while True:
        try:
            return mesh_fields(fn, molecule_bounds(pos, batch, margin), spacing, options)
        except SurfaceTouchesBox as problem:
            if margin * 2 > MAX_MARGIN:
                raise ValueError(f"{problem} The box already reaches {margin:g} Å beyond the atoms.") from problem
            margin *= 2


def mesh_molecules(
    field: Field,
    z: Tensor,
    pos: Tensor,
    batch: Tensor | None = None,
    spacing: float = 0.25,
    options: MeshOptions | None = None,
    channel: int = 0,
) -> list[Mesh]:
    """Mesh one channel of a closed-form field for every molecule of a batch (or frame of a trajectory).

    Points have the dtype and device of ``pos``.

    Args:
        field: the field.
        z: ``[N]`` atomic numbers.
        pos: ``[N, 3]`` Å.
        batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.
        spacing: spacing of the lattices, Å.
        options: by default those for a signed distance: Lipschitz constant 1 and one Newton step, which is exact.
        channel: column of the field.

    Returns:
        B meshes.

    Raises:
        ValueError: for malformed atoms, a channel that the field does not have, or an absent surface.
    """
    bound = field.bind(z, pos, batch)
    pos, batch = bound.pos, bound.batch
    if not 0 <= channel < len(field.channels):
        names = ", ".join(field.channels)
        raise ValueError(f"channel {channel} does not exist; the {len(field.channels)} channels are {names}.")
    options = replace(options or MeshOptions(lipschitz=1.0, refine=1), dtype=pos.dtype, device=pos.device)

    def values(points: Tensor, points_batch: Tensor) -> Tensor:
        return bound(points, points_batch)[:, channel]

    return mesh_around(values, pos, batch, spacing, replace(options, chunk_size=field.chunk_size))


def mesh_molecule(
    field: Field, z: Tensor, pos: Tensor, spacing: float = 0.25, level: float = 0.0, ascent: bool = False
) -> Mesh:
    """Mesh the ``level`` surface of one molecule's field, with all its components.

    A field in Å that is low inside is taken for a signed distance, of which only the neighbourhood of the surface is
    evaluated; any other field is evaluated at every node.

    Args:
        field: the field; its first channel is meshed.
        z: ``[N]`` atomic numbers.
        pos: ``[N, 3]`` Å.
        spacing: spacing of the lattice, Å.
        level: value on the surface, in the units of the field.
        ascent: whether the field is high inside, as densities are.

    Raises:
        ValueError: as :func:`mesh_molecules`.
    """
    distance = field.units == "Å" and not ascent
    options = MeshOptions(level=level, ascent=ascent, lipschitz=1.0 if distance else None, refine=1 if distance else 2)
    return mesh_molecules(field, z, pos, None, spacing, options)[0]
