"""Molecules from files (.xyz, .extxyz, .sdf, .pdb, .cif, .traj) and from the command line's "file or SMILES"."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from torch_molfield.data.conversions import from_ase, from_rdkit, from_smiles
from torch_molfield.data.conversions.ensemble import read_models
from torch_molfield.data.conversions.sdf_hydrogens import lacks_hydrogens, warn_of_hydrogens
from torch_molfield.data.endings import find_reader
from torch_molfield.data.molfield_data import MolFieldData

if TYPE_CHECKING:
    from ase import Atoms

#: of the files that ASE reads
ASE_ENDINGS = (".xyz", ".extxyz", ".traj")


def read_molecules(path: str | Path, *, waters: bool = False) -> list[MolFieldData]:
    """Every molecule or frame of a file, in order.

    Endings: ``.xyz``, ``.extxyz``, ``.traj`` (ASE; energies in eV, forces in eV/Å come along), ``.sdf`` (RDKit, all
    hydrogens as written), ``.pdb`` and ``.cif``, ``.mmcif`` (each model, with ``from_pdb``'s defaults;
    ``waters`` keeps their water).

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for another ending, a truncated or empty file, or bad atoms; the sentence names the file.
    """
    path = Path(path)
    reader = find_reader(path, READERS)
    try:
        molecules = read_models(path, waters=waters) if reader is read_models else reader(path)
    except Exception as error:  # ASE and RDKit raise errors of every class on broken input
        raise ValueError(f"{path} cannot be read as {path.suffix}: {str(error) or type(error).__name__}") from error
    if not molecules:
        raise ValueError(f"{path} holds no molecule; it is empty or truncated.")
    return molecules


def read_molecule_argument(argument: str, *, waters: bool = False) -> list[MolFieldData]:
    """Molecules of a command-line argument: a file if there is one or the ending says so, else a SMILES.

    ``waters`` as of :func:`read_molecules`.

    Raises:
        FileNotFoundError: when ``argument`` ends like a molecule file but is not there.
        ValueError: when it is a broken file, or neither a file nor a SMILES.
    """
    path = Path(argument)
    if path.is_file() or path.suffix.lower() in READERS:
        return read_molecules(path, waters=waters)
    try:
        return [from_smiles(argument)]
    except ValueError as error:
        raise ValueError(f"{argument!r} is no file, and as a SMILES: {error}") from error


def read_frames(path: Path) -> list[Atoms]:
    """Every frame of a file with one of ``ASE_ENDINGS`` as ASE has it."""
    from ase.io import read

    # A plain .xyz may carry extended comment lines; the extxyz reader takes both.
    kind = "traj" if path.suffix.lower() == ".traj" else "extxyz"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ASE warns of odd comment lines; the atoms are checked below
        return list(read(path, index=":", format=kind))


def _read_ase(path: Path) -> list[MolFieldData]:
    return [from_ase(atoms) for atoms in read_frames(path)]


def _read_sdf(path: Path) -> list[MolFieldData]:
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        mols = list(Chem.SDMolSupplier(str(path), removeHs=False))
    broken = [number for number, mol in enumerate(mols, start=1) if mol is None]
    if broken:
        raise ValueError(f"record {broken[0]} of {len(mols)} is truncated or not chemistry that RDKit accepts.")
    bare = [number for number, mol in enumerate(mols) if lacks_hydrogens(mol)]
    if bare:
        warn_of_hydrogens(f"{path}: molecule {bare[0]}")
    return [from_rdkit(mol) for mol in mols]


READERS: dict[str, Callable[[Path], list[MolFieldData]]] = {
    **dict.fromkeys(ASE_ENDINGS, _read_ase),
    ".sdf": _read_sdf,
    ".pdb": read_models,
    ".cif": read_models,
    ".mmcif": read_models,
}
