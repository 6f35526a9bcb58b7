"""One call that trains MolField on densities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch_geometric.data import Data

from torch_molfield.data.elements import symbols
from torch_molfield.fields import GaussianField, OccupancyField, PromolecularDensity
from torch_molfield.fields.base import Field
from torch_molfield.fields.property import CHARGE
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import MolField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.training.batches.extent import model_radius
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.trainer import begin, fit
from torch_molfield.training.tasks.density_task import DensityTask

#: the network for densities of small molecules, where ``DensityTraining.model`` says nothing else
DENSITY_MODEL: dict[str, Any] = {
    "num_frequencies": 512,
    "frequency_scale": 2.0,
    "hidden": 64,
    "depth": 4,
    "kernels": 2,
    "width": 64,
    "heads": 4,
    "trunk": "clusters",
}


@dataclass(frozen=True, kw_only=True)
class DensityTraining(TrainingSettings):
    """Settings of :func:`train_density`.

    ``density``: ``"gaussian"`` (Σ exp(−d²/2 ``width``²), a channel an element), ``"occupancy"`` (of ``width`` as
    radius, a channel an element) or ``"promolecular"`` (free atoms, e/Å³, one channel); ``width`` in Å. ``masked`` is
    the share of the atoms whose element the network is not told, ``noise`` (Å) that of the positions that it is given,
    see :class:`DensityTask`. ``charges`` adds a channel ``charge``, in e: the density of the molecules' partial charges
    (attribute ``charges [N]``, such as QM9's) as Gaussians of ``width``. ``max_minutes`` counts training time over all
    resumes. ``model`` changes settings of ``DENSITY_MODEL``.
    """

    density: str = "gaussian"
    width: float = 0.45
    learning_rate: float = 4e-3
    batch_size: int = 32
    num_points: int = 128
    masked: float = 0.0
    noise: float = 0.0
    charges: bool = False
    workers: int = 0
    model: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_positive("width", "learning_rate", "batch_size", "num_points")
        self.require_not_negative("noise")
        if not 0 <= self.masked < 1:
            raise ValueError(f"masked must be a share of the atoms, 0 or more and below 1, got {self.masked}.")
        if self.density not in DENSITIES:
            raise ValueError(f"density {self.density!r} is unknown; choose one of {', '.join(DENSITIES)}.")
        check_keys(MolField, self.model, "the settings of the model")


DENSITIES: dict[str, Any] = {
    "gaussian": lambda width, elements: GaussianField(channels=elements, sigma=width),
    "occupancy": lambda width, elements: OccupancyField(width, elements),
    "promolecular": lambda width, elements: PromolecularDensity(),
}


def density_field(settings: DensityTraining, elements: Sequence[int]) -> Field:
    """The closed-form field of a training on molecules of these elements."""
    return DENSITIES[settings.density](settings.width, symbols(torch.tensor(elements)))


def train_density(
    settings: DensityTraining,
    molecules: Sequence[Data],
    directory: str | Path,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    progress_bar: bool = True,
    **hardware: Any,
) -> MolField:
    """Train a :class:`MolField` to generate a density of ``molecules`` and write it to ``directory``.

    Files, checkpoints, resume and ``hardware`` (accelerator, devices, strategy, num_nodes) as in
    :func:`~torch_molfield.training.train_surface`.
    """
    directory = Path(directory)
    packed = PackedMolecules(molecules, atom_attributes=["charges"] if settings.charges else [])
    resumed = begin(settings, directory, resume, molecules=packed)
    elements = torch.unique(packed.z).tolist()
    exact = density_field(settings, elements)
    channels, units = exact.channels, exact.units
    if settings.charges:
        units = ", ".join([units or "1"] * len(channels) + ["e"])
        channels = (*channels, CHARGE)
    known = {"elements": elements, "max_radius": model_radius(packed, settings.model.get("max_radius"))}
    model = MolField(channels, units, **{**DENSITY_MODEL, **known, **settings.model})
    task = DensityTask(
        model,
        exact,
        settings.num_points,
        settings.learning_rate,
        settings.max_steps,
        settings.max_seconds,
        settings.seed,
        settings.masked,
        settings.noise,
        settings.width if settings.charges else None,
    )
    batches = partial(_batches, settings, packed)
    trainer = fit(task, batches, settings, directory, resumed, callbacks, progress_bar=progress_bar, **hardware)
    if trainer.is_global_zero:
        model.save_pretrained(directory)
    return model.eval()


def _batches(settings: DensityTraining, molecules: PackedMolecules, first: int, seed: int) -> MoleculeBatches:
    return MoleculeBatches(molecules, settings.batch_size, seed, first)
