"""Learning properties from pooled weight tokens."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.nn.references import PropertyModel
from torch_molfield.training.molecule_batches import MoleculeBatch
from torch_molfield.training.timed_task import TimedTask


class PropertyTask(TimedTask):
    """Lightning module that trains a :class:`~torch_molfield.models.PropertyMolField`, its encoder included.

    Loss: the mean over targets of |prediction − value| / scale, with the scales that the references have measured; of
    vectors and tensors the Euclidean and the Frobenius norm.

    Args:
        model: whose references have measured the training values.
        learning_rate, max_steps, max_seconds, seed: see :class:`TimedTask`.
    """

    model: PropertyModel

    def __init__(
        self,
        model: PropertyModel,
        learning_rate: float = 1e-3,
        max_steps: int | None = None,
        max_seconds: float | None = None,
        seed: int = 0,
    ) -> None:
        weights = {target.name: 1.0 / len(model.targets) for target in model.targets}
        super().__init__(model, learning_rate, max_steps, max_seconds, weights, seed)

    def losses(self, batch: MoleculeBatch) -> dict[str, Tensor]:
        """Scaled mean errors by target."""
        predicted = self.model(batch.z, batch.pos, batch.batch)
        scales = self.model.references.scale
        terms = {}
        for target, scale in zip(self.model.targets, scales, strict=True):
            error = predicted[target.name] - batch.rows[target.name]
            terms[target.name] = (magnitude(error) / scale).mean().float()
        return terms


def magnitude(error: Tensor) -> Tensor:
    """``[B, ...] -> [B]``: |e|, the length of vectors, the Frobenius norm of tensors; smooth at zero."""
    if error.dim() == 1:
        return error.abs()
    return error.flatten(1).square().sum(1).clamp_min(1e-20).sqrt()


@torch.no_grad()
def mean_errors(model: PropertyModel, batches: list[MoleculeBatch]) -> dict[str, float]:
    """Mean error by target over batches, in its unit; the model should be in eval mode."""
    total = dict.fromkeys((target.name for target in model.targets), 0.0)
    count = 0
    for batch in batches:
        predicted = model(batch.z, batch.pos, batch.batch)
        count += int(batch.batch[-1]) + 1
        for name in total:
            total[name] += float(magnitude(predicted[name] - batch.rows[name]).sum())
    return {name: value / count for name, value in total.items()}
