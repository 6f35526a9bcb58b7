"""The molecules of a file with numbers that the file gives them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from torch_molfield.data.io.read import iterate_library
from torch_molfield.data.io.values import as_numbers, given_values, is_given
from torch_molfield.data.molfield_data import MolFieldData


def labelled_library(path: str | Path, names: Sequence[str]) -> list[MolFieldData]:
    """The molecules of a file as :func:`~torch_molfield.data.iterate_library` reads them, each with its numbers
    (:func:`~torch_molfield.data.io.values.library_values`) as attributes ``[1]``, float64, its ``name`` and its
    ``place`` in the file.

    Those that cannot be read or lack a number are left out, with a warning that names them.

    Raises:
        FileNotFoundError, ValueError: as these two functions, or when no molecule is left.
    """
    given = {name: given_values(path, name) for name in names}
    columns = {name: as_numbers(path, name, values) for name, values in given.items()}
    complete = np.isfinite(np.stack(list(columns.values()))).all(0)
    found, left_out = [], []
    for number, name, data, problem in iterate_library(path):
        if data is None or not complete[number]:
            left_out.append(f"{number} ({problem or _lack(given, columns, number)})")
            continue
        for key, values in columns.items():
            data[key] = torch.tensor([values[number]], dtype=torch.float64)
        data.name, data.place = name, number
        found.append(data)
    if not found:
        raise ValueError(f"{path} has no molecule with {' and '.join(names)}.")
    if left_out:
        shown = "; ".join(left_out[:5]) + (f"; and {len(left_out) - 5} more" if len(left_out) > 5 else "")
        warnings.warn(f"{path}: left out molecules {shown}.", stacklevel=2)
    return found


def _lack(given: dict[str, list[Any]], columns: dict[str, np.ndarray], number: int) -> str:
    """Why a molecule has not all numbers."""
    lacking = {name: given[name][number] for name, column in columns.items() if not np.isfinite(column[number])}
    odd = [f"{name} is {value!r}, which is not a number" for name, value in lacking.items() if is_given(value)]
    return odd[0] if odd else "no " + " and ".join(lacking)
