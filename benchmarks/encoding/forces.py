"""Energies and forces of one molecule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from torch_molfield.data import RevisedMD17
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training.batches.molecules import MoleculeBatch
from torch_molfield.training.engine.task import TimedTask

#: frames of the training part that are for validation
VALIDATION = 50
#: in the loss, beside that of forces
ENERGY_WEIGHT = 0.1


def frames(data: Path, molecule: str, size: int, test: int) -> list[PackedMolecules]:
    """Training, validation and test frames with ``energy [M]`` (eV) and ``forces [M, N, 3]`` (eV/Å)."""
    given, unseen = (RevisedMD17(data, molecule, split=part) for part in ("train", "test"))
    if not 0 < size <= len(given) - VALIDATION:
        raise SystemExit(f"{molecule}: at most {len(given) - VALIDATION} frames can be trained on, not {size}.")
    return [_packed(given[:size]), _packed(given[len(given) - VALIDATION :]), _packed(unseen[:test])]


def _packed(molecules: Sequence[Data]) -> PackedMolecules:
    packed = PackedMolecules(molecules, ("energy",))
    packed.rows["forces"] = torch.stack([molecule.forces for molecule in molecules])
    return packed


class ForceModel(nn.Module):
    """E = shift + scale · (what a network says of the molecule), F = −∂E/∂x; of the training frames, shift is the mean
    energy and scale the root mean square of the forces' components (eV for eV/Å)."""

    def __init__(self, network: nn.Module, train: PackedMolecules) -> None:
        super().__init__()
        self.network = network
        self.config = {"network": type(network).__name__}
        self.register_buffer("shift", train.rows["energy"].double().mean())
        self.register_buffer("scale", train.rows["forces"].double().square().mean().sqrt())

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Energies ``[B]`` eV and forces ``[N, 3]`` eV/Å; the graph of both is kept in training."""
        with torch.enable_grad():
            pos = pos.detach().requires_grad_()
            total = self.network(z, pos, batch)
            total = (total[0] if isinstance(total, tuple) else total).flatten()
            slope = torch.autograd.grad(total.sum(), pos, create_graph=self.training)[0]
        return self.shift + self.scale * total.double(), -self.scale.to(slope.dtype) * slope


class ForceTask(TimedTask):
    """Lightning module of a :class:`ForceModel`: mean |ΔF| + 0.1 mean |ΔE|, both over the scale of forces."""

    def __init__(self, model: nn.Module, rate: float, steps: int, seed: int) -> None:
        super().__init__(model, rate, steps, None, {"energy": ENERGY_WEIGHT}, seed)

    def losses(self, batch: MoleculeBatch) -> dict[str, Tensor]:
        energy, forces = self.model(batch.z, batch.pos, batch.batch)
        scale = self.model.scale
        return {
            "forces": ((forces - batch.rows["forces"].flatten(0, 1)).abs() / scale).mean().float(),
            "energy": ((energy - batch.rows["energy"]).abs() / scale).mean().float(),
        }


def force_error(model: nn.Module, molecules: PackedMolecules, batch_size: int = 50) -> float:
    """Mean absolute error of the components of forces, eV/Å."""
    total = 0.0
    for chosen in torch.arange(len(molecules)).split(batch_size):
        _, forces = model(*molecules.take(chosen))
        total += float((forces.detach() - molecules.rows["forces"][chosen].flatten(0, 1)).abs().sum())
    return total / molecules.rows["forces"].numel()
