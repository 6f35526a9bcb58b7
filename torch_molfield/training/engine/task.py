"""What a training task is: settings, model, batches, losses and metrics in one registered class."""

from __future__ import annotations

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import lightning
import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.properties import Target
from torch_molfield.data.registry import Registry
from torch_molfield.data.words import with_article
from torch_molfield.evaluation.options import EvaluationOptions
from torch_molfield.evaluation.result import Column, Evaluation
from torch_molfield.models.load import model_class
from torch_molfield.training.batches.steps import StepBatches, seeded
from torch_molfield.training.engine.averaging import average_of
from torch_molfield.training.engine.clock import Clock
from torch_molfield.training.engine.optimizers import make_optimizer
from torch_molfield.training.engine.schedule import learning_rate_factor
from torch_molfield.training.engine.settings import TrainingSettings

#: steps from one line of the log to the next; Lightning takes a tenth of a small step to keep account of its terms
LOG_STEPS = 20
#: what a validation draws at random is the same at every validation, and none of what a step draws
VALIDATION_SEED = 0x5EED


class TrainingDiverged(ValueError):
    """The loss or a gradient is not finite; the last checkpoint is still good."""


class Task(lightning.LightningModule):
    """Base class of training tasks.

    A task defines a class of settings and implements :meth:`prepare`, :meth:`make_model`, :meth:`batches` and
    :meth:`losses`; :func:`~torch_molfield.training.train` does the rest. It is registered by
    ``@register_task("name")`` or by an entry point of the group ``torch_molfield.tasks``, or given as ``module:Class``.

    Args:
        settings: an instance of :attr:`Settings`, or its values.
        model: trained further in place of a new one.

    Attributes:
        task: the registered name, or ``module:Class``.
        max_norm: norm to which gradients are clipped.
        unused_parameters: whether some parameters have no gradient at some steps, so that DDP must look for them.
        clock: training time, see :class:`~torch_molfield.training.engine.clock.Clock`.
        loss: of the last step.
        turn: number of batches of the current step that are done.
        interrupted: whether the training ends after the current step, because of Ctrl-C or SIGTERM.

    Raises:
        ValueError: for settings without an end, or settings of the model together with a model.
    """

    task: ClassVar[str] = ""
    Settings: ClassVar[type[TrainingSettings]] = TrainingSettings
    max_norm: ClassVar[float] = 1.0
    unused_parameters: ClassVar[bool] = False
    #: whether it needs consecutive frames of trajectories
    consecutive: ClassVar[bool] = False
    #: whether what is learned is a kind of molecular surface
    has_surface: ClassVar[bool] = False
    #: classes of the models that :meth:`from_start` takes
    starts: ClassVar[tuple[type, ...]] = (nn.Module,)
    #: help of ``molfield train NAME --from MODEL``
    start_help: ClassVar[str] = "Start from this model, a shipped name or a folder, instead of a new one."
    #: switches of ``molfield train NAME`` that are no settings, arguments of :meth:`from_start`: their help
    switches: ClassVar[Mapping[str, str]] = {}
    #: the properties that molecules must carry
    targets: Sequence[Target] = ()

    def __init__(self, settings: TrainingSettings | Mapping[str, Any], model: nn.Module | None = None) -> None:
        super().__init__()
        self.settings: Any = (
            settings if isinstance(settings, TrainingSettings) else self.Settings.from_dict(dict(settings))
        )
        if self.settings.max_steps is None and self.settings.max_minutes is None:
            raise ValueError("give max_steps or max_minutes; the learning-rate schedule needs an end.")
        if model is not None and getattr(self.settings, "model", None):
            raise ValueError(
                "the settings of the model are those of the model that is given; leave settings.model empty."
            )
        self.save_hyperparameters({"settings": dataclasses.asdict(self.settings)})
        self.reset()
        if model is not None:
            self.take(model)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.task = f"{cls.__module__}:{cls.__qualname__}"

    @classmethod
    def from_start(cls, settings: Any, start: Any = None, **switches: bool) -> Task:
        """The task that begins with a loaded model, or with a new one: how ``molfield train`` makes it."""
        return cls(settings, start)

    @classmethod
    def check_start(cls, start: Any) -> None:
        """``ValueError`` for a model that the task cannot begin with."""
        if start is not None and not isinstance(start, cls.starts):
            known = " or ".join(with_article(kind.__name__) for kind in cls.starts)
            raise ValueError(f"the model to begin with is {with_article(type(start).__name__)}, and must be {known}.")

    # What a task adds.

    @abstractmethod
    def prepare(self, molecules: Sequence[Data]) -> Any:
        """The molecules in the form from which batches are taken, checked; ``ValueError`` names the first bad one."""

    @abstractmethod
    def make_model(self, data: Any) -> nn.Module:
        """A new model for prepared molecules."""

    @abstractmethod
    def batches(self, data: Any, seed: int, first: int = 0) -> StepBatches:
        """The batches of prepared molecules from step ``first`` on."""

    @abstractmethod
    def losses(self, batch: Any) -> dict[str, Tensor]:
        """The terms of the loss, unweighted, of a batch with ``z [N]``, ``pos [N, 3]`` Å, ``batch [N]`` and labels."""

    def begin(self, data: Any, resumed: bool) -> None:
        """Measure of the training molecules what the model needs before the first step, such as references; nothing by
        default."""

    def metrics(self, batch: Any) -> dict[str, Tensor]:
        """Errors in physical units, of any shape; the validation logs the mean over all batches. None here."""
        return {}

    @property
    def weights(self) -> Mapping[str, float]:
        """Of the terms of the loss; 1 where a name is missing."""
        return {}

    @property
    def learning_rate(self) -> float:
        """Peak of the schedule."""
        return self.settings.learning_rate

    def origin(self) -> dict[str, Any]:
        """By name what, besides the molecules, the result depends on and a resume must be given again."""
        return {}

    @classmethod
    def evaluate(
        cls, model: Any, settings: Mapping[str, Any], data: TestData, options: EvaluationOptions
    ) -> Evaluation:
        """What ``molfield evaluate`` finds out of a trained model on test molecules.

        By default the loss, its terms and the :meth:`metrics`, means over all test molecules of a name and kind.

        Args:
            model: of this task, in eval mode.
            settings: those of its training, as its folder has them.
            data: the test molecules.
            options: of the command.
        """
        kept = {name: value for name, value in settings.items() if name != "model"}  # those of the given model
        return evaluate_losses(cls({"max_steps": 1, **kept}, model), data)

    # What all tasks share.

    def take(self, model: nn.Module) -> None:
        """Train this model."""
        self.model = model

    def reset(self) -> None:
        """Forget the time and the averaged weights of an earlier training of this task."""
        self.clock = Clock()
        self.interrupted = False
        self.turn = 0
        self.loss = float("nan")
        self.averaged: Any = None

    def hold(self, **given: Any) -> None:
        """Set attributes that a model is made of, such as a trained field; they are no part of what is trained, saved
        or moved to a device."""
        self.__dict__.update(given)

    def configure_model(self) -> None:
        """Begin the average of the weights, where there is one; Lightning calls this before a training."""
        if self.settings.average_weights and self.averaged is None and hasattr(self, "model"):
            self.averaged = average_of(self.model)

    def trained_model(self) -> nn.Module:
        """The model that is validated and written: with averaged weights if ``average_weights`` is set."""
        return self.model if self.averaged is None else self.averaged.module

    def forward(self, *arguments: Any, **options: Any) -> Any:
        """Call :meth:`trained_model`."""
        return self.trained_model()(*arguments, **options)

    @property
    def seconds(self) -> float:
        """Training time so far, that of earlier runs included; the same on all processes."""
        return self.clock.seconds

    @property
    def progress(self) -> float:
        """How much of the training is done, 0 to 1."""
        by_steps = 0.0 if self.settings.max_steps is None else self.global_step / self.settings.max_steps
        by_time = 0.0 if self.settings.max_seconds is None else self.seconds / self.settings.max_seconds
        return min(1.0, max(by_steps, by_time))

    def outcome(self) -> dict[str, float]:
        """How a training has ended: ``loss`` of its last step, where it did one, and ``val_…`` of its last validation,
        where it had one."""
        loss = {"loss": self.loss} if math.isfinite(self.loss) else {}
        found = {} if self._trainer is None else self.trainer.callback_metrics
        return loss | {name: float(value) for name, value in found.items() if name.startswith("val_")}

    def total(self, terms: Mapping[str, Tensor]) -> Tensor:
        """The weighted sum of the terms."""
        return torch.stack([self.weights.get(name, 1.0) * term for name, term in terms.items()]).sum()

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Loss of one batch; its terms are logged."""
        with seeded(self.settings.seed, self._batch_of_all_ranks(), self.device):
            terms = self.losses(batch)
        self.turn += 1
        loss = self.total(terms)
        self.loss = float(loss.detach())
        if (self.global_step + 1) % LOG_STEPS == 0:
            size = int(batch.batch[-1]) + 1
            self.log("loss", loss.detach(), prog_bar=True, batch_size=size)
            self.log_dict({name: term.detach() for name, term in terms.items()}, batch_size=size)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Log ``val_loss``, its terms and the metrics of one batch, with :meth:`trained_model`."""
        for name, (mean, count) in self.scores(batch, batch_idx).items():
            self.log(f"val_{name}", mean, batch_size=count, sync_dist=True)

    def scores(self, batch: Any, batch_idx: int) -> dict[str, tuple[Tensor, int]]:
        """``loss``, its terms and the metrics of a batch with :meth:`trained_model`: the mean, and of how many values;
        the same at every call."""
        with self._evaluated(), seeded(VALIDATION_SEED, batch_idx, self.device), torch.enable_grad():
            terms = {name: term.detach() for name, term in self.losses(batch).items()}
            metrics = {name: (errors.detach().mean(), errors.numel()) for name, errors in self.metrics(batch).items()}
        size = int(batch.batch[-1]) + 1
        return {name: (mean, size) for name, mean in {"loss": self.total(terms), **terms}.items()} | metrics

    def configure_optimizers(self) -> Any:
        """AdamW with the learning rates of :func:`make_optimizer` and the schedule by :attr:`progress`."""
        optimizer = make_optimizer(self.model, self.learning_rate)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate_factor(step, self.progress))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_train_start(self) -> None:
        """Start the clock."""
        self.clock.start()

    def optimizer_step(self, *args: Any, **options: Any) -> None:
        """Step the optimiser and the averaged weights, and read the clock, which is the same on all processes."""
        super().optimizer_step(*args, **options)
        self.turn = 0
        if self.averaged is not None:
            self.averaged.update_parameters(self.model)
        self.interrupted = self.clock.tick(self.device, self.interrupted)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip all gradients to :attr:`max_norm`, or to what the trainer is given; loss and norm must be finite."""
        limit = self.max_norm if gradient_clip_val is None else float(gradient_clip_val)
        self.require_finite_gradient(torch.nn.utils.clip_grad_norm_(self.model.parameters(), limit))

    def require_finite_gradient(self, norm: Tensor) -> None:
        """Raise :class:`TrainingDiverged` where the loss, or the norm of the gradients, is not finite.

        The gradients of all processes have been averaged by then, so that all of them raise.
        """
        if not bool(torch.isfinite(norm)):
            raise self._diverged("gradient" if math.isfinite(self.loss) else "loss")
        if not math.isfinite(self.loss):
            raise self._diverged("loss")

    def require_finite_weights(self) -> None:
        """Raise :class:`TrainingDiverged` if a weight is not finite; such a state must not replace a good one."""
        if not bool(torch.isfinite(torch.stack([p.detach().abs().max() for p in self.model.parameters()]).max())):
            raise self._diverged("model")

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the training time, and the class and settings of the model."""
        checkpoint["training_seconds"] = self.seconds
        checkpoint["model"] = type(self.model).__name__
        checkpoint["model_config"] = getattr(self.model, "config", None)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take the training time; without a model, make the one of the checkpoint (``load_from_checkpoint``)."""
        if not hasattr(self, "model"):
            self.take(_model_of(checkpoint))
            self.configure_model()
        if checkpoint.get("model_config") != getattr(self.model, "config", None):
            raise ValueError("the checkpoint belongs to a model with other settings; resume with the same command.")
        self.clock = Clock(float(checkpoint["training_seconds"]))

    def _diverged(self, name: str) -> TrainingDiverged:
        return TrainingDiverged(
            f"the {name} is not finite at step {self.global_step}; train anew with a learning rate below "
            f"{self.learning_rate:g}."
        )

    def _batch_of_all_ranks(self) -> int:
        """The number of this batch of this process, which no other batch of any process has; see
        :class:`~torch_molfield.training.batches.steps.StepBatches`."""
        if self._trainer is None:
            return self.global_step
        batch = self.global_step * self.trainer.accumulate_grad_batches + self.turn
        return batch * self.trainer.world_size + self.trainer.global_rank

    @contextmanager
    def _evaluated(self) -> Iterator[None]:
        """Within, :attr:`model` is :meth:`trained_model`."""
        trained, self.model = self.model, self.trained_model()
        try:
            yield
        finally:
            self.model = trained


def _model_of(checkpoint: Mapping[str, Any]) -> nn.Module:
    """A model as that of a checkpoint, with other weights."""
    try:
        cls = model_class(checkpoint["model"], "the checkpoint")
    except ValueError as error:
        raise ValueError(f"{error} Make that model, and give it: load_from_checkpoint(path, model=…).") from error
    return cls(**checkpoint["model_config"])


def evaluate_losses(task: Task, data: TestData) -> Evaluation:
    """The loss, its terms and the metrics of a task, means over the test molecules of each name and kind."""
    rows: list[dict[str, Any]] = []
    task.eval()
    for name, molecules in data.by_kind(task.consecutive).items():
        totals: dict[str, float] = {}
        counts: dict[str, int] = {}
        batches = task.batches(task.prepare(molecules), seed=0).epoch()
        for k in range(len(batches)):  # type: ignore[arg-type]
            batch = task.transfer_batch_to_device(batches[k], task.device, 0)
            for key, (mean, count) in task.scores(batch, k).items():
                totals[key] = totals.get(key, 0.0) + count * float(mean)
                counts[key] = counts.get(key, 0) + count
        means = {key: total / counts[key] for key, total in totals.items()}
        rows.append({"name": name, "count": counts["loss"]} | means)
    columns = [Column("name", "molecules"), *(Column(key, key) for key in rows[0] if key != "name")]
    return Evaluation(rows, columns)


#: training tasks by name; those of other packages by entry points of the group ``torch_molfield.tasks``
TASKS: Registry[type[Task]] = Registry("task", "torch_molfield.tasks", Task)  # type: ignore[type-abstract]


def register_task(name: str) -> Any:
    """Register a :class:`Task` under a name (class decorator).

    ``molfield train NAME`` and run folders then know the task by this name.

    Args:
        name: without a colon.

    Raises:
        ValueError: for a name that another task has, or that contains a colon.
        TypeError: for a class that does not derive from :class:`Task`.
    """

    def add(cls: type[Task]) -> type[Task]:
        TASKS.register(name)(cls)
        cls.task = name
        return cls

    return add
