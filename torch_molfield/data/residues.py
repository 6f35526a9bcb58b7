"""Atoms chosen by the names that structure files give them."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor
from torch_geometric.data import Data


def residue_mask(data: Data, names: Collection[str] | str) -> Tensor:
    """``[N]`` True for atoms of residues with one of the ``names``, such as a ligand's ``"XK2"``.

    Raises:
        ValueError: if ``data`` has no residue names (it comes from no structure file), or no such residue.
    """
    wanted = {names} if isinstance(names, str) else set(names)
    present = data.get("residue_name")
    if present is None:
        raise ValueError("data has no residue_name; read the molecule with from_pdb or from_mmcif.")
    missing = sorted(wanted - set(present))
    if missing:
        raise ValueError(f"there is no residue {missing}; the molecule has {sorted(set(present))}.")
    return torch.tensor([name in wanted for name in present])
