"""Learning the quantum deep field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from e3nn import o3
from torch import Tensor

from torch_molfield.geometry.atom_grids import AtomGrid, shell_grid
from torch_molfield.models import QuantumDeepField
from torch_molfield.training.batches.molecules import MoleculeBatch, MoleculeBatches
from torch_molfield.training.engine.timed_task import TimedTask

#: steps of a quadrature training from one that learns from the potential to the next
POTENTIAL_EVERY = 8


@dataclass(frozen=True)
class TrainingPoints:
    """Few points, other ones at every step, so that what is learned is the integral.

    ``shells``, ``degree`` and ``reach`` (Å) as of :func:`~torch_molfield.geometry.atom_grids.shell_grid`, for the first
    and for the second half of a training; the reach varies by a share of ``stretch`` up and down, and the spheres of
    every atom are turned at random.
    """

    shells: Sequence[int] = (5, 7)
    degree: Sequence[int] = (5, 7)
    reach: Sequence[float] = (3.0, 3.5)
    stretch: float = 0.15

    def draw(self, progress: float) -> AtomGrid:
        """Points of one step, from torch's global generator; ``progress`` of the training, 0 to 1."""
        factor = 1 + self.stretch * (2 * float(torch.rand(())) - 1)
        half = int(progress >= 0.5)
        return shell_grid(self.shells[half], self.degree[half], self.reach[half] * factor)


class QDFTask(TimedTask):
    """Lightning module that trains a :class:`~torch_molfield.models.QuantumDeepField`.

    Faithful models learn as published: on every batch one step on the mean square error of the property, then one on
    that of the potential over all points, by Adam, with a rate that is halved every ``halve_every`` epochs and no
    clipping. Batches must come twice, see :class:`EachTwice`.

    Quadrature models learn on points that change at every step, from the mean of |prediction − value| / scale over
    targets, and at every eighth step also from ∫ ρ (V̂ − V)² / N_e times ``potential_weight``.

    Args:
        model: to be trained; the references of a quadrature model have measured the training values.
        learning_rate, max_steps, max_seconds, seed: see :class:`TimedTask`.
        epoch_steps: steps of an epoch, faithful only.
        halve_every: epochs, faithful only.
        potential_weight: quadrature only.
        points: quadrature only.
    """

    model: QuantumDeepField

    def __init__(
        self,
        model: QuantumDeepField,
        learning_rate: float = 1e-4,
        max_steps: int | None = None,
        max_seconds: float | None = None,
        seed: int = 0,
        epoch_steps: int = 1,
        halve_every: int = 200,
        potential_weight: float = 0.01,
        points: TrainingPoints | None = None,
    ) -> None:
        weights = {"potential": potential_weight} if model.smooth else {}
        super().__init__(model, learning_rate, max_steps, max_seconds, weights, seed)
        self.epoch_steps, self.halve_every = epoch_steps, halve_every
        self.points = points or TrainingPoints()
        self.earlier: dict[str, Tensor] = {}

    def losses(self, batch: MoleculeBatch) -> dict[str, Tensor]:
        """Errors of the property and of the potential; what a step does not learn from is that of an earlier one."""
        values = torch.stack([batch.rows[target.name] for target in self.model.targets], dim=1)
        terms = self._integrals(batch, values) if self.model.smooth else self._sums(batch, values)
        self.earlier |= {name: error.detach() for name, error in terms.items()}
        return self.earlier | terms

    def _sums(self, batch: MoleculeBatch, values: Tensor) -> dict[str, Tensor]:
        if self.global_step % 2:
            return {"potential": self._potential(batch)}
        predicted = self.model(batch.z, batch.pos, batch.batch)
        return {"energy": (predicted.reshape(values.shape) - values).square().mean().float()}

    def _integrals(self, batch: MoleculeBatch, values: Tensor) -> dict[str, Tensor]:
        grid, turns = self.points.draw(self.progress), o3.rand_matrix(len(batch.z)).to(batch.pos.device)
        predicted = self.model(batch.z, batch.pos, batch.batch, grid=grid, turns=turns)
        scale = self.model.references.scale if self.model.references is not None else 1.0
        terms = {"energy": ((predicted.reshape(values.shape) - values).abs() / scale).mean().float()}
        if self.weights["potential"] > 0 and self.global_step % POTENTIAL_EVERY == POTENTIAL_EVERY - 1:
            terms["potential"] = self._potential(batch, grid, turns)
        return terms

    def _potential(self, batch: MoleculeBatch, grid: AtomGrid | None = None, turns: Tensor | None = None) -> Tensor:
        blocks = self.model.blocks(batch.z, batch.pos, batch.batch, grid=grid, turns=turns)
        found = [self.model.potential_error(block, grid) for block in blocks]
        errors, measures = (torch.cat(column) for column in zip(*found, strict=True))
        return errors.sum() / measures.sum()

    def configure_optimizers(self) -> Any:
        """As published, or as of :class:`TimedTask`."""
        if self.model.smooth:
            return super().configure_optimizers()
        optimizer = torch.optim.Adam(self.model.parameters(), lr=self.learning_rate, fused=True)
        every = self.epoch_steps * self.halve_every
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
            super().configure_gradient_clipping(optimizer)
            return
        norms = [p.grad.norm() for p in self.model.parameters() if p.grad is not None]
        self._require_finite(torch.stack(norms).sum(), "gradient")


class EachTwice(MoleculeBatches):
    """:class:`MoleculeBatches` of which each comes at two successive steps."""

    def at(self, step: int, generator: torch.Generator) -> MoleculeBatch:
        return super().at(step // 2, generator)
