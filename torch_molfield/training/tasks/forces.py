"""Learning energies and forces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.labels import batch_label, find_label
from torch_molfield.data.setting_types import Count, Natural, NotNegative, Positive
from torch_molfield.evaluation.forces import pack_labelled
from torch_molfield.evaluation.options import EvaluationOptions
from torch_molfield.evaluation.properties import magnitude
from torch_molfield.evaluation.result import Evaluation
from torch_molfield.evaluation.scores import score_forces
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import EnergyMolField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.nn.heads.energy_model import EnergyModel
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task, register_task
from torch_molfield.training.engine.train import train


@dataclass(frozen=True, kw_only=True)
class ForceFieldTraining(TrainingSettings):
    """Settings of a training on energies and forces, in addition to those of :class:`TrainingSettings`.

    Attributes:
        energy_weight, charge_weight: weights of terms of the loss, see :class:`ForceFieldTask`.
        charges: whether to learn partial charges and dipoles too.
        model: settings of :class:`~torch_molfield.models.EnergyMolField`.

    Raises:
        ValueError: for a value out of range, or an unknown setting of the model.
    """

    learning_rate: Positive = 5e-3
    batch_size: Count = 5
    energy_weight: NotNegative = 0.05
    charge_weight: NotNegative = 0.1
    charges: bool = False
    workers: Natural = 0
    average_weights: bool = True
    model: dict[str, Any] = field(default_factory=dict)

    helps = {
        "charges": "Learn partial charges and dipoles too.",
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        check_keys(EnergyMolField, self.model, "the settings of the model")


@register_task("forces")
class ForceFieldTask(Task):
    """Train a force field on energies and forces: an :class:`~torch_molfield.models.EnergyMolField`, or another
    :class:`~torch_molfield.nn.heads.energy_model.EnergyModel`.

    Loss: mean over atoms of |ΔF| / s + ``energy_weight`` · mean over molecules of |ΔE| / (s √N), with the scale s that
    the model has measured; of charges and dipoles, where the batch has them, mean |Δq| / 0.1 e and |Δμ| / 0.1 e Å with
    ``charge_weight``. Batches have ``energy [B]`` eV and ``forces [N, 3]`` eV/Å, and ``charges [N]`` e and ``dipole
    [B, 3]`` e Å for a model of charges, or as :func:`~torch_molfield.data.labels.find_label` finds them.

    Args:
        settings: see :class:`ForceFieldTraining`.
        model: to be trained from its weights on, with new references, in place of a new one.
    """

    Settings = ForceFieldTraining
    starts = (EnergyModel,)
    model: EnergyModel
    #: gradients of this loss are larger than 1 throughout; clipped there, forces of aspirin were 1.4 times as wrong
    max_norm = 10.0

    def prepare(self, molecules: Sequence[Data]) -> PackedMolecules:
        """Packed molecules with energies and forces, and with charges and dipoles for a model of charges."""
        model = getattr(self, "model", None)
        charged = self._model_settings()["charges"] if model is None else getattr(model, "charges", None) is not None
        return pack_labelled(molecules, charged)

    def make_model(self, data: PackedMolecules) -> EnergyMolField:
        """An EnergyMolField for the elements of these molecules."""
        return EnergyMolField(**{"elements": torch.unique(data.z).tolist(), **self._model_settings()})

    def _model_settings(self) -> dict[str, Any]:
        return {"charges": self.settings.charges, **self.settings.model}

    def begin(self, data: PackedMolecules, resumed: bool) -> None:
        """Measure references and scale."""
        charges = data.atom_rows.get("charges")
        total = None if charges is None else _sums(charges, data.owner)
        self.model.measure(data.z, data.owner, data.rows["energy"], data.atom_rows["forces"], total)

    def batches(self, data: PackedMolecules, seed: int, first: int = 0) -> MoleculeBatches:
        """Whole molecules with their labels."""
        return MoleculeBatches(data, self.settings.batch_size, seed, first)

    @property
    def weights(self) -> Mapping[str, float]:
        charges = self.settings.charge_weight
        return {"energy": self.settings.energy_weight, "charges": charges, "dipole": charges}

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """Scaled mean errors."""
        predicted = self._predicted(batch, create_graph=torch.is_grad_enabled())
        scale, atoms = self.model.scale, torch.bincount(batch.batch)
        terms = {
            "forces": magnitude(predicted["forces"] - batch_label(batch, "forces")).mean() / scale,
            "energy": ((predicted["energy"] - batch_label(batch, "energy")).abs() / atoms.sqrt()).mean() / scale,
        }
        if "charges" in batch and "charges" in predicted:
            terms["charges"] = (predicted["charges"] - batch_label(batch, "charges")).abs().mean() / 0.1
            terms["dipole"] = magnitude(predicted["dipole"] - batch_label(batch, "dipole")).mean() / 0.1
        return {name: term.float().squeeze() for name, term in terms.items()}

    def metrics(self, batch: Data) -> dict[str, Tensor]:
        """Absolute errors: eV per molecule, and eV/Å per component."""
        predicted = self._predicted(batch, create_graph=False)
        names = ("energy", "forces")
        return {f"mae_{name}": (predicted[name] - batch_label(batch, name)).abs() for name in names}

    def _predicted(self, batch: Data, create_graph: bool) -> dict[str, Tensor]:
        charges = find_label(batch, "charges")
        total = None if charges is None else _sums(charges.value, batch.batch)
        return self.model.forces(batch.z, batch.pos, batch.batch, total, create_graph=create_graph)

    @classmethod
    def evaluate(
        cls, model: Any, settings: Mapping[str, Any], data: TestData, options: EvaluationOptions
    ) -> Evaluation:
        """Mean absolute errors of energies, forces, charges and dipoles."""
        return score_forces(model, data)


def train_force_field(
    settings: ForceFieldTraining,
    molecules: Sequence[Data],
    directory: str | Path,
    model: EnergyModel | None = None,
    **options: Any,
) -> EnergyModel:
    """Train an :class:`~torch_molfield.models.EnergyMolField` on energies and forces.

    Short form of :func:`~torch_molfield.training.train` with a :class:`ForceFieldTask`.

    Args:
        settings: see :class:`ForceFieldTraining`.
        molecules: with ``z [N]``, ``pos [N, 3]`` Å, ``energy [1]`` eV and ``forces [N, 3]`` eV/Å; with
            ``settings.charges`` also ``charges [N]`` e and ``dipole [1, 3]`` e Å.
        directory: receives checkpoints, the log and the model.
        model: trained further in place of a new one; its reference energies are measured anew.
        options: further arguments of :func:`~torch_molfield.training.train`, such as ``val_data`` and ``resume``.

    Returns:
        the model, in eval mode; with averaged weights, unless ``settings.average_weights`` is off.

    Raises:
        ValueError: as :func:`~torch_molfield.training.train`.
    """
    return train(ForceFieldTask(settings, model), molecules, directory=directory, **options)


def _sums(rows: Tensor, batch: Tensor) -> Tensor:
    return rows.new_zeros(int(batch[-1]) + 1).index_add(0, batch, rows)
