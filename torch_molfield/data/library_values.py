"""A number for each molecule of a library, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from torch_molfield.data.endings import find_reader


def library_values(path: str | Path, name: str) -> np.ndarray:
    """``[M]`` float64, in the order of :func:`~torch_molfield.data.library.iterate_library`; NaN where there is none.

    Of ``.smi`` files ``name`` is one of RDKit's descriptors (``MolLogP``, ``TPSA``, ...); of ``.sdf`` files a property
    in the file, else a descriptor; of ASE's files (``.xyz``, ``.extxyz``, ``.traj``) an entry of the comment line or a
    result such as ``energy``.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for another ending, or when no molecule has such a number.
    """
    path = Path(path)
    values = np.array([_number(value) for value in find_reader(path, READERS)(path, name)], dtype=float)
    if not np.isfinite(values).any():
        raise ValueError(
            f"no molecule of {path} has a number called {name!r}; give a property of the file{_hint(path)}."
        )
    return values


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _hint(path: Path) -> str:
    return " or one of RDKit's descriptors, such as MolLogP" if path.suffix.lower() in (".smi", ".sdf") else ""


def _descriptor(name: str) -> Callable[[Any], float]:
    from rdkit.Chem import Descriptors

    found = dict(Descriptors.descList).get(name)
    return lambda mol: float("nan") if mol is None or found is None else found(mol)


def _smiles(path: Path, name: str) -> Iterator[Any]:
    from rdkit import Chem, rdBase

    describe = _descriptor(name)
    with path.open(encoding="utf-8") as lines, rdBase.BlockLogs():
        for line in lines:
            if line.strip():
                yield describe(Chem.MolFromSmiles(line.split()[0]))


def _sdf(path: Path, name: str) -> Iterator[Any]:
    from rdkit import Chem, rdBase

    describe = _descriptor(name)
    with path.open("rb") as file, rdBase.BlockLogs():
        for mol in Chem.ForwardSDMolSupplier(file):
            given = mol is not None and mol.HasProp(name)
            yield mol.GetProp(name) if given else describe(mol)


def _ase(path: Path, name: str) -> Iterator[Any]:
    from ase.io import iread

    kind = "traj" if path.suffix.lower() == ".traj" else "extxyz"
    for atoms in iread(path, index=":", format=kind):
        results = {} if atoms.calc is None else atoms.calc.results
        yield atoms.info.get(name, results.get(name))


READERS: dict[str, Callable[[Path, str], Iterator[Any]]] = {
    ".smi": _smiles,
    ".sdf": _sdf,
    ".xyz": _ase,
    ".extxyz": _ase,
    ".traj": _ase,
}
