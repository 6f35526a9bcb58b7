"""One call that trains MolField on surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform, Compose, RandomJitter

from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.training.batches.surfaces import SurfaceBatches
from torch_molfield.training.engine.known_elements import require_known_elements
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.trainer import begin, fit
from torch_molfield.training.tasks.surface_task import SurfaceTask
from torch_molfield.transforms import RandomTorsions

#: the network for surfaces of molecules of up to some thirty atoms, where ``SurfaceTraining.model`` says nothing else
SURFACE_MODEL: dict[str, Any] = {
    "num_frequencies": 256,
    "frequency_scale": 1.4,
    "activation": "sine",
    "hidden": 64,
    "depth": 3,
    "width": 96,
    "trunk_layers": 1,
    "token_layers": 1,
    "kernels": 4,
}


@dataclass(frozen=True, kw_only=True)
class SurfaceTraining(TrainingSettings):
    """Settings of a surface training; :meth:`from_dict` refuses unknown keys.

    ``torsion_degrees`` varies every second training geometry by
    :class:`~torch_molfield.transforms.RandomTorsions`, ``jitter`` (Å) all by PyG's ``RandomJitter``; 0 leaves them.
    ``model`` changes settings of ``SURFACE_MODEL``.
    """

    surface: str = "ses"
    probe_radius: float = 1.4
    learning_rate: float = 4e-3
    batch_size: int = 8
    num_points: int = 256
    eikonal_weight: float = 0.005
    normal_weight: float = 0.02
    gradient_share: float = 0.125
    torsion_degrees: float = 0.0
    jitter: float = 0.0
    model: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_positive("learning_rate", "batch_size", "num_points", "gradient_share")
        self.require_not_negative("torsion_degrees", "jitter")
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
    model: MolField | None = None,
) -> MolField:
    """Train a :class:`MolField` on the surfaces of ``molecules`` and write it to ``directory``.

    ``directory`` receives ``settings.json``, ``origin.json`` (fingerprints of the molecules), ``checkpoints/last.ckpt``
    every ``checkpoint_every_seconds``, ``log/metrics.csv`` and, at the end, ``config.json`` and ``model.safetensors``
    for :meth:`MolField.from_pretrained`.

    Args:
        resume: continue from the last checkpoint if there is one. Molecules and settings must be those of the first
            run, but for ``max_steps`` and ``max_minutes``, which may grow: the schedule then goes on at the share of
            the new end that is done, so the learning rate of a finished training rises again.
        accelerator, devices, strategy, num_nodes: as in :class:`lightning.Trainer`.
        model: to be trained further, such as a shipped one, in place of a new one of ``settings.model``. One with its
            own trunk or frames is not written as a model; its weights are in the checkpoint.

    Raises:
        ValueError: for bad settings, or :class:`TrainingDiverged` when the loss is not finite.
    """
    directory = Path(directory)
    if model is not None:
        require_known_elements(molecules, model.config["elements"])
    resumed = begin(settings, directory, resume, molecules=molecules)
    if model is None:
        model = MolField(**{**SURFACE_MODEL, "elements": _elements(molecules), **settings.model})
    elif settings.model:
        raise ValueError("the settings of the model are those of the model that is given; leave settings.model empty.")
    task = SurfaceTask(
        model,
        settings.learning_rate,
        settings.max_steps,
        settings.max_seconds,
        settings.eikonal_weight,
        settings.normal_weight,
        settings.gradient_share,
        settings.seed,
    )
    trainer = fit(
        task,
        partial(_batches, settings, molecules),
        settings,
        directory,
        resumed,
        callbacks,
        accelerator=accelerator,
        devices=devices,
        strategy=strategy,
        num_nodes=num_nodes,
        progress_bar=progress_bar,
    )
    if trainer.is_global_zero and not model.custom:
        model.save_pretrained(directory)
    return model.eval()


def _batches(settings: SurfaceTraining, molecules: Sequence[Data], first: int, seed: int) -> SurfaceBatches:
    field = SignedDistanceField(settings.surface, settings.probe_radius)
    size, points = settings.batch_size, settings.num_points
    return SurfaceBatches(molecules, field, size, points, seed, vary=_variation(settings), first=first)


def _variation(settings: SurfaceTraining) -> Compose | None:
    steps: list[BaseTransform] = [RandomTorsions(settings.torsion_degrees, p=0.5)] if settings.torsion_degrees else []
    steps += [RandomJitter(settings.jitter)] if settings.jitter else []
    return Compose(steps) if steps else None


def _elements(molecules: Sequence[Data]) -> list[int]:
    return torch.unique(torch.cat([molecule.z for molecule in molecules])).tolist()
