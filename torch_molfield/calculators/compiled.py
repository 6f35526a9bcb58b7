"""Compiled forces, for many steps of one molecule."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import torch
from torch import Tensor

from torch_molfield.geometry.frames import centred
from torch_molfield.models import EnergyMolField
from torch_molfield.nn.common.pair_memory import takes_all_pairs
from torch_molfield.nn.heads.energy_model import Molecules, arrange
from torch_molfield.nn.trunks.base import PaddedTrunk


class CompiledForces:
    """:meth:`EnergyMolField.forces` compiled by ``torch.compile``; needs a C++ compiler on a CPU.

    Compilation takes about a minute at the first molecule, and again for molecules or batches of another size, of which
    there can be any number. The compiled function evaluates all pairs of atoms: molecules that are too large for that
    (:func:`~torch_molfield.nn.common.pair_memory.takes_all_pairs`) are passed to the model itself.

    Args:
        model: in eval mode; it is used, not copied.

    Raises:
        ValueError: for a model with a generated function, whose number of frames depends on the molecule, or with a
            trunk that is not a :class:`~torch_molfield.nn.trunks.base.PaddedTrunk`.
    """

    def __init__(self, model: EnergyMolField) -> None:
        if model.layer is not None:
            raise ValueError("a model with a generated function cannot be compiled; use it without compilation.")
        if not isinstance(model.trunk, PaddedTrunk):
            raise ValueError(
                f"the trunk {model.config['trunk']!r} cannot be compiled, since it has no method padded; use it "
                "without compilation."
            )
        self.model, self.trunk = model, model.trunk
        self._compiled: dict[tuple[int, int], Any] = {}

    @property
    def charges(self) -> Any:
        """As of the model."""
        return self.model.charges

    @property
    def elements(self) -> Any:
        """As of the model."""
        return self.model.elements

    def forces(
        self, z: Tensor, pos: Tensor, batch: Tensor | None = None, charge: Tensor | None = None
    ) -> dict[str, Tensor]:
        """As of the model."""
        z, pos, batch = self.model.check(z, pos, batch)
        return self.forces_of(arrange(z, batch), pos, charge)

    def forces_of(self, molecules: Molecules, pos: Tensor, charge: Tensor | None = None) -> dict[str, Tensor]:
        """As of the model."""
        z, batch, padding = molecules
        if not takes_all_pairs(self.trunk, *padding.shape, pos.device):
            return self.model.forces_of(molecules, pos, charge)
        _, local = centred(pos, batch, molecules.num_molecules)
        x = padding.pad(local.to(self.model.dtype))
        if padding.shape not in self._compiled:
            self._compiled[padding.shape] = torch.compile(
                _renewed(CompiledForces._padded), fullgraph=True, dynamic=False
            )
        with torch.no_grad():
            total = x.new_zeros(len(x)) if charge is None else charge.to(x.dtype)
            slopes, (sums, energies, h, v) = self._compiled[padding.shape](
                self, padding.pad(z), x, padding.mask(), total
            )
            found = self.model.from_sums(sums, z, batch)
            found["energy"] = found["energy"] + energies
            if self.model.ions is not None and charge is not None:
                found["energy"] = found["energy"] + self.model.ions(charge)
            # The energy does not depend on where the centroid is, so its slope along x is that along the positions.
            found["forces"] = -padding.unpad(slopes).to(pos.dtype)
            if self.model.charges is not None:
                h, v = padding.unpad(h), padding.unpad(v)
                found |= self.model.charges(h, v, local, batch, charge, molecules.num_molecules)
        return found

    def _padded(
        self, z: Tensor, x: Tensor, mask: Tensor, charge: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Slopes of the energy ``[B, M, 3]``; sums and electrostatic energies ``[B]``, and features of the atoms."""

        def total(x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor, Tensor]]:
            h, v = self.trunk.padded(z, x, mask)
            sums = (self.model.head(h).squeeze(-1) * mask).sum(1)
            energies = torch.zeros_like(sums, dtype=torch.float64)
            if self.model.charges is not None and self.model.electrostatics is not None:
                energies = self.model.electrostatics.padded(self.model.charges.padded(h, mask, charge), x)
            return (self.model.scale * sums.double() + energies).sum(), (sums, energies, h, v)

        return torch.func.grad(total, has_aux=True)(x)

    def __getstate__(self) -> dict[str, Any]:
        """Copies compile anew."""
        return {**self.__dict__, "_compiled": {}}


def _renewed(function: Any) -> FunctionType:
    """The function with a code object of its own: torch counts compilations by code object and refuses the ninth."""
    code = function.__code__.replace()
    return FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
