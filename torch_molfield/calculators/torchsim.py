"""MolField in TorchSim, and models of TorchSim in ASE; needs ``torch_molfield[torchsim]``."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, PropertyNotImplementedError, all_changes
from torch import Tensor

from torch_molfield.calculators.physics import neutral_forces
from torch_molfield.calculators.settings import usable_device
from torch_molfield.models import EnergyMolField
from torch_molfield.optional import import_extra

NEED = "models of TorchSim need the package torch-sim-atomistic"
ModelInterface: Any = import_extra("torch_sim.models.interface", "torchsim", NEED).ModelInterface
atoms_to_state: Any = import_extra("torch_sim.io", "torchsim", NEED).atoms_to_state


class TorchSimMolField(ModelInterface):
    """An :class:`~torch_molfield.models.EnergyMolField` as a model of TorchSim, for many molecules at once.

    Energies in eV, forces in eV/Å, as TorchSim has them; no stress.

    Args:
        model: it is copied.
        device, dtype: of network, energies and forces.

    Raises:
        PropertyNotImplementedError: when called, for a periodic state.
    """

    def __init__(
        self, model: EnergyMolField, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self._device, self._dtype = usable_device(device), dtype
        self._compute_stress, self._compute_forces = False, True
        self._memory_scales_with = "n_atoms_x_density"
        self.model = copy.deepcopy(model).to(device, dtype).eval()

    def forward(self, state: Any, **kwargs: Any) -> dict[str, Tensor]:
        """``"energy" [B]``, ``"forces" [N, 3]`` of a ``SimState``; charges and dipoles where the model has them."""
        if torch.as_tensor(state.pbc).any():
            raise PropertyNotImplementedError("this model has no periodic boundary conditions; make a state without.")
        batch = state.system_idx
        found = neutral_forces(self.model, state.atomic_numbers, state.positions, batch)
        return {name: rows.to(self._dtype) for name, rows in found.items()}


class TorchSimCalculator(Calculator):
    """A model of TorchSim (MACE, MatterSim, ORB, …) as an ASE calculator: energy (eV), forces (eV/Å).

    ``FieldCalculator(TorchSimCalculator(model))`` adds surfaces and fields.

    Args:
        model: a ``ModelInterface`` that computes forces; it is used, not copied.

    Raises:
        ValueError: for a model without forces.
    """

    implemented_properties = ["energy", "free_energy", "forces"]

    def __init__(self, model: Any) -> None:
        if not isinstance(model, ModelInterface) or not model.compute_forces:
            raise ValueError(
                f"{type(model).__name__} is not a TorchSim model with forces; make it with compute_forces=True."
            )
        self.model = model
        super().__init__()

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """ASE's method."""
        self.results: dict[str, Any] = {}
        super().calculate(atoms, list(properties), list(system_changes))
        told = self.model(atoms_to_state([self.atoms], self.model.device, self.model.dtype))
        energy = float(told["energy"][0])
        forces = told["forces"].detach().double().cpu().numpy()
        self.results = {"energy": energy, "free_energy": energy, "forces": forces}
