"""A number for each molecule of a file, by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from torch_molfield.data.io.formats import find_format
from torch_molfield.data.io.reals import parse_real


def library_values(path: str | Path, name: str) -> np.ndarray:
    """``[M]`` float64, in the order of :func:`~torch_molfield.data.iterate_library`; NaN where there is none.

    Of ``.smi`` files ``name`` is one of RDKit's descriptors (``MolLogP``, ``TPSA``, ...); of ``.sdf`` files a property
    in the file, of ``.parquet`` files a column, else a descriptor; of ASE's files (``.xyz``, ``.extxyz``, ``.traj``) an
    entry of the comment line or a result such as ``energy``. PDB and mmCIF files give none.

    Raises:
        FileNotFoundError, IsADirectoryError: when there is no such file.
        ValueError: for another suffix, or when no molecule has such a number.
    """
    return as_numbers(path, name, given_values(path, name))


def given_values(path: str | Path, name: str) -> list[Any]:
    """What a file gives its molecules by that name, as it stands there; ``None`` or NaN where there is nothing.

    Raises:
        FileNotFoundError, IsADirectoryError: when there is no such file.
        ValueError: for another suffix, or a format without numbers.
    """
    path = Path(path)
    found = find_format(path)
    if found.values is None:
        raise ValueError(f"{path} gives its molecules no numbers; use a file that does, such as .sdf or .extxyz.")
    return list(found.values(path, name))


def as_numbers(path: str | Path, name: str, values: Sequence[Any]) -> np.ndarray:
    """``[M]`` float64 of :func:`given_values`, NaN where one is not a number.

    Raises:
        ValueError: when none is.
    """
    numbers = np.array([_number(value) for value in values], dtype=float)
    if not np.isfinite(numbers).any():
        given = next((f"; the first is {value!r}" for value in values if is_given(value)), "")
        hint = " or one of RDKit's descriptors, such as MolLogP" if find_format(path).descriptors else ""
        raise ValueError(
            f"no molecule of {path} has a number called {name!r}{given}; give a property of the file{hint}."
        )
    return numbers


def is_given(value: Any) -> bool:
    """Whether a file gives something, a number or not."""
    return value is not None and str(value).strip().lower() not in ("", "nan")


def _number(value: Any) -> float:
    try:
        return parse_real(value.strip()) if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        return float("nan")
