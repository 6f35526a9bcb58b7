"""Molecules of files, and of the command line's "file or SMILES"."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from torch_molfield.data.conversions import from_smiles
from torch_molfield.data.conversions.from_smiles import MAX_SECONDS
from torch_molfield.data.io.formats import Entry, find_format, has_format
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.paths import with_path
from torch_molfield.data.words import counted


def read_molecules(path: str | Path, *, waters: bool = False) -> list[MolFieldData]:
    """Read every molecule, model or frame of a file, in order.

    Suffixes: ``.xyz``, ``.extxyz``, ``.traj`` (ASE; with energies in eV and forces in eV/Å), ``.sdf`` (RDKit, with the
    hydrogens of the file), ``.smi`` and ``.parquet`` (conformers by ``from_smiles``), ``.pdb``, ``.cif``, ``.mmcif``
    (each model, with the defaults of ``from_pdb``), and those added by :func:`~torch_molfield.data.register_format`.

    Args:
        path: of the file.
        waters: whether to keep the water of structure files.

    Raises:
        FileNotFoundError, IsADirectoryError: when there is no such file.
        ValueError: for an unsupported suffix, an empty file, or the first molecule that cannot be read; the message
            names the file and the place.
    """
    path = Path(path)
    return find_format(path).read(path, waters)


def read_molecule(path: str | Path, number: int, *, waters: bool = False) -> MolFieldData:
    """One molecule, model or frame of a file; a negative number counts from the end. The others may be bad.

    ``waters`` as of :func:`read_molecules`.

    Raises:
        FileNotFoundError, IsADirectoryError: when there is no such file.
        IndexError: when it has not so many.
        ValueError: for another suffix, an empty file, or a molecule that cannot be read.
    """
    path = Path(path)
    found = find_format(path)
    place = number if number >= 0 else number + _size(path)
    entry = next(found.entries(path, place, waters), None) if 0 <= place <= sys.maxsize else None
    if entry is None:
        raise IndexError(f"{path} has {counted(_size(path), found.unit)}, numbered from 0.")
    if entry.data is None:
        raise ValueError(with_path(path, f"{found.unit} {place}", entry.problem))
    return entry.data


def _size(path: Path) -> int:
    size = library_size(path)
    if size is None:
        size = sum(1 for _ in iterate_library(path))
    if not size:
        raise ValueError(f"{path} holds no molecule; it is empty or truncated.")
    return size


def iterate_library(
    path: str | Path, first: int = 0, *, waters: bool = False, max_seconds: float | None = None
) -> Iterator[Entry]:
    """Read the entries of a file one at a time, in order, from number ``first`` on.

    A molecule that cannot be read is an entry with a problem; reading continues with the next one. For an SD file a
    warning names the first molecule that lacks hydrogens.

    Args:
        path: formats as of :func:`read_molecules`. Each line of a ``.smi`` file is a SMILES and, optionally, a name.
        first: number of the first entry, from 0.
        waters: whether to keep the water of structure files.
        max_seconds: time limit for the conformer of a SMILES; by default that of ``from_smiles``.

    Raises:
        FileNotFoundError, IsADirectoryError: when there is no such file.
        ValueError: for an unsupported suffix, or a file without any structure.
    """
    path = Path(path)
    return find_format(path).entries(path, first, waters, max_seconds)


def iterate_atoms(path: str | Path) -> Iterator[Entry]:
    """The entries of a file as of :func:`iterate_library`, with elements and positions alone: bonds that a file gives
    are not read, and may be wrong.

    Raises:
        FileNotFoundError, IsADirectoryError: when there is no such file.
        ValueError: for another suffix, or a file without any structure.
    """
    path = Path(path)
    found = find_format(path)
    return found.entries(path) if found.atoms is None else found.atoms(path)


def library_size(path: str | Path) -> int | None:
    """The number of entries that :func:`iterate_library` gives, without reading their atoms; ``None`` where it is
    unknown.

    Raises:
        FileNotFoundError, IsADirectoryError: when there is no such file.
        ValueError: for another suffix.
    """
    path = Path(path)
    return find_format(path).count(path)


def read_molecule_argument(
    argument: str, *, waters: bool = False, max_seconds: float = MAX_SECONDS
) -> list[MolFieldData]:
    """Molecules of a command-line argument: a file if there is one or the suffix is one of a molecule file, else a
    SMILES, whose conformer may take ``max_seconds``. ``waters`` as of :func:`read_molecules`.

    Raises:
        FileNotFoundError, IsADirectoryError: when ``argument`` ends like a molecule file but is none.
        ValueError: when it is a broken file, or neither a file nor a SMILES.
    """
    # Path.is_file refuses what is too long for a name, as a SMILES may be.
    if has_format(argument) or os.path.isfile(argument):
        return read_molecules(argument, waters=waters)
    try:
        return [from_smiles(argument, max_seconds=max_seconds)]
    except ValueError as error:
        kind = "is a folder" if os.path.isdir(argument) else "is not a file"
        raise ValueError(f"{argument!r} {kind}, and as a SMILES: {error}") from error
