"""Residues of atoms, by the names that structure files give them."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import TypeVar

import torch
from torch import Tensor
from torch_geometric.data import Data

Molecule = TypeVar("Molecule", bound=Data)


def residue_mask(data: Data, names: Collection[str] | str) -> Tensor:
    """Boolean mask ``[N]`` of the atoms in residues with given names, such as ``"XK2"`` of a ligand.

    Args:
        data: with ``residue_name``, as :func:`~torch_molfield.data.from_pdb` reads it.
        names: one name or several.

    Raises:
        ValueError: for a molecule without residue names (not read from a structure file), or without such a residue.
    """
    wanted = {names} if isinstance(names, str) else set(names)
    present = data.get("residue_name")
    if present is None:
        raise ValueError("data has no residue_name; read the molecule with from_pdb or from_mmcif.")
    missing = sorted(wanted - set(present))
    if missing:
        raise ValueError(f"there is no residue {missing}; the molecule has {sorted(set(present))}.")
    return torch.tensor([name in wanted for name in present])


def residue_labels(data: Data) -> list[str]:
    """A name of the residue of each atom, ``[N]``: name, number and chain, as in ``"ASP 25 A"``.

    Raises:
        ValueError: if ``data`` has no residues (it comes from no structure file).
    """
    if data.get("residue_name") is None:
        raise ValueError("data has no residue_name; read the molecule with from_pdb or from_mmcif.")
    columns = zip(data.residue_name, data.residue_number.tolist(), data.chain, strict=True)
    return [f"{name} {number} {chain}".strip() for name, number, chain in columns]


def without_residues(data: Molecule, names: Collection[str] | str) -> Molecule:
    """The molecule without the residues of these ``names``, such as a ligand; what is per atom goes with its atoms.

    Raises:
        ValueError: as :func:`residue_mask`, or if no atom is left.
    """
    kept = ~residue_mask(data, names)
    if not bool(kept.any()):
        raise ValueError(f"no atom is left without {names}.")
    rest = copy.copy(data)
    places = kept.nonzero()[:, 0].tolist()
    for name, value in data.to_dict().items():
        if isinstance(value, torch.Tensor) and value.dim() and len(value) == len(kept):
            rest[name] = value[kept.to(value.device)]
        elif isinstance(value, list) and len(value) == len(kept):
            rest[name] = [value[place] for place in places]
    return rest
