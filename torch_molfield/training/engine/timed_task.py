"""What every training has in common: a schedule that ends by steps or time, finite numbers, resumable state."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import Any

import lightning
import torch
from torch import Tensor, nn

from torch_molfield.training.batches.steps import mix_seed
from torch_molfield.training.engine.optimizers import make_optimizer
from torch_molfield.training.engine.schedule import learning_rate_factor

#: steps from one line of the log to the next; Lightning takes a tenth of a small step to keep account of its terms
LOG_STEPS = 20


class TrainingDiverged(ValueError):
    """The loss or a gradient is not finite; the last checkpoint is still good."""


class TimedTask(lightning.LightningModule):
    """Lightning module with the schedule, the checks and the state of a training; a task adds :meth:`losses`.

    Args:
        model: with a JSON-like ``config``, by which a checkpoint of another model is told.
        learning_rate: peak of the schedule, see :func:`learning_rate_factor`.
        max_steps, max_seconds: where the schedule ends, whichever comes first; seconds count over resumes.
        weights: of the terms of the loss, 1 where a name is missing.
        seed: of what a step draws at random, a function of seed and step as the batches are.

    Attributes:
        max_norm: to which gradients are clipped.
    """

    max_norm = 1.0

    def __init__(
        self,
        model: nn.Module,
        learning_rate: float,
        max_steps: int | None,
        max_seconds: float | None,
        weights: dict[str, float],
        seed: int,
    ) -> None:
        super().__init__()
        if max_steps is None and max_seconds is None:
            raise ValueError("give max_steps or max_seconds; the learning-rate schedule needs an end.")
        self.model, self.learning_rate = model, learning_rate
        self.max_steps, self.max_seconds = max_steps, max_seconds
        self.weights, self.seed = weights, seed
        self.seconds_before = 0.0
        #: of the last step
        self.loss = float("nan")
        self.started: float | None = None

    @abstractmethod
    def losses(self, batch: Any) -> dict[str, Tensor]:
        """The terms of the loss, unweighted."""

    @property
    def seconds(self) -> float:
        """Training time so far, that of earlier runs included."""
        return self.seconds_before + (0.0 if self.started is None else time.monotonic() - self.started)

    @property
    def progress(self) -> float:
        """How much of the training is done, 0 to 1."""
        by_steps = 0.0 if self.max_steps is None else self.global_step / self.max_steps
        by_time = 0.0 if self.max_seconds is None else self.seconds / self.max_seconds
        return min(1.0, max(by_steps, by_time))

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Loss of one batch; its terms are logged."""
        # The state of the generator is not in a checkpoint: a resumed training must draw the same numbers.
        with torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(mix_seed(self.seed, self.global_step))
            terms = self.losses(batch)
        loss = torch.stack([self.weights.get(name, 1.0) * term for name, term in terms.items()]).sum()
        self._require_finite(loss, "loss")
        self.loss = float(loss.detach())
        if (self.global_step + 1) % LOG_STEPS == 0:
            size = int(batch.batch[-1]) + 1
            self.log("loss", loss.detach(), prog_bar=True, batch_size=size)
            self.log_dict({name: term.detach() for name, term in terms.items()}, batch_size=size)
        return loss

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW with the learning rates of :func:`make_optimizer` and the schedule by :attr:`progress`."""
        optimizer = make_optimizer(self.model, self.learning_rate)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_factor(step, self.progress))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_train_start(self) -> None:
        self.started = time.monotonic()

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip all gradients to :attr:`max_norm`; their norm must be finite."""
        self._require_finite(torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm), "gradient")

    def require_finite_weights(self) -> None:
        """Raise :class:`TrainingDiverged` if a weight is not finite; such a state must not replace a good one."""
        self._require_finite(torch.stack([p.detach().abs().max() for p in self.model.parameters()]).max(), "model")

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["training_seconds"] = self.seconds
        checkpoint["model_config"] = self.model.config

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if checkpoint.get("model_config") != self.model.config:
            raise ValueError("the checkpoint belongs to a model with other settings; resume with the same command.")
        self.seconds_before = float(checkpoint["training_seconds"])

    def _require_finite(self, value: Tensor, name: str) -> None:
        if not bool(torch.isfinite(value)):
            raise TrainingDiverged(
                f"the {name} is not finite at step {self.global_step}; the last checkpoint is kept, "
                f"resume from it with a learning rate below {self.learning_rate:g}."
            )
