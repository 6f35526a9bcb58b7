"""ASE ``Atoms`` to ``MolFieldData``."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import torch

from torch_molfield.data.conversions.build import build_molecule, float_rows
from torch_molfield.data.molfield_data import MolFieldData

if TYPE_CHECKING:
    from ase import Atoms


def from_ase(atoms: Atoms, dtype: torch.dtype = torch.float32) -> MolFieldData:
    """Convert ASE ``Atoms`` to a molecule, with the results that its calculator already has.

    Nothing is computed. Energy (``energy [1]`` eV, float64), ``forces [N, 3]`` (eV/Å), ``charges [N]`` (e) and ``dipole
    [1, 3]`` (e Å) are copied if they belong to the current positions. ``charge [1]`` (e), the charge of the molecule,
    is that of ``atoms.info["charge"]``, if present.

    Args:
        atoms: not periodic.
        dtype: of ``pos`` and of the copied results except the energy.

    Raises:
        ValueError: for a periodic structure, which a field of an isolated molecule cannot describe, or invalid atoms.
    """
    if atoms.pbc.any():
        axes = "".join(axis for axis, periodic in zip("xyz", atoms.pbc, strict=True) if periodic)
        raise ValueError(
            f"atoms are periodic along {axes}, but a field describes an isolated molecule; "
            "cut the molecule out and set atoms.pbc = False."
        )
    data = build_molecule(atoms.numbers, atoms.positions, dtype)
    if isinstance(atoms.info.get("charge"), Real):
        data.charge = float_rows(atoms.info["charge"], (1,), dtype)
    results = _valid_results(atoms)
    n = len(atoms)
    if results.get("energy") is not None:
        data.energy = float_rows(results["energy"], (1,), torch.float64)
    for name, shape in (("forces", (n, 3)), ("charges", (n,)), ("dipole", (1, 3))):
        if results.get(name) is not None:
            data[name] = float_rows(results[name], shape, dtype)
    return data


def _valid_results(atoms: Atoms) -> dict[str, Any]:
    """The calculator's results, unless the atoms have moved since."""
    calculator = atoms.calc
    if calculator is None or calculator.check_state(atoms):
        return {}
    return dict(calculator.results)
