"""Scores of a function against the exact surface of a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data

from md.setting import Setting
from torch_molfield.evaluation.surfaces import exact_distance, mesh_learned
from torch_molfield.models import MolField
from torch_molfield.nn.inr.learned_distance import LearnedDistance
from torch_molfield.surface import Surface, compare_surfaces, mesh_molecules

#: Å; of meshes, and of the columns in which volumes are compared
SPACING, COLUMN = 0.2, 0.05
SAMPLES = 4000

Distance = Callable[[Tensor], Tensor]
Row = dict[str, float]


def score(setting: Setting, data: Data, fn: Distance, spacing: float = SPACING, column: float = COLUMN) -> Row:
    """:func:`score_against` the exact surface of ``data``."""
    return score_against(exact_surface(setting, data, spacing), data, fn, spacing, column)


def exact_surface(setting: Setting, data: Data, spacing: float = SPACING) -> Surface:
    """The exact surface of a molecule, by a mesh of ``spacing`` Å and its distance function."""
    mesh = mesh_molecules(setting.field, data.z, data.pos, spacing=spacing)[0]
    return Surface(mesh, exact_distance(setting.field, data), is_distance=True)


def score_against(
    reference: Surface, data: Data, fn: Distance, spacing: float = SPACING, column: float = COLUMN
) -> Row:
    """The figures of a ``SurfaceComparison``: the zero set of ``fn`` against ``reference``.

    ``fn`` is bounded around the atoms of ``data`` (:class:`LearnedDistance`). One without zero set has NaN for all
    figures, and 1 for "missing".
    """
    bounded = LearnedDistance(lambda points, _: fn(points).reshape(-1, 1), data.z, data.pos)
    try:
        mesh = mesh_learned(bounded, spacing)[0]
    except ValueError as error:
        if "no surface" not in str(error):
            raise
        itself = compare_surfaces(reference, reference, SAMPLES, spacing=column).as_dict()
        return dict.fromkeys(itself, float("nan")) | {"missing": 1.0}
    return compare_surfaces(reference, Surface(mesh, bounded), SAMPLES, spacing=column).as_dict() | {"missing": 0.0}


def score_molfield(
    setting: Setting, model: MolField, frames: Sequence[Data], atoms: Sequence[Data] | None = None
) -> list[Row]:
    """Scores of MolField's surface of each frame, from its own atoms or those given in their place."""
    model = model.cpu().eval()
    pairs = zip(frames, frames if atoms is None else atoms, strict=True)
    return [score(setting, frame, _generated(model, given)) for frame, given in pairs]


@torch.no_grad()
def _generated(model: MolField, data: Data) -> Distance:
    field = model(data.z, data.pos)
    return lambda points: field(points)[:, 0]


def score_geometries(
    setting: Setting,
    frames: Iterable[Data],
    others: Iterable[Data],
    spacing: float = SPACING,
    column: float = COLUMN,
) -> list[Row]:
    """Scores of the exact surfaces of ``others`` taken for those of ``frames``."""
    pairs = zip(frames, others, strict=True)
    return [score(setting, frame, exact_distance(setting.field, other), spacing, column) for frame, other in pairs]


def mean(rows: Iterable[Row]) -> Row:
    """Means over rows and the standard deviation of the mean distance; "missing" is the share without any surface."""
    rows = list(rows)
    result = {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
    return result | {"spread": float(np.nanstd([row["mean_distance"] for row in rows]))}
