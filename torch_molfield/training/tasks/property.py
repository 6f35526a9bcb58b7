"""Learning properties from pooled weight tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.labels import Column, batch_label
from torch_molfield.data.properties import batch_values, dataset_columns, find_targets, target_values
from torch_molfield.data.setting_types import Count, Natural, Positive, SizeOrNone
from torch_molfield.evaluation.options import EvaluationOptions
from torch_molfield.evaluation.properties import magnitude
from torch_molfield.evaluation.result import Evaluation
from torch_molfield.evaluation.scores import score_properties
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import EnergyMolField, MolField, PropertyMolField
from torch_molfield.models.predictor import takes_charge
from torch_molfield.models.pretrained import check_keys
from torch_molfield.models.property_molfield import field_around_trunk, field_of
from torch_molfield.nn.heads.references import PropertyModel
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.engine.known_elements import require_known_elements
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task, register_task
from torch_molfield.training.engine.train import train
from torch_molfield.training.tasks.density import DENSITY_MODEL


@dataclass(frozen=True, kw_only=True)
class PropertyTraining(TrainingSettings):
    """Settings of a training on properties, in addition to those of :class:`TrainingSettings`.

    Attributes:
        targets: names of properties, or ``"NAME:UNIT"`` for your own, see
            :func:`~torch_molfield.data.properties.find_targets`.
        queries: of the pooling over tokens; 0 for the mean.
        charges: whether the properties depend on the charge of the molecule, which each molecule must then have
            (``charge [1]`` e).
        model: settings of the field that differ from ``DENSITY_MODEL``, unless a trained field is given.

    Raises:
        ValueError: for a value out of range, an unknown target, or an unknown setting of the model.
    """

    targets: Sequence[str | Mapping[str, Any]] = ("gap",)
    queries: SizeOrNone = 4
    charges: bool = False
    learning_rate: Positive = 1e-3
    batch_size: Count = 32
    workers: Natural = 0
    model: dict[str, Any] = field(default_factory=dict)

    helps = {
        "targets": "What to predict; may be repeated. NAME:UNIT is a number of your own that the file has.",
        "charges": "Values depend on the charge of a molecule, which the dataset gives.",
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        find_targets(self.targets)
        check_keys(MolField, self.model, "the settings of the model")


@register_task("property")
class PropertyTask(Task):
    """Train a model of properties, such as dipole moments: a :class:`~torch_molfield.models.PropertyMolField`.

    Batches have the targets as attributes, or as :func:`~torch_molfield.data.properties.target_values` finds them.
    Loss: the mean over targets of |prediction − value| / scale, with the scales that the references have measured; of
    vectors and tensors the Euclidean and the Frobenius norm.

    Args:
        settings: see :class:`PropertyTraining`.
        model: any :class:`~torch_molfield.nn.heads.references.PropertyModel` of these targets, to be trained in place
            of a new one; its references are measured anew.
        start: a trained field to begin with, such as one that generates densities, or the one in a model of properties;
            or a model of energies, whose graph network a new field begins with.
        trunk_only: begin with the graph network of ``start`` alone; after density pre-training that is better.
    """

    Settings = PropertyTraining
    starts = (MolField, PropertyMolField, EnergyMolField)
    model: PropertyModel
    start: MolField | EnergyMolField | None
    trunk_only: bool
    start_help = "Begin with this trained model: one of molfield train density or forces, or another of properties."
    switches = {"trunk_only": "Take from it its graph network alone; after a training on densities this is better."}

    def __init__(
        self,
        settings: PropertyTraining | Mapping[str, Any],
        model: PropertyModel | None = None,
        start: MolField | PropertyMolField | EnergyMolField | None = None,
        trunk_only: bool = False,
    ) -> None:
        super().__init__(settings, model)
        if start is not None and self.settings.model and not isinstance(start, EnergyMolField):
            raise ValueError(
                "the settings of the field are those of the one that is given; leave settings.model empty."
            )
        self.hold(start=field_of(start) if isinstance(start, PropertyMolField) else start, trunk_only=trunk_only)
        self.targets = find_targets(self.settings.targets)
        self.columns: Mapping[str, Column] = {}

    @classmethod
    def from_start(cls, settings: Any, start: Any = None, trunk_only: bool = False, **_: bool) -> PropertyTask:
        """Begin with the field of a model."""
        return cls(settings, start=start, trunk_only=trunk_only)

    def origin(self) -> dict[str, Any]:
        """The field to begin with."""
        return {"start": None if self.start is None else {"field": self.start, "trunk_only": self.trunk_only}}

    def prepare(self, molecules: Sequence[Data]) -> PackedMolecules:
        """Packed molecules with the targets, of elements that a given field knows."""
        packed = PackedMolecules(molecules, ["charge"] if self._charges else [])
        packed.rows |= target_values(molecules, self.targets)
        self.columns = dataset_columns(molecules)
        if self.start is not None:
            require_known_elements(molecules, self.start.config["elements"])
        return packed

    def make_model(self, data: PackedMolecules) -> PropertyMolField:
        """Heads on the field that is given, or on a new one for the elements of these molecules."""
        own, field = {**DENSITY_MODEL, **self.settings.model}, self.start
        if field is None:
            field = MolField(**{"elements": torch.unique(data.z).tolist(), **own})
        elif isinstance(field, EnergyMolField):
            field = field_around_trunk(field, own)
        settings = {"queries": self.settings.queries, "charges": self.settings.charges}
        return PropertyMolField.from_field(field, self.targets, trunk_only=self.trunk_only, **settings)

    def begin(self, data: PackedMolecules, resumed: bool) -> None:
        """Measure the references."""
        self.model.references.measure(data.z, data.owner, data.rows, data.rows.get("charge"))

    def batches(self, data: PackedMolecules, seed: int, first: int = 0) -> MoleculeBatches:
        """Whole molecules with their targets."""
        return MoleculeBatches(data, self.settings.batch_size, seed, first)

    @property
    def weights(self) -> Mapping[str, float]:
        return {target.name: 1.0 / len(self.targets) for target in self.targets}

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """Scaled mean errors by target."""
        return {name: (error / scale).mean().float() for name, error, scale in self._errors(batch)}

    def metrics(self, batch: Data) -> dict[str, Tensor]:
        """Absolute errors in the units of the targets."""
        return {f"mae_{name}": error for name, error, _ in self._errors(batch)}

    @property
    def _charges(self) -> bool:
        """Whether values depend on the charge."""
        model = getattr(self, "model", None)
        return self.settings.charges if model is None else takes_charge(model)

    def _errors(self, batch: Data) -> list[tuple[str, Tensor, Tensor]]:
        """Name, errors ``[B]`` and scale of each target."""
        true = batch_values(batch, self.targets, self.columns)
        charge = {"charge": batch_label(batch, "charge")} if self._charges else {}
        predicted = self.model(batch.z, batch.pos, batch.batch, **charge)
        pairs = zip(true.items(), self.model.references.scale, strict=True)
        return [(name, magnitude(predicted[name] - value), scale) for (name, value), scale in pairs]

    @classmethod
    def evaluate(
        cls, model: Any, settings: Mapping[str, Any], data: TestData, options: EvaluationOptions
    ) -> Evaluation:
        """Mean absolute errors, those of the references alone, and predicted against true values."""
        return score_properties(model, data)


def train_property(
    settings: PropertyTraining,
    molecules: Sequence[Data],
    directory: str | Path,
    start: MolField | PropertyMolField | EnergyMolField | None = None,
    trunk_only: bool = False,
    **options: Any,
) -> PropertyMolField:
    """Train a :class:`~torch_molfield.models.PropertyMolField` to predict properties of molecules.

    Short form of :func:`~torch_molfield.training.train` with a :class:`PropertyTask`.

    Args:
        settings: see :class:`PropertyTraining`.
        molecules: with ``z [N]``, ``pos [N, 3]`` Å and the targets as attributes.
        directory: receives checkpoints, the log and the model.
        start: a trained model whose field, or for a model of energies whose graph network, a new model starts from.
        trunk_only: take only the graph network of ``start``; recommended after a training on densities.
        options: further arguments of :func:`~torch_molfield.training.train`, such as ``val_data`` and ``resume``.

    Returns:
        the model, in eval mode.

    Raises:
        ValueError: as :func:`~torch_molfield.training.train`.
    """
    return train(PropertyTask(settings, None, start, trunk_only), molecules, directory=directory, **options)
