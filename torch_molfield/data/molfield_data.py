"""``MolFieldData``: a molecule with queries and surfaces that PyG batches rightly."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.data import DataEdgeAttr, DataTensorAttr
from torch_geometric.data.storage import GlobalStorage
from torch_geometric.utils import to_undirected

#: Names of earlier versions, a row per bond or triangle, and what they number; files that hold them are still read.
EARLIER = {"surface_face": "surface_pos", "bonds": "pos"}
#: Attributes that hold row numbers of another attribute: batching shifts them by its number of rows.
ROW_NUMBERS = {"face": "surface_pos", **EARLIER}


class MolFieldData(Data):
    """A molecule as a PyG ``Data``: ``z [N]`` int64 atomic numbers, ``pos [N, 3]`` Å, and optional attributes.

    Attributes that the package writes; only the first two are always present. PyG's loaders concatenate them along the
    first axis, except where stated:

    ==================== ================ =====================================================================
    ``z``, ``pos``       [N], [N, 3]      atomic numbers; positions, Å
    ``forces, charges``  [N, 3], [N]      eV/Å; e
    ``energy, dipole``   [1], [1, 3]      eV; e Å
    ``charge``           [1]              of the molecule, e
    ``atomic_dipoles``   [N, 3]           e Å; ``quadrupole`` [1, 3, 3] of the molecule, e Å², traceless
    ``edge_index``       [2, E]           bonds, each in both directions (batching shifts them by the number of atoms)
    ``points``           [Q, 3]           query points, Å; ``field_values`` [Q, C] the field there, and
                                          ``field_gradients`` [Q, C, 3] its gradient, per Å
    ``surface_pos``      [S, 3]           points on a surface, Å; ``surface_normal`` [S, 3] points outwards
    ``face``             [3, F]           triangles over ``surface_pos`` (batching shifts them by S)
    ``eikonal_pos``      [E, 3]           points at which the norm of the gradient is evaluated, Å
    ``frame_rotation``   [1, 3, 3]        R of x = R x* + origin
    ``frame_origin``     [1, 3]           the origin, Å
    ==================== ================ =====================================================================

    A loader with ``follow_batch=["points", "surface_pos", "eikonal_pos"]`` adds ``points_batch`` and the like. PyG
    treats attributes by their names: those containing ``index`` are shifted by the number of atoms and concatenated
    along the last axis, those containing ``batch`` are shifted by their maximum plus one. Both rules still hold for
    attributes of your own. ``face`` numbers atoms in PyG, but rows of ``surface_pos`` here.

    ``bonds [M, 2]`` and ``surface_face [F, 3]`` are deprecated names of ``edge_index`` and ``face``. Files with the old
    names can be read, and then have the new names too.
    """

    @property
    def edge_index(self) -> Tensor | None:
        """``[2, E]`` bonds, each in both directions, sorted."""
        if "edge_index" not in self._store and "bonds" in self._store:
            return to_undirected(self._store["bonds"].T.contiguous(), num_nodes=self.num_nodes)
        return self._store.get("edge_index")

    @edge_index.setter
    def edge_index(self, edge_index: Tensor | None) -> None:
        self._store.edge_index = edge_index

    @property
    def face(self) -> Tensor | None:
        """``[3, F]`` triangles over ``surface_pos``."""
        if "face" not in self._store and "surface_face" in self._store:
            return self._store["surface_face"].T
        return self._store.get("face")

    @face.setter
    def face(self, face: Tensor | None) -> None:
        self._store.face = face

    @property
    def bonds(self) -> Tensor:
        """Deprecated: ``[M, 2]``, each bond once; use ``edge_index``."""
        warnings.warn("bonds [M, 2] is deprecated; use edge_index [2, E].", DeprecationWarning, stacklevel=2)
        if "bonds" in self._store or self.edge_index is None:
            return self._store.bonds
        return self.edge_index.T[self.edge_index[0] < self.edge_index[1]]

    @property
    def surface_face(self) -> Tensor:
        """Deprecated: ``[F, 3]``; use ``face``."""
        warnings.warn("surface_face [F, 3] is deprecated; use face [3, F].", DeprecationWarning, stacklevel=2)
        return self._store.surface_face if self.face is None else self.face.T

    def __inc__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """By how much batching shifts ``value``: rows of what it numbers, else PyG's rule."""
        if key in ROW_NUMBERS:
            return self._rows(key, ROW_NUMBERS[key])
        if key.endswith("batch") and isinstance(value, Tensor) and value.numel() == 0:
            return 1  # PyG takes the maximum, which an empty query has not
        return super().__inc__(key, value, *args, **kwargs)

    def __cat_dim__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        """The axis on which batching joins ``value``: PyG's, the last of ``edge_index`` and ``face``."""
        if key in EARLIER:
            return 0
        return super().__cat_dim__(key, value, *args, **kwargs)

    def _rows(self, key: str, target: str) -> int:
        rows = self.get(target, None)
        if not isinstance(rows, Tensor):
            raise ValueError(f"{key} numbers the rows of {target}, which is missing; set data.{target} as well.")
        return int(rows.shape[0])


# Processed datasets are loaded with weights_only=True, which constructs registered classes only.
torch.serialization.add_safe_globals([MolFieldData, DataEdgeAttr, DataTensorAttr, GlobalStorage])
