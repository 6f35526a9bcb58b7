"""Energies and forces of one molecule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from torch_molfield.data import RevisedMD17
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.training import Task, TrainingSettings
from torch_molfield.training.batches.molecules import MoleculeBatches

#: frames of the training part that are for validation
VALIDATION = 50
#: in the loss, beside that of forces
ENERGY_WEIGHT = 0.1


def frames(data: Path, molecule: str, size: int, test: int) -> list[PackedMolecules]:
    """Training, validation and test frames with ``energy [M]`` (eV) and ``forces [N, 3]`` (eV/Å)."""
    given, unseen = (RevisedMD17(data, molecule, split=part) for part in ("train", "test"))
    if not 0 < size <= len(given) - VALIDATION:
        raise SystemExit(f"{molecule}: at most {len(given) - VALIDATION} frames can be trained on, not {size}.")
    parts: list[Sequence[Data]] = [given[:size], given[len(given) - VALIDATION :], unseen[:test]]
    return [PackedMolecules(part, ["energy"], ["forces"]) for part in parts]


class ForceModel(nn.Module):
    """E = shift + scale · (what a network says of the molecule), F = −∂E/∂x; of the training frames, shift is the mean
    energy and scale the root mean square of the forces' components (eV for eV/Å)."""

    def __init__(self, network: nn.Module, train: PackedMolecules) -> None:
        super().__init__()
        self.network = network
        self.config = {"network": type(network).__name__}
        self.register_buffer("shift", train.rows["energy"].double().mean())
        self.register_buffer("scale", train.atom_rows["forces"].double().square().mean().sqrt())

    def forward(self, z: Tensor, pos: Tensor, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Energies ``[B]`` eV and forces ``[N, 3]`` eV/Å; the graph of both is kept in training."""
        with torch.enable_grad():
            pos = pos.detach().requires_grad_()
            total = self.network(z, pos, batch)
            total = (total[0] if isinstance(total, tuple) else total).flatten()
            slope = torch.autograd.grad(total.sum(), pos, create_graph=self.training)[0]
        return self.shift + self.scale * total.double(), -self.scale.to(slope.dtype) * slope


@dataclass(frozen=True, kw_only=True)
class ForceTraining(TrainingSettings):
    """Settings of a training of forces; ``weight`` is the λ of the encodings."""

    batch_size: int = 8
    weight: float = 0.0
    workers: int = 0


class ForceTask(Task):
    """Train a :class:`ForceModel`: mean |ΔF| + 0.1 mean |ΔE|, both over the scale of forces."""

    Settings = ForceTraining

    def prepare(self, molecules: PackedMolecules) -> PackedMolecules:
        return molecules

    def batches(self, data: PackedMolecules, seed: int, first: int = 0) -> MoleculeBatches:
        return MoleculeBatches(data, self.settings.batch_size, seed, first)

    @property
    def weights(self) -> Mapping[str, float]:
        return {"energy": ENERGY_WEIGHT}

    def losses(self, batch: Data) -> dict[str, Tensor]:
        energy, forces = self.model(batch.z, batch.pos, batch.batch)
        scale = self.model.scale
        return {
            "forces": ((forces - batch.forces).abs() / scale).mean().float(),
            "energy": ((energy - batch.energy).abs() / scale).mean().float(),
        }


def force_error(model: nn.Module, molecules: PackedMolecules, batch_size: int = 50) -> float:
    """Mean absolute error of the components of forces, eV/Å."""
    total = 0.0
    for chosen in torch.arange(len(molecules)).split(batch_size):
        batch, atom = molecules.atoms(chosen)
        _, forces = model(molecules.z[atom], molecules.pos[atom], batch)
        total += float((forces.detach() - molecules.atom_rows["forces"][atom]).abs().sum())
    return total / molecules.atom_rows["forces"].numel()
