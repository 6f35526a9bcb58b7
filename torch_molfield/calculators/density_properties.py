"""Charges and dipoles for calculators from a model of electron densities."""

from __future__ import annotations

import copy
from typing import Any

import torch
from ase import Atoms

from torch_molfield.calculators.atoms import charge_of, to_tensors
from torch_molfield.models import ElectronDensityMolField

#: what a density tells, by ASE's names
PROPERTIES = ("charges", "dipole")


class DensityProperties:
    """Hirshfeld's charges (e) and the dipole (e Å, about the centroid) of a predicted electron density.

    Args:
        model: of electron densities; it is copied.
        device: of the model.

    Raises:
        ValueError: for another kind of model; when called, for elements that it does not know, or an odd number of
            electrons.
    """

    def __init__(self, model: Any, device: torch.device) -> None:
        if not isinstance(model, ElectronDensityMolField):
            raise ValueError(
                f"density is {type(model).__name__}, not a model of electron densities; give "
                "ElectronDensityMolField.from_pretrained('organic-density')."
            )
        self.model = copy.deepcopy(model).to(device).eval()
        self.device = device

    @torch.no_grad()
    def __call__(self, atoms: Atoms) -> dict[str, Any]:
        """``charges [N]`` and ``dipole [3]``; the charge is ``atoms.info["charge"]``, else 0."""
        z, pos, _ = to_tensors([atoms], self.device)
        total = charge_of(atoms)
        density = self.model(z, pos, charge=torch.tensor([total], device=self.device))
        # from the centre of the nuclear charges, about which the density has it, to the centroid
        weight = density.basis.nuclear_charge(z)
        shift = (weight @ pos / weight.sum() - pos.mean(0)) * total
        return {
            "charges": density.charges.cpu().numpy(),
            "dipole": (density.dipole[0] + shift).cpu().numpy(),
        }
