"""Comparison of learned surfaces with exact ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.evaluation.devices import device_of, on_device
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.nn.inr.learned_distance import LEARNED_SLOPE, REACH, LearnedDistance
from torch_molfield.surface import Mesh, Surface, compare_surfaces, mesh_molecules
from torch_molfield.surface.meshing import MeshOptions, mesh_fields
from torch_molfield.surface.metrics import SurfaceComparison
from torch_molfield.surface.molecule import molecule_bounds


class EvaluatedSurface(NamedTuple):
    """One geometry: the molecule, its exact and its learned surface, their comparison, and the learned function."""

    data: Data
    true: Mesh
    learned: Mesh
    comparison: SurfaceComparison
    learned_distance: Callable[[Tensor], Tensor]


class CurvePoint(NamedTuple):
    """Minutes of training so far, the loss of the last batch, mean |f − f_true| (Å) on unseen geometries."""

    minutes: float
    loss: float
    error: float


def learned_distance(model: MolField, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> LearnedDistance:
    """Return the learned signed distance of a batch, on the model's device and without the graph of its parameters."""
    device = device_of(model, pos.device)
    z, pos, batch = z.to(device), pos.to(device), None if batch is None else batch.to(device)
    with torch.no_grad():
        return LearnedDistance(model(z, pos, batch), z, pos, batch)


def evaluate_surfaces(
    model: MolField,
    field: SignedDistanceField,
    molecules: Sequence[Data],
    spacing: float = 0.2,
    samples: int = 4000,
    seed: int = 0,
    batch_size: int = 4,
) -> Iterator[EvaluatedSurface]:
    """Mesh the learned surface of each molecule and compare it with the exact one.

    Args:
        model: with the signed distance in Å as its first channel.
        field: the exact signed distance that it was trained on.
        molecules: geometries with ``z`` and ``pos`` (Å).
        spacing: of the lattice, Å.
        samples: points on each surface.
        seed: of these points.
        batch_size: geometries meshed at once.

    Yields:
        An :class:`EvaluatedSurface` for each geometry.

    Raises:
        ValueError: for malformed molecules, or if the learned field has no zero set at all.
    """
    for start in range(0, len(molecules), batch_size):
        chosen = [molecules[i] for i in range(start, min(start + batch_size, len(molecules)))]
        true, learned = _meshes(model, field, chosen, spacing)
        for data, true_mesh, learned_mesh in zip(chosen, true, learned, strict=True):
            learned_alone = learned_distance(model, data.z, data.pos)
            alone = on_device(learned_alone, learned_alone.pos.device)
            reference = Surface(true_mesh, exact_distance(field, data), is_distance=True)
            comparison = compare_surfaces(reference, Surface(learned_mesh, alone), samples, seed)
            yield EvaluatedSurface(data, true_mesh, learned_mesh, comparison, alone)


def mesh_learned(learned: LearnedDistance, spacing: float) -> list[Mesh]:
    """The closed meshes of a batch's learned surfaces, in points of the dtype and device of its atoms."""
    pos = learned.pos
    options = MeshOptions(lipschitz=LEARNED_SLOPE, refine=1, dtype=pos.dtype, device=pos.device)
    # A whole Å beyond the bound, so that the lattice is that of the exact mesh for spacings that divide 1 Å, and what
    # flat triangles cut off the two surfaces is the same.
    return mesh_fields(learned, molecule_bounds(pos, learned.batch, REACH + 1.0), spacing, options)


def exact_distance(field: SignedDistanceField, data: Data) -> Callable[[Tensor], Tensor]:
    """``points [Q, 3] -> [Q]`` Å of one molecule; points of any device."""
    bound = field.bind(data.z, data.pos)
    return on_device(lambda points: bound(points)[:, 0], data.pos.device)


def mean_figures(comparisons: Iterable[SurfaceComparison]) -> dict[str, float]:
    """Every figure of the comparisons by name, averaged."""
    rows = [comparison.as_dict() for comparison in comparisons]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _meshes(
    model: MolField, field: SignedDistanceField, molecules: Sequence[Data], spacing: float
) -> tuple[list[Mesh], list[Mesh]]:
    z, pos = torch.cat([m.z for m in molecules]), torch.cat([m.pos for m in molecules])
    batch = torch.arange(len(molecules)).repeat_interleave(torch.tensor([len(m.z) for m in molecules])).to(z.device)
    learned = learned_distance(model, z, pos, batch)
    return mesh_molecules(field, z, pos, batch, spacing), mesh_learned(learned, spacing)
