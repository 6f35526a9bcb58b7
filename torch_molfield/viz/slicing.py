"""Fields on a plane through a molecule."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from torch_molfield.surface.lattice import BatchedFunction, Evaluator, Lattice
from torch_molfield.surface.mesh import Floats
from torch_molfield.viz.report_data import FieldSlice, Function


def slice_fields(
    pos: Tensor, true: Function, learned: Function, spacing: float = 0.05, margin: float = 3.0, channel: int = 0
) -> FieldSlice:
    """Both fields on the molecule's own plane: through its centroid, along its two longest principal axes.

    ``pos [N, 3]`` Å; the functions take points ``[Q, 3]`` of its dtype and device and return ``[Q]``, or ``[Q, C]`` of
    which ``channel`` is shown; ``spacing`` and ``margin`` around the nuclei in Å.
    """
    centre, axes = _principal_plane(pos.detach().double().cpu().numpy())
    atoms = (pos.detach().double().cpu().numpy() - centre) @ axes.T
    low, high = atoms[:, :2].min(axis=0) - margin, atoms[:, :2].max(axis=0) + margin
    x, y = (np.arange(a, b + spacing, spacing) for a, b in zip(low, high, strict=True))
    flat = np.stack([*(grid.ravel() for grid in np.meshgrid(x, y)), np.zeros(len(x) * len(y))], axis=1)
    nodes = torch.as_tensor(flat @ axes + centre)
    # node numbers of a lattice of 1 Å at the origin are the points themselves
    whole = [Lattice(np.zeros(3), 1.0, (1, 1, 1))]
    owner = torch.zeros(len(nodes), dtype=torch.long)
    evaluators = [Evaluator(_column(fn, channel), dtype=pos.dtype, device=pos.device) for fn in (true, learned)]
    values = [evaluator.at_nodes(whole, owner, nodes).double().numpy() for evaluator in evaluators]
    return FieldSlice(x, y, values[0].reshape(len(y), len(x)), values[1].reshape(len(y), len(x)), atoms)


def _column(fn: Function, channel: int) -> BatchedFunction:
    def values(points: Tensor, _: Tensor) -> Tensor:
        found = fn(points)
        return found if found.dim() == 1 else found[:, channel]

    return values


def _principal_plane(pos: Floats) -> tuple[Floats, Floats]:
    centre = pos.mean(axis=0)
    axes = np.linalg.svd(np.concatenate([pos - centre, np.eye(3) * 1e-6]), full_matrices=False)[2]
    return centre, axes * np.sign(np.linalg.det(axes))
