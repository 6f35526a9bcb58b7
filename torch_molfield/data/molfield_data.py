"""``MolFieldData``: a molecule with queries and surfaces that PyG batches rightly."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.data import DataEdgeAttr, DataTensorAttr
from torch_geometric.data.storage import GlobalStorage

#: Attributes that hold row numbers of another attribute: batching shifts them by its number of rows.
ROW_NUMBERS = {"surface_face": "surface_pos", "bonds": "pos"}


class MolFieldData(Data):
    """One molecule: ``z [N]`` int64 atomic numbers, ``pos [N, 3]`` Å, and whatever transforms add.

    Attributes that the package writes (all optional but the first two), first axis concatenated by PyG's loaders:

    ==================== ================ =====================================================================
    ``z``, ``pos``       [N], [N, 3]      atomic numbers; positions, Å
    ``forces, charges``  [N, 3], [N]      eV/Å; e
    ``energy, dipole``   [1], [1, 3]      eV; e Å
    ``bonds``            [M, 2]           pairs of atoms (batching shifts them by the number of atoms)
    ``points``           [Q, 3]           query points, Å; ``field_values`` [Q, C] the field there
    ``surface_pos``      [S, 3]           points on a surface, Å; ``surface_normal`` [S, 3] points outwards
    ``surface_face``     [F, 3]           triangles over ``surface_pos`` (batching shifts them by S)
    ``eikonal_pos``      [E, 3]           points at which the gradient's length is asked, Å
    ``frame_rotation``   [1, 3, 3]        R of x = R x* + origin
    ``frame_origin``     [1, 3]           the origin, Å
    ==================== ================ =====================================================================

    A loader with ``follow_batch=["points", "surface_pos", "eikonal_pos"]`` adds ``points_batch`` and the like. PyG
    gives a meaning to names: keys containing ``index`` are shifted by the number of atoms and joined on the last axis,
    keys containing ``batch`` by their maximum plus one; both rules are kept for such keys of other origin.
    """

    def __inc__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """By how much batching shifts ``value``: rows of what it numbers, else PyG's rule."""
        if key in ROW_NUMBERS:
            return self._rows(key, ROW_NUMBERS[key])
        if key.endswith("batch") and isinstance(value, Tensor) and value.numel() == 0:
            return 1  # PyG takes the maximum, which an empty query has not
        return super().__inc__(key, value, *args, **kwargs)

    def __cat_dim__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """The axis on which batching joins ``value``: the first for everything that this package writes."""
        if key in ROW_NUMBERS:
            return 0
        return super().__cat_dim__(key, value, *args, **kwargs)

    def _rows(self, key: str, target: str) -> int:
        rows = self.get(target, None)
        if not isinstance(rows, Tensor):
            raise ValueError(f"{key} numbers the rows of {target}, which is missing; set data.{target} as well.")
        return int(rows.shape[0])


# Processed datasets are loaded with weights_only=True, which constructs registered classes only.
torch.serialization.add_safe_globals([MolFieldData, DataEdgeAttr, DataTensorAttr, GlobalStorage])
