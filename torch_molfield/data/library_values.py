"""A number for each molecule of a library, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    return as_numbers(path, name, given_values(path, name))


def given_values(path: str | Path, name: str) -> list[Any]:
    """What a file gives its molecules by that name, as it stands there; ``None`` or NaN where there is nothing.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for another ending.
    """
    path = Path(path)
    return list(find_reader(path, READERS)(path, name))


def as_numbers(path: str | Path, name: str, values: Sequence[Any]) -> np.ndarray:
    """``[M]`` float64 of :func:`given_values`, NaN where one is no number.

    Raises:
        ValueError: when none is.
    """
    numbers = np.array([_number(value) for value in values], dtype=float)
    if not np.isfinite(numbers).any():
        told = next((f"; the first is {value!r}" for value in values if is_told(value)), "")
        raise ValueError(
            f"no molecule of {path} has a number called {name!r}{told}; give a property of the file{_hint(Path(path))}."
        )
    return numbers


def is_told(value: Any) -> bool:
    """Whether a file gives something, a number or not."""
    return value is not None and str(value).strip().lower() not in ("", "nan")


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
