"""mmCIF files to ``MolFieldData``, by the package gemmi."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

import torch

from torch_molfield.data.conversions.from_pdb import Hydrogens, atoms_to_data, check_hydrogens
from torch_molfield.data.conversions.pdb_records import PdbAtom
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.optional import import_extra

#: without one of these columns of ``_atom_site`` there are no atoms
REQUIRED = ("type_symbol", "label_atom_id", "label_comp_id", "label_asym_id", "Cartn_x", "Cartn_y", "Cartn_z")


def from_mmcif(
    path: str | Path,
    *,
    model: int = 1,
    chains: Collection[str] | None = None,
    ligands: Collection[str] | Literal["all", "only", "none"] = "all",
    hydrogens: Hydrogens = "keep",
    waters: bool = False,
    dtype: torch.dtype = torch.float32,
) -> MolFieldData:
    """Atoms of an mmCIF file, one conformation of each residue; arguments and result as of :func:`from_pdb`.

    Chains and residue numbers are the authors' (``auth_asym_id``, ``auth_seq_id``), as in PDB files.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for no mmCIF, a missing column, a missing model, chain or ligand, or when nothing is left.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no mmCIF file {path}.")
    check_hydrogens(hydrogens)
    models = _models(path)
    if not 1 <= model <= len(models):
        raise ValueError(f"{path} has {len(models)} model(s); model {model} is not one of them.")
    return atoms_to_data(_atoms(models[model - 1], path), chains, ligands, hydrogens, waters, dtype, str(path))


def count_mmcif_models(path: str | Path) -> int:
    """How many models the file holds."""
    return len(_models(Path(path)))


def _models(path: Path) -> Any:
    gemmi = _gemmi()
    try:
        document = gemmi.cif.read(str(path))
        block = document[0]
    except (ValueError, RuntimeError, IndexError, OSError) as error:
        raise ValueError(f"{path} is no mmCIF file or truncated: {error}") from error
    missing = [name for name in REQUIRED if not block.find_values(f"_atom_site.{name}")]
    if missing:
        raise ValueError(f"{path} has no column _atom_site.{missing[0]}; it holds no atoms or is not an mmCIF model.")
    try:
        return gemmi.make_structure_from_block(block)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"{path}: its atoms cannot be read: {error}") from error


def _atoms(model: Any, path: Path) -> list[PdbAtom]:
    return [
        _record(atom, residue, chain.name, path)
        for chain in model
        for residue in chain
        for atom in residue
    ]  # fmt: skip


def _record(atom: Any, residue: Any, chain: str, path: Path) -> PdbAtom:
    position = tuple(atom.pos.tolist())
    where = f"{path}: atom {atom.name} of {residue.name} {residue.seqid} in chain {chain}"
    if not all(math.isfinite(x) for x in position):
        raise ValueError(f"{where} has no number for a coordinate; repair _atom_site.Cartn_x, _y, _z.")
    element = "H" if atom.element.name == "D" else atom.element.name
    if element == "X":
        raise ValueError(f"{where} is of no known element; repair _atom_site.type_symbol.")
    number = residue.seqid.num
    return PdbAtom(
        atom.serial, residue.het_flag == "H", atom.name, atom.altloc.strip("\0"), residue.name, chain,
        0 if number is None else number, residue.seqid.icode.strip(), position, atom.occ, element,
    )  # fmt: skip


def _gemmi() -> Any:
    return import_extra("gemmi", "structures", "mmCIF needs the package gemmi")
