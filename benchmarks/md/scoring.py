"""Scores of a function against the exact surface of a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from torch import Tensor
from torch_geometric.data import Data

from md.setting import Setting
from torch_molfield.models import MolField
from torch_molfield.nn.learned_distance import LearnedDistance
from torch_molfield.surface import Surface, compare_surfaces, mesh_molecules
from torch_molfield.training.evaluation import exact_distance, learned_distance, mesh_learned

SPACING = 0.2
SAMPLES = 4000

Distance = Callable[[Tensor], Tensor]
Row = dict[str, float]


def score(setting: Setting, data: Data, fn: Distance) -> Row:
    """The figures of a ``SurfaceComparison``: the zero set of ``fn`` against the exact surface of ``data``."""
    exact = exact_distance(setting.field, data)
    true = mesh_molecules(setting.field, data.z, data.pos, spacing=SPACING)[0]
    bounded = LearnedDistance(lambda points, _: fn(points)[:, None], data.pos)
    mesh = mesh_learned(bounded, SPACING)[0]
    reference = Surface(true, exact, is_distance=True)
    return compare_surfaces(reference, Surface(mesh, bounded), SAMPLES).as_dict()


def score_molfield(setting: Setting, model: MolField, frames: Iterable[Data]) -> list[Row]:
    """Scores of MolField's surface of each frame, from its atoms alone."""
    model = model.cpu().eval()
    return [score(setting, frame, learned_distance(model, frame.z, frame.pos)) for frame in frames]


def score_geometries(setting: Setting, frames: Iterable[Data], others: Iterable[Data]) -> list[Row]:
    """Scores of the exact surfaces of ``others`` taken for those of ``frames``."""
    pairs = zip(frames, others, strict=True)
    return [score(setting, frame, exact_distance(setting.field, other)) for frame, other in pairs]


def mean(rows: Iterable[Row]) -> Row:
    """Means over rows, and the standard deviation of the mean distance over them."""
    rows = list(rows)
    result = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    return result | {"spread": float(np.std([row["mean_distance"] for row in rows]))}
