"""Density matching: the generated function against a closed-form field of the same molecule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.elements import symbols
from torch_molfield.data.labels import batch_label
from torch_molfield.data.setting_types import Count, Natural, NotNegative, Positive
from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.evaluation.options import EvaluationOptions
from torch_molfield.evaluation.result import Evaluation
from torch_molfield.evaluation.scores import score_densities
from torch_molfield.fields import FIELDS
from torch_molfield.fields.base import Field
from torch_molfield.fields.property import CHARGE, PropertyField
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import MolField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.training.batches.extent import model_radius
from torch_molfield.training.batches.molecules import MoleculeBatches
from torch_molfield.training.batches.required import FOLLOW_POINTS, require
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task, register_task
from torch_molfield.training.engine.train import train
from torch_molfield.transforms.density_points import density_points

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
#: masked-element token: an atomic number that no molecule has
MASKED = MAX_ATOMIC_NUMBER
#: weight of the square error of a charge density; partial charges are a third of an electron or less
CHARGE_WEIGHT = 9.0


@dataclass(frozen=True, kw_only=True)
class DensityTraining(TrainingSettings):
    """Settings of a training on closed-form densities, in addition to those of :class:`TrainingSettings`.

    Attributes:
        density: name of a closed-form field in :data:`~torch_molfield.fields.FIELDS`: ``"gaussian"`` (Σ exp(−d²/2
            ``width``²), a channel per element), ``"occupancy"`` (with ``width`` as radius, a channel per element),
            ``"promolecular"`` (free atoms, e/Å³, one channel), or another.
        width: Å.
        num_points: points per molecule and step.
        masked: share of the atoms whose element is hidden from the network, which must infer it from their environment.
        noise: standard deviation of the noise in each coordinate that the network receives, Å; the field to learn is
            that of the atoms without noise.
        charges: whether to add a channel ``charge`` (e), the density Σ q_i exp(−d²/2 ``width``²) of the partial charges
            ``charges [N]`` of the molecules, such as those of QM9.
        model: settings of the model that differ from ``DENSITY_MODEL``.

    Raises:
        ValueError: for a value out of range, an unknown density, or an unknown setting of the model.
    """

    density: str = "gaussian"
    width: Positive = 0.45
    learning_rate: Positive = 4e-3
    batch_size: Count = 32
    num_points: Count = 128
    masked: NotNegative = 0.0
    noise: NotNegative = 0.0
    charges: bool = False
    workers: Natural = 0
    model: dict[str, Any] = field(default_factory=dict)

    helps = {
        "density": "The density to learn: gaussian, occupancy, promolecular, or another field by name.",
        "width": "Width of the Gaussians or radius of the spheres, Å.",
        "num_points": "Points per molecule.",
        "noise": "Random displacement of the atoms that the network is given, Å.",
        "charges": "Learn the density of partial charges too.",
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.masked >= 1:
            raise ValueError(f"masked must be a share of the atoms, 0 or more and below 1, got {self.masked}.")
        if self.density not in FIELDS:  # no class by its module: settings are read from files
            raise ValueError(f"density {self.density!r} is unknown; choose one of {', '.join(FIELDS)}.")
        check_keys(MolField, self.model, "the settings of the model")


def density_field(settings: DensityTraining, elements: Sequence[int]) -> Field:
    """The closed-form field of a training on molecules of these elements."""
    return FIELDS.get(settings.density).to_learn(symbols(torch.tensor(elements)), settings.width)


@register_task("density")
class DensityTask(Task):
    """Train a :class:`MolField` to generate a density or another closed-form field.

    Loss: mean square difference over points and channels (density matching, Wang, Han et al. 2026, arXiv 2601.22327).
    If a batch has ``points [Q, 3]`` Å, ``points_batch [Q]`` and ``field_values [Q, C]``, as
    :class:`~torch_molfield.transforms.SampleField` and a loader with ``follow_batch=["points"]`` provide them, these
    are compared. Otherwise points are drawn and the field is computed on the device of the model. The charge density,
    which the elements alone do not determine, is a separate term of the loss.

    Args:
        settings: see :class:`DensityTraining`.
        model: with the channels of the field, trained further in place of a new one.

    Raises:
        ValueError: for a model with other channels.
    """

    Settings = DensityTraining
    starts = (MolField,)
    model: MolField

    def take(self, model: Any) -> None:
        """Train this model, which must have the channels of the field."""
        self.field = density_field(self.settings, model.config["elements"])
        expected = (*self.field.channels, *((CHARGE,) if self.settings.charges else ()))
        if model.channels != expected:
            raise ValueError(f"the model's channels are {model.channels}, those to be learned {expected}.")
        super().take(model)

    def prepare(self, molecules: Sequence[Data]) -> PackedMolecules:
        """Packed molecules, with partial charges where these are learned."""
        return PackedMolecules(molecules, atom_attributes=["charges"] if self.settings.charges else [])

    def make_model(self, data: PackedMolecules) -> MolField:
        """A MolField of ``DENSITY_MODEL`` for the elements and the extent of these molecules."""
        given = self.settings.model
        elements = torch.unique(data.z).tolist()
        exact = density_field(self.settings, elements)
        channels, units = exact.channels, exact.units
        if self.settings.charges:
            units = ", ".join([units or "1"] * len(channels) + ["e"])
            channels = (*channels, CHARGE)
        known = {"elements": elements, "max_radius": model_radius(data, given.get("max_radius"))}
        return MolField(channels, units, **{**DENSITY_MODEL, **known, **given})

    def batches(self, data: PackedMolecules, seed: int, first: int = 0) -> MoleculeBatches:
        """Whole molecules."""
        return MoleculeBatches(data, self.settings.batch_size, seed, first)

    @property
    def weights(self) -> Mapping[str, float]:
        return {CHARGE: CHARGE_WEIGHT}

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """The mean square differences, of the charge density by itself."""
        points, owner, exact = self._samples(batch)
        predicted = self.model.generate(*self._hidden(batch), batch.batch)(points, owner)
        terms = {"density": (predicted[:, : exact.shape[1]] - exact).square().mean()}
        if self.settings.charges:
            charges = batch_label(batch, "charges").to(batch.pos)
            density = PropertyField(CHARGE, "amplitude", charges=charges, sigma=self.settings.width)
            exact = density(points, batch.z, batch.pos, owner, batch.batch)
            terms[CHARGE] = (predicted[:, -1:] - exact).square().mean()
        return terms

    def _samples(self, batch: Data) -> tuple[Tensor, Tensor, Tensor]:
        """Points, their molecules, and the field there."""
        if "points" in batch:
            require(batch, field_values=f"SampleField({self.field!r}, …)", points_batch=FOLLOW_POINTS)
            if batch.field_values.shape[1] != len(self.field.channels):
                raise ValueError(
                    f"field_values has {batch.field_values.shape[1]} channels, the density {len(self.field.channels)}; "
                    f"sample the field {self.field!r}."
                )
            return batch.points, batch.points_batch, batch.field_values
        points, owner = density_points(batch.pos, batch.batch, self.settings.num_points)
        return points, owner, self.field(points, batch.z, batch.pos, owner, batch.batch)

    def _hidden(self, batch: Data) -> tuple[Tensor, Tensor]:
        """Elements and positions as the network is given them."""
        z, pos = batch.z, batch.pos
        if self.settings.noise:
            pos = pos + self.settings.noise * torch.randn_like(pos)
        if self.settings.masked:
            z = z.masked_fill(torch.rand(z.shape, device=z.device) < self.settings.masked, MASKED)
        return z, pos

    @classmethod
    def evaluate(
        cls, model: Any, settings: Mapping[str, Any], data: TestData, options: EvaluationOptions
    ) -> Evaluation:
        """PSNR, and overlap and atoms of densities with a channel per element."""
        training = DensityTraining.from_dict(dict(settings))
        exact = density_field(training, model.config["elements"])
        shapes = tuple(exact.channels) == tuple(symbols(torch.tensor(model.config["elements"])))
        return score_densities(model, exact, shapes, data)


def train_density(
    settings: DensityTraining, molecules: Sequence[Data], directory: str | Path, **options: Any
) -> MolField:
    """Train a :class:`MolField` to generate a density of ``molecules``: :func:`~torch_molfield.training.train` of a
    :class:`DensityTask`, whose ``options`` it takes."""
    return train(DensityTask(settings), molecules, directory=directory, **options)
