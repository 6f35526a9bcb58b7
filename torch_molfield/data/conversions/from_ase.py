"""ASE ``Atoms`` to ``MolFieldData``."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import torch

from torch_molfield.data.conversions.build import build_molecule, float_rows
from torch_molfield.data.electrons import checked_number
from torch_molfield.data.molfield_data import MolFieldData

if TYPE_CHECKING:
    from ase import Atoms


def from_ase(atoms: Atoms, dtype: torch.dtype = torch.float32) -> MolFieldData:
    """Convert ASE ``Atoms`` to a molecule, with the results that its calculator already has.

    Nothing is computed. Energy (``energy [1]`` eV, float64), ``forces [N, 3]`` (eV/Å), ``charges [N]`` (e) and ``dipole
    [1, 3]`` (e Å) are copied if they belong to the current positions. ``charge [1]`` (e), the charge of the molecule,
    is that of ``atoms.info["charge"]``, if present, and ``spin [1]``, its multiplicity 2S + 1, that of
    ``atoms.info["spin"]``, if it is a whole number of at least 1.

    Args:
        atoms: not periodic.
        dtype: of ``pos`` and of the copied results except the energy.

    Raises:
        ValueError: for a periodic structure, which a field of an isolated molecule cannot describe, invalid atoms,
            or a charge that is not a number.
    """
    if atoms.pbc.any():
        axes = "".join(axis for axis, periodic in zip("xyz", atoms.pbc, strict=True) if periodic)
        raise ValueError(
            f"atoms are periodic along {axes}, but a field describes an isolated molecule; "
            "cut the molecule out and set atoms.pbc = False."
        )
    data = build_molecule(atoms.numbers, atoms.positions, dtype)
    if atoms.info.get("charge") is not None:
        data.charge = torch.tensor([checked_number(atoms.info["charge"], "charge")], dtype=dtype)
    spin = atoms.info.get("spin")
    multiplicity = float(spin) if isinstance(spin, Real) else 0.0
    if multiplicity >= 1 and multiplicity.is_integer():  # some write 2S under this name, 0 of a closed shell
        data.spin = torch.tensor([int(multiplicity)])
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
