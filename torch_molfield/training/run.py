"""One call that trains: data, model, Trainer, checkpoints, resume."""

from __future__ import annotations

import dataclasses
import json
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.utilities import rank_zero_only
from torch_geometric.data import Data

from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.training.batches import SurfaceBatches
from torch_molfield.training.surface_task import SurfaceTask

#: the network for surfaces of molecules of up to some thirty atoms, where ``SurfaceTraining.model`` says nothing else
SURFACE_MODEL: dict[str, Any] = {
    "num_frequencies": 256,
    "frequency_scale": 1.2,
    "activation": "sine",
    "hidden": 64,
    "depth": 3,
    "width": 96,
    "trunk_layers": 1,
    "token_layers": 1,
    "kernels": 4,
}
CHECKPOINTS = "checkpoints"
LAST = "last.ckpt"


@dataclass(frozen=True)
class SurfaceTraining:
    """Settings of a surface training; :func:`from_dict` refuses unknown keys.

    ``max_minutes`` counts training time over all resumes. With ``max_steps`` alone the result does not depend on the
    speed of the machine. ``workers`` processes prepare batches beside the training. ``model`` changes settings of
    ``SURFACE_MODEL``.
    """

    surface: str = "ses"
    probe_radius: float = 1.4
    learning_rate: float = 4e-3
    batch_size: int = 8
    num_points: int = 256
    max_steps: int | None = None
    max_minutes: float | None = None
    eikonal_weight: float = 0.005
    normal_weight: float = 0.02
    gradient_share: float = 0.125
    seed: int = 0
    workers: int = 1
    checkpoint_every_seconds: float = 60.0
    model: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SurfaceTraining:
        """Settings from JSON-like values; ``ValueError`` names an unknown key."""
        known = {entry.name for entry in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"unknown configuration key {unknown[0]!r}; known are {', '.join(sorted(known))}.")
        return cls(**values)

    def __post_init__(self) -> None:
        for name in ("learning_rate", "batch_size", "num_points", "max_steps", "max_minutes", "gradient_share"):
            value = getattr(self, name)
            optional = name in ("max_steps", "max_minutes")
            if not (value is None and optional) and not (isinstance(value, int | float) and value > 0):
                raise ValueError(f"{name} must be a positive number, got {value!r}.")
        check_keys(MolField, self.model, "the settings of the model")


def train_surface(
    settings: SurfaceTraining,
    molecules: Sequence[Data],
    directory: str | Path,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    accelerator: str = "auto",
    devices: int | str = 1,
    strategy: str = "auto",
    num_nodes: int = 1,
    progress_bar: bool = True,
) -> MolField:
    """Train a :class:`MolField` on the surfaces of ``molecules`` and write it to ``directory``.

    ``directory`` receives ``settings.json``, ``checkpoints/last.ckpt`` every ``checkpoint_every_seconds``,
    ``log/metrics.csv`` and, at the end, ``config.json`` and ``model.safetensors`` for :meth:`MolField.from_pretrained`.

    Args:
        resume: continue from the last checkpoint if there is one; settings must be those of the first run.
        accelerator, devices, strategy, num_nodes: as in :class:`lightning.Trainer`.

    Raises:
        ValueError: for bad settings, or :class:`TrainingDiverged` when the loss is not finite.
    """
    directory = Path(directory)
    checkpoint = directory / CHECKPOINTS / LAST
    resumed = resume and checkpoint.is_file()
    _remember(settings, directory, resumed)
    if not resumed:
        # A later resume must not continue an older training of this folder.
        checkpoint.unlink(missing_ok=True)
    lightning.seed_everything(settings.seed, workers=True, verbose=False)
    model = MolField(**{**SURFACE_MODEL, "elements": _elements(molecules), **settings.model})
    seconds = None if settings.max_minutes is None else 60 * settings.max_minutes
    task = SurfaceTask(
        model,
        settings.learning_rate,
        settings.max_steps,
        seconds,
        settings.eikonal_weight,
        settings.normal_weight,
        settings.gradient_share,
        settings.seed,
    )
    logger = _logger(directory, resumed)
    trainer = _trainer(settings, directory, logger, callbacks, accelerator, devices, strategy, num_nodes, progress_bar)
    start = checkpoint if resumed else None
    with warnings.catch_warnings():
        # Batches are made for the step, not drawn from a shuffled dataset; Lightning's advice is for the latter.
        warnings.filterwarnings("ignore", module="lightning")
        trainer.fit(task, datamodule=_Batches(settings, molecules), ckpt_path=start, weights_only=True)
    if trainer.is_global_zero:
        model.save_pretrained(directory)
    return model.eval()


