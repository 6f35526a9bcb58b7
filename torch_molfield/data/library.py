"""Libraries of molecules, one at a time: what is broken is told and does not stop the rest."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from torch_molfield.data.conversions import from_ase, from_rdkit, from_smiles
from torch_molfield.data.conversions.sdf_hydrogens import lacks_hydrogens, warn_of_hydrogens
from torch_molfield.data.endings import find_reader
from torch_molfield.data.molfield_data import MolFieldData


class Entry(NamedTuple):
    """A place of a library: its number from 0, its name, and the molecule, or why there is none."""

    number: int
    name: str
    data: MolFieldData | None
    problem: str = ""


def iterate_library(path: str | Path, first: int = 0) -> Iterator[Entry]:
    """The entries of a file from number ``first`` on, in order, without holding more than one.

    Endings: ``.smi`` (a SMILES and, optionally, a name on each line; conformers as
    :func:`~torch_molfield.data.from_smiles` makes them), ``.sdf`` (with the hydrogens as written; a warning names the
    first molecule that lacks them), and ``.xyz``, ``.extxyz`` or ``.traj`` (ASE).

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for another ending, or frames that ASE cannot read on.
    """
    path = Path(path)
    return find_reader(path, READERS)(path, first)


def _smiles(path: Path, first: int) -> Iterator[Entry]:
    with path.open(encoding="utf-8") as lines:
        written = (line.split(maxsplit=1) for line in lines if line.strip())
        for number, (smiles, *rest) in islice(enumerate(written), first, None):
            yield _entry(number, rest[0].strip() if rest else smiles, from_smiles, smiles)


def _sdf(path: Path, first: int) -> Iterator[Entry]:
    from rdkit import Chem, rdBase

    told = False
    with path.open("rb") as file, rdBase.BlockLogs():
        for number, mol in islice(enumerate(Chem.ForwardSDMolSupplier(file, removeHs=False)), first, None):
            if mol is None:
                yield Entry(number, "", None, "truncated, or not chemistry that RDKit accepts.")
            else:
                if not told and (told := lacks_hydrogens(mol)):
                    warn_of_hydrogens(f"{path}: molecule {number}")
                name = mol.GetProp("_Name") if mol.HasProp("_Name") else ""
                yield _entry(number, name, from_rdkit, mol)


def _ase(path: Path, first: int) -> Iterator[Entry]:
    from ase.io import iread

    kind = "traj" if path.suffix.lower() == ".traj" else "extxyz"
    frames = iread(path, index=f"{first}:", format=kind)
    number = first
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # ASE warns of odd comment lines; the atoms are checked below
                atoms = next(frames, None)
        except Exception as error:  # ASE raises errors of every class on broken input
            sentence = str(error) or type(error).__name__
            raise ValueError(f"{path}: frame {number} cannot be read: {sentence}") from error
        if atoms is None:
            return
        yield _entry(number, str(atoms.info.get("name", "")), from_ase, atoms)
        number += 1


def _entry(number: int, name: str, convert: Callable[[Any], MolFieldData], source: Any) -> Entry:
    try:
        return Entry(number, name, convert(source))
    except ValueError as error:
        return Entry(number, name, None, str(error))


READERS: dict[str, Callable[[Path, int], Iterator[Entry]]] = {
    ".smi": _smiles,
    ".sdf": _sdf,
    ".xyz": _ase,
    ".extxyz": _ase,
    ".traj": _ase,
}
