"""Conformers of one molecule from trajectory files."""

from __future__ import annotations

import warnings
from pathlib import Path

from torch_molfield.data.conversions import from_ase
from torch_molfield.data.elements import symbols
from torch_molfield.data.io.formats import has_format
from torch_molfield.data.io.read import read_molecules
from torch_molfield.data.molfield_data import MolFieldData
from torch_molfield.data.paths import reason, require_file


def read_trajectory(path: str | Path) -> list[MolFieldData]:
    """Every frame of a file, the same atoms in each: those of :func:`read_molecules`, and whatever else ASE reads.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for a file that cannot be read, periodic frames, or two frames with different atoms.
    """
    path = Path(path)
    frames = read_molecules(path) if has_format(path) else _read_any(path)
    for k, frame in enumerate(frames[1:], start=2):
        if not frame.z.equal(frames[0].z):
            raise ValueError(
                f"{path}: frame 1 has {_composition(frames[0])}, frame {k} {_composition(frame)}; conformers need the "
                "same atoms in the same order."
            )
    return frames


def _read_any(path: Path) -> list[MolFieldData]:
    from ase.io import read

    require_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of formats; the atoms are checked below
            frames = read(path, index=":")
    except Exception as error:  # ASE raises errors of every class on broken input
        raise ValueError(f"{path} cannot be read as a trajectory: {reason(error, path)}") from error
    if not frames:
        raise ValueError(f"{path} holds no frame; it is empty or truncated.")
    return [from_ase(atoms) for atoms in frames]


def _composition(data: MolFieldData) -> str:
    found = symbols(data.z)
    return f"{len(found)} atoms ({' '.join(found[:6])}{' …' if len(found) > 6 else ''})"
