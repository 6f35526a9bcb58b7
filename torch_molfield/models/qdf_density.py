"""The density of a quantum deep field as a field of space."""

from __future__ import annotations

import copy
import hashlib
from typing import NamedTuple

import torch
from torch import Tensor

from torch_molfield.fields.base import Field
from torch_molfield.geometry.atom_grids import shell_grid
from torch_molfield.geometry.ragged import row_pointers
from torch_molfield.models.quantum_deep_field import QuantumDeepField
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.qdf.molecule_block import CELLS, MoleculeBlock
from torch_molfield.nn.qdf.orbital_basis import Orbitals


class BlockDensity(NamedTuple):
    """What the density of a block of molecules needs: their atoms, where these are (``origin [B, 3]``), ψ, and the
    factor ``[B]`` that gives e/Å³."""

    block: MoleculeBlock
    origin: Tensor
    orbitals: Orbitals
    amplitudes: Tensor
    factor: Tensor


class QDFDensity(Field):
    """Electron density ρ(r) = Σ_d ψ_d(r)² in e/Å³ of a :class:`QuantumDeepField`; ∫ρ = N_e = ΣZ − Q.

    It is a by-product of learning an energy: the model is trained on no density, only on the number of electrons. In a
    faithful model the sums over points give N_e electrons; its ρ is scaled so that the integral does.

    Args:
        model: the model; it is copied.
        charge: Q of every molecule, e.

    Raises:
        ValueError: when called, as the model does.
    """

    channels = ("electron_density",)
    units = "e/Å^3"
    parameters = ("model", "charge")

    def __init__(self, model: QuantumDeepField, charge: float = 0.0) -> None:
        self.model, self.charge = copy.deepcopy(model).eval().requires_grad_(False), float(charge)

    def prepare(self, z: Tensor, pos: Tensor, batch: Tensor) -> list[BlockDensity]:
        """ψ of all molecules."""
        charge = torch.full((int(batch[-1]) + 1,), self.charge)
        first = row_pointers(batch, len(charge))
        prepared = []
        for block in self.model.blocks(z, pos, batch, charge):
            functions = self.model.functions(block)
            state = BlockDensity(
                block,
                pos[first[block.number]],
                functions.orbitals,
                functions.amplitudes,
                torch.ones_like(block.electrons),
            )
            prepared.append(state if self.model.smooth else state._replace(factor=self._factor(state)))
        return prepared

    def evaluate(
        self, points: Tensor, points_batch: Tensor, z: Tensor, pos: Tensor, batch: Tensor, state: list[BlockDensity]
    ) -> Tensor:
        """``[Q, 1]`` for one chunk of checked points."""
        values = points.new_zeros(len(points))
        for part in state:
            row = torch.full((int(batch[-1]) + 1,), -1, device=points.device)
            row[part.block.number] = torch.arange(len(part.block.number), device=points.device)
            owner = row[points_batch]
            order = torch.argsort(owner, stable=True)[int((owner < 0).sum()) :]
            if len(order):
                padding = make_padding(owner[order], len(part.block.number))
                local = padding.pad((points - part.origin[owner])[order]).to(part.amplitudes.dtype)
                values = values.index_put((order,), padding.unpad(self._density(part, local)).to(values.dtype))
        return values[:, None]

    def parameter(self, name: str) -> object:
        if name != "model":
            return super().parameter(name)
        digest = hashlib.sha256()
        for tensor in self.model.state_dict().values():
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return f"QuantumDeepField sha256={digest.hexdigest()[:12]}"

    def _density(self, part: BlockDensity, points: Tensor) -> Tensor:
        """``[B, P]`` at ``points [B, P, 3]`` about the first atoms."""
        step = max(1, CELLS // part.block.z.numel())
        found = []
        for some in points.split(step, dim=1):
            phi = self.model.basis(part.block.squared(some), part.orbitals, some)
            found.append((phi @ part.amplitudes).square().sum(-1))
        return torch.cat(found, 1) * part.factor[:, None]

    def _factor(self, part: BlockDensity) -> Tensor:
        """N_e over the integral of Σ_d ψ_d², by quadrature."""
        total = torch.zeros_like(part.block.electrons)
        for points in part.block.grid_parts(shell_grid(24, 23, 6.0)):
            psi = self.model.basis(points.squared, part.orbitals, points.points) @ part.amplitudes
            total = total + torch.einsum("bp,bpd->b", points.weight, psi.square())
        return part.block.electrons / total
