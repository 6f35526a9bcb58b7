"""All models of a structure file: NMR ensembles, trajectories and other sets of conformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch_molfield.data.conversions.from_mmcif import MmcifModel, mmcif_models
from torch_molfield.data.conversions.from_pdb import PdbModel, pdb_models
from torch_molfield.data.conversions.structure_selection import Selection
from torch_molfield.data.molfield_data import MolFieldData

MMCIF_ENDINGS = (".cif", ".mmcif")


def structure_models(path: str | Path) -> list[PdbModel] | list[MmcifModel]:
    """Every model of a PDB or mmCIF file, in file order, not yet read.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when there are no atoms.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    return mmcif_models(path) if path.suffix.lower() in MMCIF_ENDINGS else pdb_models(path)


def read_models(path: str | Path, **selection: Any) -> list[MolFieldData]:
    """Every model of a PDB or mmCIF file, in file order; ``selection`` as of :func:`from_pdb`.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: as :func:`from_pdb`.
    """
    chosen = Selection(**selection)
    return [model.molecule(chosen) for model in structure_models(path)]


def read_ensemble(path: str | Path, **selection: Any) -> list[MolFieldData]:
    """Read every model of a PDB or mmCIF file, with the same atoms in the same order in each.

    Args:
        path: of the file.
        selection: keyword arguments of :func:`from_pdb` that select atoms, such as ``chains`` and ``ligands``.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: as :func:`from_pdb`, and for two models with different atoms.
    """
    models = read_models(path, **selection)
    for k, other in enumerate(models[1:], start=2):
        _require_same(models[0], other, k, Path(path))
    return models


def _require_same(first: MolFieldData, other: MolFieldData, number: int, path: Path) -> None:
    if len(first.z) != len(other.z):
        raise ValueError(
            f"{path}: model 1 has {len(first.z)} atoms, model {number} {len(other.z)}; an ensemble needs the "
            "same atoms in all, drop the hydrogens or choose chains and ligands that all have."
        )
    if first.atom_name != other.atom_name or first.residue_name != other.residue_name:
        pairs = zip(first.atom_name, other.atom_name, strict=True)
        k = next((k for k, (a, b) in enumerate(pairs) if a != b), 0)
        raise ValueError(
            f"{path}: models 1 and {number} have different atoms or another order, first at atom {k + 1} "
            f"({first.residue_name[k]} {first.atom_name[k]}, {other.residue_name[k]} {other.atom_name[k]})."
        )