class _Batches(lightning.LightningDataModule):
    def __init__(self, settings: SurfaceTraining, molecules: Sequence[Data]) -> None:
        super().__init__()
        self.settings, self.molecules = settings, molecules

    def train_dataloader(self) -> torch.utils.data.DataLoader:
        s = self.settings
        rank, world = self.trainer.global_rank, self.trainer.world_size
        batches = SurfaceBatches(
            self.molecules,
            SignedDistanceField(s.surface, s.probe_radius),
            s.batch_size,
            s.num_points,
            s.seed * world + rank,
            first=self.trainer.global_step,
        )
        order = range(len(batches))
        return torch.utils.data.DataLoader(
            batches, batch_size=None, sampler=order, num_workers=s.workers, persistent_workers=s.workers > 0
        )


class StopAtProgress(Callback):
    """Ends the training when its schedule has ended."""

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
        if pl_module.progress >= 1.0:
            trainer.should_stop = True


class SaveEvery(Callback):
    """Writes ``last.ckpt`` at most ``seconds`` apart, whole or not at all."""

    def __init__(self, directory: Path, seconds: float) -> None:
        self.path, self.seconds, self.saved = directory / LAST, seconds, 0.0

    def on_train_batch_end(self, trainer: Any, pl_module: SurfaceTask, *args: Any) -> None:
        if pl_module.seconds - self.saved >= self.seconds:
            self._save(trainer, pl_module)

    def on_train_end(self, trainer: Any, pl_module: SurfaceTask) -> None:
        self._save(trainer, pl_module)

    def _save(self, trainer: Any, task: SurfaceTask) -> None:
        task.require_finite_weights()
        self.saved = task.seconds
        temporary = self.path.with_suffix(".part")
        trainer.save_checkpoint(temporary)
        if trainer.is_global_zero:
            os.replace(temporary, self.path)


def _trainer(
    settings: SurfaceTraining,
    directory: Path,
    logger: CSVLogger,
    callbacks: Sequence[Callback],
    accelerator: str,
    devices: int | str,
    strategy: str,
    num_nodes: int,
    progress_bar: bool,
) -> lightning.Trainer:
    own = [StopAtProgress(), SaveEvery(directory / CHECKPOINTS, settings.checkpoint_every_seconds)]
    return lightning.Trainer(
        accelerator=accelerator,
        devices=devices,
        strategy=strategy,
        num_nodes=num_nodes,
        max_steps=settings.max_steps or -1,
        max_epochs=1,
        gradient_clip_val=1.0,
        callbacks=[*own, *callbacks],
        logger=logger,
        log_every_n_steps=20,
        enable_checkpointing=False,
        enable_progress_bar=progress_bar,
        enable_model_summary=False,
        default_root_dir=directory,
    )


def _logger(directory: Path, resumed: bool) -> CSVLogger:
    """``log/metrics.csv``; a resumed training adds to it, where Lightning would begin it anew."""
    logger = CSVLogger(directory, name="", version="log")
    path = directory / "log" / "metrics.csv"
    earlier = path.read_text(encoding="utf-8") if resumed and path.is_file() else ""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Experiment logs directory")
        writer = logger.experiment
    if earlier:
        path.write_text(earlier, encoding="utf-8")
        writer.metrics_keys = earlier.splitlines()[0].split(",")
    return logger


def _elements(molecules: Sequence[Data]) -> list[int]:
    return torch.unique(torch.cat([molecule.z for molecule in molecules])).tolist()


@rank_zero_only
def _remember(settings: SurfaceTraining, directory: Path, resumed: bool) -> None:
    """Keep the settings beside the training; a resume with others would not give the same result."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "settings.json"
    text = json.dumps(dataclasses.asdict(settings), indent=2) + "\n"
    if resumed and path.is_file() and json.loads(path.read_text()) != json.loads(text):
        raise ValueError(f"{path} holds other settings than this command; resume with the same, or use a new folder.")
    temporary = path.with_suffix(".part")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
