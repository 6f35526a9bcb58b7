"""One call that trains QuantumDeepField."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch_geometric.data import Data

from torch_molfield.data.properties import find_targets, target_values
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import QuantumDeepField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.trainer import begin, fit
from torch_molfield.training.tasks.qdf_start import whiten_functional
from torch_molfield.training.tasks.qdf_task import EachTwice, QDFTask, TrainingPoints

#: what is not given, by mode: the published training, and what goes fast on one core
DEFAULTS: dict[str, dict[str, Any]] = {
    "faithful": {"learning_rate": 1e-4, "batch_size": 4, "model": {"width": 250}},
    "quadrature": {"learning_rate": 8e-3, "batch_size": 16, "model": {"width": 48, "angular": True}},
}


@dataclass(frozen=True, kw_only=True)
class QDFTraining(TrainingSettings):
    """Settings of :func:`train_qdf`.

    ``mode``: ``"faithful"`` or ``"quadrature"``, see :class:`QuantumDeepField`; ``DEFAULTS`` holds what follows from
    it. ``targets`` are names in :data:`~torch_molfield.data.properties.TARGETS`, such as ``("homo", "lumo")``.
    ``halve_every`` epochs the rate of a faithful training halves; ``potential_weight`` and ``points`` (settings of
    :class:`~torch_molfield.training.tasks.qdf_task.TrainingPoints`) belong to a quadrature training. ``model`` changes
    settings of the model.
    """

    mode: str = "quadrature"
    targets: Sequence[str] = ("atomization",)
    learning_rate: float | None = None
    batch_size: int | None = None
    halve_every: int = 200
    potential_weight: float = 0.01
    points: dict[str, Any] = field(default_factory=dict)
    workers: int = 0
    model: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mode not in DEFAULTS:
            raise ValueError(f"mode {self.mode!r} is unknown; choose one of {', '.join(DEFAULTS)}.")
        given = (name for name in ("learning_rate", "batch_size") if getattr(self, name) is not None)
        self.require_positive("halve_every", *given)
        self.require_not_negative("potential_weight")
        find_targets(self.targets)
        check_keys(QuantumDeepField, self.model, "the settings of the model")
        unknown = sorted(set(self.points) - set(TrainingPoints.__dataclass_fields__))
        if unknown:
            raise ValueError(f"points: unknown key {unknown[0]!r}; known are shells, degree, reach, stretch.")

    def value(self, name: str) -> Any:
        """``learning_rate`` or ``batch_size``, or the default of the mode."""
        given = getattr(self, name)
        return DEFAULTS[self.mode][name] if given is None else given


def train_qdf(
    settings: QDFTraining,
    molecules: Sequence[Data],
    directory: str | Path,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    progress_bar: bool = True,
    **hardware: Any,
) -> QuantumDeepField:
    """Train a :class:`QuantumDeepField` on ``molecules`` and write it to ``directory``.

    Files, checkpoints, resume and ``hardware`` (accelerator, devices, strategy, num_nodes) as in
    :func:`~torch_molfield.training.train_surface`.

    Args:
        molecules: with the targets as attributes, such as those of :func:`~torch_molfield.data.under14`.

    Raises:
        ValueError: for a molecule without a target, or elements beyond Kr.
    """
    directory = Path(directory)
    targets = find_targets(settings.targets)
    packed = PackedMolecules(molecules)
    packed.rows = target_values(molecules, targets)
    resumed = begin(settings, directory, resume, molecules=packed)
    elements = torch.unique(packed.z).tolist()
    given = {**DEFAULTS[settings.mode]["model"], **settings.model}
    model = QuantumDeepField(**{"mode": settings.mode, "elements": elements, "targets": targets, **given})
    if model.references is not None:
        owner = torch.arange(len(packed)).repeat_interleave(packed.start.diff())
        model.references.measure(packed.z, owner, packed.rows)
        if not resumed:
            whiten_functional(model, packed, settings.seed)
    task = QDFTask(
        model,
        settings.value("learning_rate"),
        settings.max_steps,
        settings.max_seconds,
        settings.seed,
        epoch_steps=2 * max(1, len(packed) // settings.value("batch_size")),
        halve_every=settings.halve_every,
        potential_weight=settings.potential_weight,
        points=TrainingPoints(**settings.points),
    )
    batches = partial(_batches, settings, packed)
    trainer = fit(task, batches, settings, directory, resumed, callbacks, progress_bar=progress_bar, **hardware)
    if trainer.is_global_zero:
        model.save_pretrained(directory)
    return model.eval()


def _batches(settings: QDFTraining, molecules: PackedMolecules, first: int, seed: int) -> MoleculeBatches:
    kind = EachTwice if settings.mode == "faithful" else MoleculeBatches
    return kind(molecules, settings.value("batch_size"), seed, first)
