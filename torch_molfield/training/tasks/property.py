"""One call that trains PropertyMolField."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch_geometric.data import Data

from torch_molfield.data.properties import find_targets, target_values
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import MolField, PropertyMolField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.models.property_molfield import field_of
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.engine.known_elements import require_known_elements
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.trainer import begin, fit
from torch_molfield.training.tasks.density import DENSITY_MODEL
from torch_molfield.training.tasks.property_task import PropertyTask


@dataclass(frozen=True, kw_only=True)
class PropertyTraining(TrainingSettings):
    """Settings of :func:`train_property`.

    ``targets`` as :func:`~torch_molfield.data.properties.find_targets` takes them. ``queries`` of the pooling, 0 for
    the mean over tokens. ``model`` changes settings of the field (those of ``DENSITY_MODEL``) where none is given.
    """

    targets: Sequence[str | Mapping[str, Any]] = ("gap",)
    queries: int = 4
    learning_rate: float = 1e-3
    batch_size: int = 32
    workers: int = 0
    model: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_positive("learning_rate", "batch_size")
        find_targets(self.targets)
        check_keys(MolField, self.model, "the settings of the model")


def train_property(
    settings: PropertyTraining,
    molecules: Sequence[Data],
    directory: str | Path,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    progress_bar: bool = True,
    start: MolField | PropertyMolField | None = None,
    trunk_only: bool = False,
    **hardware: Any,
) -> PropertyMolField:
    """Train a :class:`PropertyMolField` on ``molecules`` and write it to ``directory``.

    Files, checkpoints, resume and ``hardware`` (accelerator, devices, strategy, num_nodes) as in
    :func:`~torch_molfield.training.train_surface`.

    Args:
        molecules: with the targets as attributes, or :class:`~torch_molfield.data.QM9`.
        start: a trained field to begin with, such as one that generates densities, or the one in a model of properties.
        trunk_only: begin with its graph network alone; after trainings on densities that is better (docs/results/qm9).

    Raises:
        ValueError: for a molecule without a target, or with one that is not finite.
    """
    directory = Path(directory)
    targets = find_targets(settings.targets)
    packed = PackedMolecules(molecules)
    packed.rows = target_values(molecules, targets)
    if start is not None and settings.model:
        raise ValueError("the settings of the field are those of the one that is given; leave settings.model empty.")
    if start is not None:
        require_known_elements(molecules, field_of(start).config["elements"])
    began = None if start is None else {"field": field_of(start), "trunk_only": trunk_only}
    resumed = begin(settings, directory, resume, molecules=packed, start=began)
    field = _new_field(settings, packed) if start is None else field_of(start)
    model = PropertyMolField.from_field(field, targets, trunk_only=trunk_only, queries=settings.queries)
    counts = packed.start.diff()
    model.references.measure(packed.z, torch.arange(len(packed)).repeat_interleave(counts), packed.rows)
    task = PropertyTask(model, settings.learning_rate, settings.max_steps, settings.max_seconds, settings.seed)
    batches = partial(_batches, settings, packed)
    trainer = fit(task, batches, settings, directory, resumed, callbacks, progress_bar=progress_bar, **hardware)
    if trainer.is_global_zero:
        model.save_pretrained(directory)
    return model.eval()


def _new_field(settings: PropertyTraining, molecules: PackedMolecules) -> MolField:
    elements = torch.unique(molecules.z).tolist()
    return MolField(**{**DENSITY_MODEL, "elements": elements, **settings.model})


def _batches(settings: PropertyTraining, molecules: PackedMolecules, first: int, seed: int) -> MoleculeBatches:
    return MoleculeBatches(molecules, settings.batch_size, seed, first)
