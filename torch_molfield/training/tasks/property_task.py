"""Learning properties from pooled weight tokens."""

from __future__ import annotations

from torch import Tensor

from torch_molfield.evaluation.properties import magnitude
from torch_molfield.nn.heads.references import PropertyModel
from torch_molfield.training.batches.molecules import MoleculeBatch
from torch_molfield.training.engine.timed_task import TimedTask


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
