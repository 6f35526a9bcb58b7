"""MolField in TorchSim; needs ``torch_molfield[torchsim]``."""

from __future__ import annotations

import copy
from typing import Any

import torch
from ase.calculators.calculator import PropertyNotImplementedError
from torch import Tensor

from torch_molfield.calculators.physics import neutral_forces
from torch_molfield.calculators.settings import usable_device
from torch_molfield.models import EnergyMolField
from torch_molfield.optional import import_extra

ModelInterface: Any = import_extra(
    "torch_sim.models.interface", "torchsim", "TorchSimMolField needs TorchSim"
).ModelInterface


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
