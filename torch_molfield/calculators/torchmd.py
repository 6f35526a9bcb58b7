"""MolField with the interface of a model of TorchMD-NET."""

from __future__ import annotations

import copy

import torch
from ase.calculators.calculator import PropertyNotImplementedError
from torch import Tensor, nn

from torch_molfield.calculators.physics import neutral_forces
from torch_molfield.calculators.settings import usable_device
from torch_molfield.models import EnergyMolField


class TorchMDMolField(nn.Module):
    """An :class:`~torch_molfield.models.EnergyMolField` with the interface of TorchMD-NET's models.

    For ``torchmdnet.calculators.External`` and so for TorchMD. Energies ``[B, 1]`` are in eV, forces ``[N, 3]`` in
    eV/Å; TorchMD needs kcal/mol, to which ``External`` converts them with ``output_transform="eV/A -> kcal/mol/A"``.

    Args:
        model: it is copied.
        device, dtype: of network, energies and forces.

    Raises:
        PropertyNotImplementedError: when called, for a periodic box.
    """

    def __init__(
        self, model: EnergyMolField, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.dtype = dtype
        self.model = copy.deepcopy(model).to(usable_device(device), dtype).eval()

    def forward(
        self,
        z: Tensor,
        pos: Tensor,
        batch: Tensor | None = None,
        box: Tensor | None = None,
        q: Tensor | None = None,
        s: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """``(energy [B, 1], forces [N, 3])``.

        Args:
            z, pos, batch: atomic numbers ``[N]``, positions ``[N, 3]`` Å, molecule of each atom ``[N]``.
            box: ``None`` or zeros, as TorchMD says that there is none.
            q, s: total charges and spins, on which these energies do not depend.
        """
        if box is not None and bool(box.any()):
            raise PropertyNotImplementedError("this model has no periodic boundary conditions; run without a box.")
        batch = torch.zeros_like(z) if batch is None else batch
        told = neutral_forces(self.model, z, pos, batch)
        return told["energy"].to(self.dtype)[:, None], told["forces"].to(self.dtype)
