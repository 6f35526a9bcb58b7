"""Learning energies and forces."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from torch_molfield.evaluation.properties import magnitude
from torch_molfield.nn.heads.energy_model import EnergyModel
from torch_molfield.training.batches.molecules import MoleculeBatch
from torch_molfield.training.engine.timed_task import TimedTask

Tensors = tuple[Tensor, ...] | list[Tensor]
#: of the moving average of the weights
DECAY = 0.999


class ForceFieldTask(TimedTask):
    """Lightning module that trains an :class:`~torch_molfield.models.EnergyMolField`, or another
    :class:`~torch_molfield.nn.heads.energy_model.EnergyModel`.

    Loss: mean over atoms of |ΔF| / s + ``energy_weight`` · mean over molecules of |ΔE| / (s √N), with the scale s that
    the model has measured; of charges and dipoles, where the batch has them, mean |Δq| / 0.1 e and |Δμ| / 0.1 e Å with
    ``charge_weight``. ``averaged`` is the moving average of the weights over some thousand steps, which is the better
    model.

    Args:
        model: that has measured the training molecules.
        learning_rate, max_steps, max_seconds, seed: see :class:`TimedTask`.
    """

    model: EnergyModel
    #: gradients of this loss are larger than 1 throughout; clipped there, forces of aspirin were 1.4 times as wrong
    max_norm = 10.0

    def __init__(
        self,
        model: EnergyModel,
        learning_rate: float = 5e-3,
        max_steps: int | None = None,
        max_seconds: float | None = None,
        energy_weight: float = 0.05,
        charge_weight: float = 0.1,
        seed: int = 0,
    ) -> None:
        weights = {"energy": energy_weight, "charges": charge_weight, "dipole": charge_weight}
        super().__init__(model, learning_rate, max_steps, max_seconds, weights, seed)
        self.averaged = AveragedModel(model, multi_avg_fn=_towards).requires_grad_(False)

    def losses(self, batch: MoleculeBatch) -> dict[str, Tensor]:
        """Scaled mean errors."""
        charge = batch.atom_rows.get("charges")
        total = None if charge is None else _sums(charge, batch.batch)
        told = self.model.forces(batch.z, batch.pos, batch.batch, total, create_graph=True)
        scale = self.model.scale
        atoms = torch.bincount(batch.batch)
        energy = (told["energy"] - batch.rows["energy"]).abs() / atoms.sqrt()
        terms = {
            "forces": magnitude(told["forces"] - batch.atom_rows["forces"]).mean() / scale,
            "energy": energy.mean() / scale,
        }
        if charge is not None and "charges" in told:
            terms["charges"] = (told["charges"] - charge).abs().mean() / 0.1
            terms["dipole"] = magnitude(told["dipole"] - batch.rows["dipole"]).mean() / 0.1
        return {name: term.float().squeeze() for name, term in terms.items()}

    def optimizer_step(self, *args: Any, **options: Any) -> None:
        """A step, and one of the average, before a checkpoint may be written."""
        super().optimizer_step(*args, **options)
        self.averaged.update_parameters(self.model)

    def best(self) -> EnergyModel:
        """The model with averaged weights."""
        return cast(EnergyModel, self.averaged.module)


def _sums(rows: Tensor, batch: Tensor) -> Tensor:
    return rows.new_zeros(int(batch[-1]) + 1).index_add(0, batch, rows)


@torch.no_grad()
def _towards(averaged: Tensors, current: Tensors, count: Tensor | int) -> None:
    """One step of the average; it forgets its beginning sooner than a fixed decay would."""
    done = float(count)
    torch._foreach_lerp_(averaged, current, 1 - min(DECAY, (1 + done) / (10 + done)))
