"""Conversion of ASE's atoms for a calculator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import PropertyNotImplementedError
from torch import Tensor

from torch_molfield.data.electrons import checked_number


def to_tensors(frames: Sequence[Atoms], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return ``(z [N], pos [N, 3] Å, batch [N])`` of several atoms objects.

    Positions are float64: models subtract the centre before they round.

    Raises:
        ValueError: for no atoms at all, or an atom of no element.
        PropertyNotImplementedError: for periodic boundary conditions, which no model here supports.
    """
    for number, atoms in enumerate(frames):
        if len(atoms) == 0:
            raise ValueError(f"atoms object {number} is empty; it needs at least one atom.")
        if atoms.numbers.min() < 1:
            raise ValueError(f"atoms object {number} has an atom of no element (X); give it an element or remove it.")
        if atoms.pbc.any():
            raise PropertyNotImplementedError(
                "this calculator has no periodic boundary conditions; cut a cluster out and set atoms.pbc = False."
            )
    z = torch.from_numpy(np.concatenate([atoms.numbers for atoms in frames])).long()
    pos = torch.from_numpy(np.concatenate([atoms.positions for atoms in frames])).double()
    batch = torch.from_numpy(np.arange(len(frames)).repeat([len(atoms) for atoms in frames]))
    return z.to(device), pos.to(device), batch.to(device)


def charge_of(atoms: Atoms, given: float | None = None) -> float:
    """Charge in e: ``given``, else ``atoms.info["charge"]``, else 0."""
    return checked_number(atoms.info.get("charge", 0.0) if given is None else given, "charge")


def multiplicity_of(atoms: Atoms, given: int | None = None) -> int:
    """Spin multiplicity 2S + 1: ``given``, else ``atoms.info["spin"]``, else 1."""
    value = checked_number(atoms.info.get("spin", 1) if given is None else given, "spin")
    if value < 1 or value != round(value):
        raise ValueError(f"spin must be a multiplicity 1, 2, 3, …, got {value:g}; set atoms.info['spin'].")
    return int(value)
