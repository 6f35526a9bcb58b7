"""All models of a structure file: NMR ensembles and other sets of conformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch_molfield.data.conversions.from_mmcif import count_mmcif_models, from_mmcif
from torch_molfield.data.conversions.from_pdb import from_pdb
from torch_molfield.data.conversions.pdb_records import count_models
from torch_molfield.data.molfield_data import MolFieldData

MMCIF_ENDINGS = (".cif", ".mmcif")


def read_ensemble(path: str | Path, **selection: Any) -> list[MolFieldData]:
    """Every model of a PDB or mmCIF file, the same atoms in the same order; ``selection`` as of :func:`from_pdb`.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: as :func:`from_pdb`, and for two models with different atoms.
    """
    path = Path(path)
    if path.suffix.lower() in MMCIF_ENDINGS and path.is_file():
        count, read = count_mmcif_models(path), from_mmcif
    elif path.is_file():
        count, read = count_models(path.read_text(encoding="latin-1").splitlines()), from_pdb
    else:
        raise FileNotFoundError(f"There is no file {path}.")
    models = [read(path, model=k, **selection) for k in range(1, count + 1)]
    first = models[0]
    for k, other in enumerate(models[1:], start=2):
        _require_same(first, other, k, path)
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
