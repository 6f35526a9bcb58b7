"""Learning the quantum deep field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.labels import Column
from torch_molfield.data.properties import batch_values, dataset_columns, find_targets, target_values
from torch_molfield.data.setting_types import Count, Natural, NotNegative, Positive
from torch_molfield.evaluation.options import EvaluationOptions
from torch_molfield.evaluation.result import Evaluation
from torch_molfield.evaluation.scores import score_properties
from torch_molfield.geometry.atom_grids import AtomGrid, shell_grid
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.geometry.rotations import random_rotations
from torch_molfield.models import QuantumDeepField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task, register_task
from torch_molfield.training.engine.train import train
from torch_molfield.training.tasks.qdf_start import whiten_functional

#: what is not given, by mode: the published training, and what is fast on one core
DEFAULTS: dict[str, dict[str, Any]] = {
    "faithful": {"learning_rate": 1e-4, "batch_size": 4, "model": {"width": 250}},
    "quadrature": {"learning_rate": 8e-3, "batch_size": 16, "model": {"width": 48, "angular": True}},
}
#: steps of a quadrature training from one that learns from the potential to the next
POTENTIAL_EVERY = 8


@dataclass(frozen=True)
class TrainingPoints:
    """Few points, other ones at every step, so that what is learned is the integral.

    ``shells``, ``degree`` and ``reach`` (Å) as of :func:`~torch_molfield.geometry.atom_grids.shell_grid`, for the first
    and for the second half of a training; the reach varies by a share of ``stretch`` up and down, and the spheres of
    every atom are turned at random.
    """

    shells: Sequence[Count] = (5, 7)
    degree: Sequence[Count] = (5, 7)
    reach: Sequence[Positive] = (3.0, 3.5)
    stretch: NotNegative = 0.15

    def draw(self, progress: float) -> AtomGrid:
        """Points of one step, from torch's global generator; ``progress`` of the training, 0 to 1."""
        factor = 1 + self.stretch * (2 * float(torch.rand(())) - 1)
        half = int(progress >= 0.5)
        return shell_grid(self.shells[half], self.degree[half], self.reach[half] * factor)


