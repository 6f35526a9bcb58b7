"""Electron densities of a library of molecules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from torch_molfield.data import MolFieldData
from torch_molfield.data.electrons import charge_or_zero
from torch_molfield.data.units import BOHR
from torch_molfield.data.validation import problem_with
from torch_molfield.encode.encoders import Encoder, end_to_end
from torch_molfield.models import ElectronDensityMolField
from torch_molfield.models.predictor import problem_with_charge


class DensityEncoder(Encoder):
    """Encoder of electron densities: coefficients, charges and multipoles of each molecule.

    ``z [N]``, ``pos [N, 3]`` Å, ``charges [N]`` e (Hirshfeld's), ``coefficients [functions]`` of what is added to free
    atoms, ``dipole [3]`` e Å and ``quadrupole [3, 3]`` e Å². ``AtomCenteredDensity.from_coefficients(z, pos,
    coefficients)`` is the density. The charge of a molecule is that of its SMILES or file, else 0.

    Args:
        model: in eval mode.
        cubes: folder in which the density of entry 7, e/bohr³, is written as ``00000007.cube``; by default none.
        spacing: of their grids, Å.
    """

    whole = ("z",)

    def __init__(self, model: ElectronDensityMolField, cubes: Path | None = None, spacing: float = 0.2) -> None:
        self.model, self.cubes, self.spacing = model, cubes, spacing

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        atoms = {"z": (-1,), "pos": (-1, 3), "charges": (-1,), "coefficients": (-1,)}
        return {**atoms, "dipole": (3,), "quadrupole": (3, 3)}

    def problem(self, data: MolFieldData) -> str:
        return problem_with(self.model.check, data) or problem_with_charge(self.model, data, charge_or_zero(data))

    def encode(self, molecules: Sequence[MolFieldData]) -> Mapping[str, Tensor | Sequence[Tensor]]:
        """All molecules in one pass."""
        device = next(self.model.parameters()).device
        z, pos, batch = (rows.to(device) for rows in end_to_end(molecules))
        density = self.model(z, pos, batch, torch.tensor([charge_or_zero(data) for data in molecules], device=device))
        sizes = torch.bincount(batch).tolist()
        tokens = density.tokens.split(sizes)
        coefficients = [density.basis.to_coefficients(z, own) for z, own in zip(z.split(sizes), tokens, strict=True)]
        if self.cubes is not None:
            for number, data in enumerate(molecules):
                grid = density.to_grid(self.spacing, number)
                grid.values *= BOHR**3
                grid.units = "e/bohr^3"
                grid.to_cube(self.cubes / f"{data.entry:08d}.cube", data.z, data.pos)
        return {
            "z": z.split(sizes),
            "pos": pos.split(sizes),
            "charges": density.charges.split(sizes),
            "coefficients": coefficients,
            "dipole": density.dipole,
            "quadrupole": density.quadrupole,
        }
