"""What models tell of a batch, as ASE's results of each molecule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from torch_molfield.data.finite import check_finite

OF_ATOMS = {"forces", "forces_std", "charges"}
SPREAD = ("energy_std", "forces_std")
#: eV per atom, standard deviation; total energies of two levels of theory differ by more, models of one by far less
LARGEST_SPREAD = 2.0


class Told(NamedTuple):
    """ASE's results of one molecule, and the spread of the committee, for which ASE's files have no field."""

    results: dict[str, Any]
    spread: dict[str, Any]


def taken_apart(found: dict[str, Tensor], sizes: Sequence[int]) -> list[Told]:
    """Of each molecule, with ``sizes`` atoms: rows of atoms where a name's rows are those of atoms, of the molecule
    otherwise.

    Raises:
        NotFiniteError: for NaN or infinity, with the molecules.
        ValueError: for a committee whose energies cannot be of one level of theory.
    """
    host = _on_host(found)
    if not all(np.isfinite(rows.numpy()).all() for rows in host.values()):
        check_finite(host, torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes)))
    _check_committee(host, sizes)
    columns = {name: rows.split(list(sizes) if name in OF_ATOMS else [1] * len(sizes)) for name, rows in host.items()}
    return [
        _as_results({name: (rows[k] if name in OF_ATOMS else rows[k][0]).numpy() for name, rows in columns.items()})
        for k in range(len(sizes))
    ]


def _check_committee(host: dict[str, Tensor], sizes: Sequence[int]) -> None:
    if "energy_std" in host:
        per_atom = float((host["energy_std"] / torch.tensor(sizes)).max())
        if per_atom > LARGEST_SPREAD:
            raise ValueError(
                f"the models of the committee differ by {per_atom:.3g} eV per atom; they were trained on different "
                "levels of theory. Choose models of one."
            )


def _on_host(found: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same in float64 on the CPU, in one transfer: a GPU is waited for once."""
    numbers = torch.cat([rows.double().flatten() for rows in found.values()]).cpu()
    parts = numbers.split([rows.numel() for rows in found.values()])
    return {name: part.view(rows.shape) for (name, rows), part in zip(found.items(), parts, strict=True)}


def _as_results(told: dict[str, np.ndarray]) -> Told:
    values: dict[str, Any] = {name: float(rows) if rows.ndim == 0 else rows for name, rows in told.items()}
    spread: dict[str, Any] = {name: values.pop(name) for name in SPREAD if name in values}
    values["free_energy"] = values["energy"]
    return Told(values, spread)