@dataclass(frozen=True, kw_only=True)
class QDFTraining(TrainingSettings):
    """Settings of a training of the quantum deep field, in addition to those of :class:`TrainingSettings`.

    Attributes:
        mode: ``"faithful"`` (as published) or ``"quadrature"``, see :class:`~torch_molfield.models.QuantumDeepField`.
            ``learning_rate``, ``batch_size`` and settings of the model that are not given are those of the mode in
            ``DEFAULTS``.
        targets: names in :data:`~torch_molfield.data.properties.TARGETS`, such as ``("homo", "lumo")``.
        halve_every: epochs after which the learning rate of a faithful training is halved.
        potential_weight: weight of the error of the potential in a quadrature training.
        points: settings of :class:`TrainingPoints`, for a quadrature training.
        model: settings of the model.

    Raises:
        ValueError: for a value out of range, an unknown mode or target, or an unknown setting.
    """

    mode: str = "quadrature"
    targets: Sequence[str] = ("atomization",)
    learning_rate: Positive | None = None  # type: ignore[assignment]
    batch_size: Count | None = None  # type: ignore[assignment]
    halve_every: Count = 200
    potential_weight: NotNegative = 0.01
    points: dict[str, Any] = field(default_factory=dict)
    workers: Natural = 0
    model: dict[str, Any] = field(default_factory=dict)

    helps = {
        "mode": "faithful (as published) or quadrature.",
        "targets": "What to predict; may be repeated.",
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mode not in DEFAULTS:
            raise ValueError(f"mode {self.mode!r} is unknown; choose one of {', '.join(DEFAULTS)}.")
        find_targets(self.targets)
        check_keys(QuantumDeepField, self.model, "the settings of the model")
        check_keys(TrainingPoints, self.points, "points")

    def value(self, name: str) -> Any:
        """``learning_rate`` or ``batch_size``, or the default of the mode."""
        given = getattr(self, name)
        return DEFAULTS[self.mode][name] if given is None else given


@register_task("qdf")
class QDFTask(Task):
    """Train a :class:`~torch_molfield.models.QuantumDeepField`: energies from a learned electron density.

    Faithful models learn as published: on every batch one step on the mean square error of the property, then one on
    that of the potential over all points, by Adam, with a rate that is halved every ``halve_every`` epochs and no
    clipping. Every batch comes at two successive steps.

    Quadrature models learn on points that change at every step, from the mean of |prediction − value| / scale over
    targets, and at every eighth step also from ∫ ρ (V̂ − V)² / N_e times ``potential_weight``.

    Args:
        settings: see :class:`QDFTraining`.
        model: to be trained further in place of a new one.
    """

    Settings = QDFTraining
    starts = (QuantumDeepField,)
    model: QuantumDeepField
    # The Hohenberg–Kohn map learns from the potential alone, the functional from the property alone.
    unused_parameters = True

    def __init__(self, settings: QDFTraining | Mapping[str, Any], model: QuantumDeepField | None = None) -> None:
        super().__init__(settings, model)
        self.targets = find_targets(self.settings.targets)
        self.columns: Mapping[str, Column] = {}
        self.points = TrainingPoints(**self.settings.points)
        self.epoch_steps = 1

    def reset(self) -> None:
        super().reset()
        self.earlier: dict[str, Tensor] = {}

    @property
    def learning_rate(self) -> float:
        """Of the settings, or the default of the mode."""
        return self.settings.value("learning_rate")

    def prepare(self, molecules: Sequence[Data]) -> PackedMolecules:
        """Packed molecules with the targets."""
        packed = PackedMolecules(molecules)
        packed.rows = target_values(molecules, self.targets)
        self.columns = dataset_columns(molecules)
        return packed

    def make_model(self, data: PackedMolecules) -> QuantumDeepField:
        """A quantum deep field for the elements of these molecules."""
        settings, elements = self.settings, torch.unique(data.z).tolist()
        given = {**DEFAULTS[settings.mode]["model"], **settings.model}
        return QuantumDeepField(**{"mode": settings.mode, "elements": elements, "targets": self.targets, **given})

    def begin(self, data: PackedMolecules, resumed: bool) -> None:
        """Measure the references of a quadrature model and let its functional begin standardised."""
        self.epoch_steps = 2 * max(1, len(data) // self.settings.value("batch_size"))
        if self.model.references is not None:
            self.model.references.measure(data.z, data.owner, data.rows)
            if not resumed:
                whiten_functional(self.model, data, self.settings.seed)

    def batches(self, data: PackedMolecules, seed: int, first: int = 0) -> MoleculeBatches:
        """Whole molecules with their targets."""
        kind = EachTwice if self.settings.mode == "faithful" else MoleculeBatches
        return kind(data, self.settings.value("batch_size"), seed, first)

    @property
    def weights(self) -> Mapping[str, float]:
        return {"potential": self.settings.potential_weight} if self.model.smooth else {}

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """Errors of the property and of the potential; what a step does not learn from is that of an earlier one.

        In a validation the error of the property alone, on the model's own points.
        """
        values = self._values(batch)
        if not self.training:
            return {"energy": self._property_error(batch, values)}
        terms = self._integrals(batch, values) if self.model.smooth else self._sums(batch, values)
        self.earlier |= {name: error.detach() for name, error in terms.items()}
        return self.earlier | terms

    def metrics(self, batch: Data) -> dict[str, Tensor]:
        """Absolute errors in the units of the targets."""
        values = self._values(batch)
        errors = (self.model(batch.z, batch.pos, batch.batch).reshape(values.shape) - values).abs()
        return {f"mae_{target.name}": error for target, error in zip(self.targets, errors.unbind(1), strict=True)}

    def _values(self, batch: Data) -> Tensor:
        return torch.stack(list(batch_values(batch, self.targets, self.columns).values()), dim=1)

    def _property_error(self, batch: Data, values: Tensor, **points: Any) -> Tensor:
        difference = self.model(batch.z, batch.pos, batch.batch, **points).reshape(values.shape) - values
        if not self.model.smooth:
            return difference.square().mean().float()
        scale = self.model.references.scale if self.model.references is not None else 1.0
        return (difference.abs() / scale).mean().float()

    def _sums(self, batch: Data, values: Tensor) -> dict[str, Tensor]:
        if self.global_step % 2:
            return {"potential": self._potential(batch)}
        return {"energy": self._property_error(batch, values)}

    def _integrals(self, batch: Data, values: Tensor) -> dict[str, Tensor]:
        grid, turns = self.points.draw(self.progress), random_rotations(len(batch.z)).to(batch.pos)
        terms = {"energy": self._property_error(batch, values, grid=grid, turns=turns)}
        if self.settings.potential_weight > 0 and self.global_step % POTENTIAL_EVERY == POTENTIAL_EVERY - 1:
            terms["potential"] = self._potential(batch, grid, turns)
        return terms

    def _potential(self, batch: Data, grid: AtomGrid | None = None, turns: Tensor | None = None) -> Tensor:
        blocks = self.model.blocks(batch.z, batch.pos, batch.batch, grid=grid, turns=turns)
        found = [self.model.potential_error(block, grid) for block in blocks]
        errors, measures = (torch.cat(column) for column in zip(*found, strict=True))
        return errors.sum() / measures.sum()

    def configure_optimizers(self) -> Any:
        """As published, or as of :class:`Task`."""
        if self.model.smooth:
            return super().configure_optimizers()
        optimizer = torch.optim.Adam(self.model.parameters(), lr=self.learning_rate, fused=True)
        every = self.epoch_steps * self.settings.halve_every
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5 ** (step // every))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """None for faithful models, whose gradients must be finite all the same."""
        if self.model.smooth:
            super().configure_gradient_clipping(optimizer, gradient_clip_val, gradient_clip_algorithm)
            return
        norms = [p.grad.norm() for p in self.model.parameters() if p.grad is not None]
        self.require_finite_gradient(torch.stack(norms).sum())

    @classmethod
    def evaluate(
        cls, model: Any, settings: Mapping[str, Any], data: TestData, options: EvaluationOptions
    ) -> Evaluation:
        """Mean absolute errors, those of the references alone, and predicted against true values."""
        return score_properties(model, data)


class EachTwice(MoleculeBatches):
    """:class:`MoleculeBatches` of which each comes at two successive steps."""

    def number(self, step: int) -> int:
        return step // 2


def train_qdf(
    settings: QDFTraining, molecules: Sequence[Data], directory: str | Path, **options: Any
) -> QuantumDeepField:
    """Train a :class:`~torch_molfield.models.QuantumDeepField` (Tsubaki and Mizoguchi 2020).

    Short form of :func:`~torch_molfield.training.train` with a :class:`QDFTask`.

    Args:
        settings: see :class:`QDFTraining`.
        molecules: with ``z [N]``, ``pos [N, 3]`` Å and the targets as attributes; the published molecules are the
            dataset ``qm9/under14``.
        directory: receives checkpoints, the log and the model.
        options: further arguments of :func:`~torch_molfield.training.train`, such as ``val_data`` and ``resume``.

    Returns:
        the model, in eval mode.

    Raises:
        ValueError: as :func:`~torch_molfield.training.train`.
    """
    return train(QDFTask(settings), molecules, directory=directory, **options)
