"""The one place where arrays become a checked ``MolFieldData``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch_geometric.utils import to_undirected

from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.validation import check_atoms


def build_molecule(numbers: ArrayLike, positions: ArrayLike, dtype: torch.dtype = torch.float32) -> MolFieldData:
    """``MolFieldData`` with ``z [N]`` int64 and ``pos [N, 3]`` Å of ``dtype``, checked; ``ValueError`` if unusable."""
    z = torch.from_numpy(np.array(numbers, dtype=np.int64).reshape(-1))
    pos = torch.from_numpy(np.array(positions, dtype=np.float64).reshape(-1, 3)).to(dtype)
    z, pos, _ = check_atoms(z, pos)
    return MolFieldData(z=z, pos=pos)


def float_rows(values: ArrayLike, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """``values`` as a tensor of ``shape`` and ``dtype``."""
    return torch.from_numpy(np.array(values, dtype=np.float64).reshape(tuple(shape))).to(dtype)


def edges(bonds: ArrayLike, num_atoms: int) -> torch.Tensor:
    """``edge_index [2, 2 M]`` of ``bonds [M, 2]``: each in both directions, sorted, as PyG has it."""
    pairs = torch.from_numpy(np.array(bonds, dtype=np.int64).reshape(-1, 2))
    return to_undirected(pairs.T.contiguous(), num_nodes=num_atoms)
