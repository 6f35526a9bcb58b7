"""Learning signed distances: loss = distance + Eikonal + normals."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.models import MolField
from torch_molfield.training.batches.surfaces import SurfaceBatch
from torch_molfield.training.engine.timed_task import TimedTask
from torch_molfield.training.tasks.losses import distance_loss, eikonal_loss, normal_loss


class SurfaceTask(TimedTask):
    """Lightning module that trains a :class:`MolField` on batches of :class:`SurfaceBatches`.

    Args:
        model: with one channel, the signed distance in Å.
        learning_rate, max_steps, max_seconds, seed: see :class:`TimedTask`; the seed is that of the frames drawn for
            symmetric molecules.
        eikonal_weight, normal_weight: weights of these losses (0 leaves the term and its cost out).
        gradient_share: share of the points at which gradients are compared; they cost three times a value.
    """

    model: MolField

    def __init__(
        self,
        model: MolField,
        learning_rate: float = 1e-3,
        max_steps: int | None = None,
        max_seconds: float | None = None,
        eikonal_weight: float = 0.0,
        normal_weight: float = 0.1,
        gradient_share: float = 0.5,
        seed: int = 0,
    ) -> None:
        if model.channels != ("signed_distance",):
            raise ValueError(f"the model's channels are {model.channels}; surfaces need ('signed_distance',).")
        weights = {"eikonal": eikonal_weight, "normal": normal_weight}
        super().__init__(model, learning_rate, max_steps, max_seconds, weights, seed)
        self.gradient_share = gradient_share

    def losses(self, batch: SurfaceBatch) -> dict[str, Tensor]:
        """The terms of the loss, unweighted."""
        samples, field = batch.samples, self.model(batch.z, batch.pos, batch.batch)
        terms = {"distance": distance_loss(field(samples.points, samples.points_batch)[:, 0], samples)}
        if any(self.weights.values()):
            keep = torch.arange(len(samples.values), device=self.device) % 100 < 100 * self.gradient_share
            part = type(samples)(*(column[keep] for column in samples))
            points = part.points.clone().requires_grad_()
            gradient = field.gradient(points, part.points_batch, create_graph=True)[:, 0]
            terms |= {"eikonal": eikonal_loss(gradient), "normal": normal_loss(gradient, part)}
        return terms
