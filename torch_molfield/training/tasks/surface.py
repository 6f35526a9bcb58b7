"""Learning signed distances: loss = distance + Eikonal + normals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform, Compose, RandomJitter

from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.setting_types import Count, NotNegative, Positive, Share
from torch_molfield.evaluation.options import EvaluationOptions
from torch_molfield.evaluation.result import Evaluation
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.nn.inr.neural_field import NeuralField
from torch_molfield.training.batches.required import FOLLOW_POINTS, require
from torch_molfield.training.batches.steps import StepBatches
from torch_molfield.training.batches.surfaces import SurfaceBatches
from torch_molfield.training.engine.known_elements import require_known_elements
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task, register_task
from torch_molfield.training.engine.train import train
from torch_molfield.training.tasks.losses import distance_loss, eikonal_loss, normal_loss
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
#: what makes the samples of a batch of a loader
SAMPLES = 'SampleField(SignedDistanceField(…), num_points=…, scheme="surface", gradients=True)'


@dataclass(frozen=True, kw_only=True)
class SurfaceTraining(TrainingSettings):
    """Settings of a training on surfaces, in addition to those of :class:`TrainingSettings`.

    Attributes:
        surface: ``"vdw"``, ``"sas"`` or ``"ses"``.
        probe_radius: of the solvent, Å.
        num_points: points per molecule and step.
        eikonal_weight, normal_weight: weights of these terms of the loss; 0 omits a term and its cost.
        gradient_share: share of the points at which gradients are compared; a gradient costs three times a value.
        torsion_degrees: spread of :class:`~torch_molfield.transforms.RandomTorsions` in every second training geometry,
            degrees; 0 for none.
        jitter: largest random displacement of each coordinate (PyG's ``RandomJitter``), Å; 0 for none.
        model: settings of the model that differ from ``SURFACE_MODEL``.

    Raises:
        ValueError: for a value out of range, or an unknown setting of the model.
    """

    surface: str = "ses"
    probe_radius: NotNegative = 1.4
    learning_rate: Positive = 4e-3
    batch_size: Count = 8
    num_points: Count = 256
    eikonal_weight: NotNegative = 0.005
    normal_weight: NotNegative = 0.02
    gradient_share: Share = 0.125
    torsion_degrees: NotNegative = 0.0
    jitter: NotNegative = 0.0
    model: dict[str, Any] = field(default_factory=dict)

    helps = {
        "surface": "The surface to learn: vdw, sas or ses.",
        "num_points": "Points per molecule.",
        "torsion_degrees": "Spread of random rotations about single bonds in every second geometry, degrees.",
        "jitter": "Displace atoms at random by up to this distance, Å.",
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        check_keys(MolField, self.model, "the settings of the model")


@register_task("surface")
class SurfaceTask(Task):
    """Train a :class:`MolField` on the surfaces of molecules.

    Batches have ``points [Q, 3]`` Å, ``points_batch [Q]``, ``field_values [Q, 1]`` Å and ``field_gradients [Q, 1, 3]``,
    as ``SampleField(field, scheme="surface", gradients=True)`` and a loader with ``follow_batch=["points"]`` provide
    them. Loss: |f − d| / (1 + 2|d|), plus the Eikonal and normal terms of IGR (Gropp et al. 2020, arXiv 2002.10099,
    Eqs. 2 and 3) at a share of the points.

    Args:
        settings: see :class:`SurfaceTraining`.
        model: with one channel, the signed distance in Å, trained further in place of a new one.

    Raises:
        ValueError: for a model with other channels.
    """

    Settings = SurfaceTraining
    has_surface = True
    starts: ClassVar[tuple[type, ...]] = (MolField,)
    model: MolField

    def take(self, model: Any) -> None:
        """Train this model, which must have the channel of a signed distance."""
        if model.channels != ("signed_distance",):
            raise ValueError(f"the model's channels are {model.channels}; surfaces need ('signed_distance',).")
        super().take(model)

    def prepare(self, molecules: Sequence[Data]) -> Sequence[Data]:
        """The molecules themselves, of elements that a given model knows."""
        if hasattr(self, "model"):
            require_known_elements(molecules, self.model.config["elements"])
        return molecules

    def make_model(self, data: Sequence[Data]) -> MolField:
        """A MolField of ``SURFACE_MODEL`` for the elements of these molecules."""
        elements = torch.unique(torch.cat([molecule.z for molecule in data])).tolist()
        return MolField(**{**SURFACE_MODEL, "elements": elements, **self.settings.model})

    def batches(self, data: Sequence[Data], seed: int, first: int = 0) -> StepBatches:
        """Random geometries, varied as the settings say, and points around their surfaces."""
        settings = self.settings
        exact = SignedDistanceField(settings.surface, settings.probe_radius)
        return SurfaceBatches(
            data, exact, settings.batch_size, settings.num_points, seed, vary=_variation(settings), first=first
        )

    @property
    def weights(self) -> Mapping[str, float]:
        return {"eikonal": self.settings.eikonal_weight, "normal": self.settings.normal_weight}

    def learned(self, batch: Data) -> NeuralField:
        """The functions of the molecules."""
        return self.model(batch.z, batch.pos, batch.batch)

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """The terms of the loss, unweighted."""
        require(batch, points=SAMPLES, field_values=SAMPLES, points_batch=FOLLOW_POINTS)
        function = self.learned(batch)
        exact = batch.field_values[:, 0]
        terms = {"distance": distance_loss(function(batch.points, batch.points_batch)[:, 0], exact)}
        if any(self.weights.values()):
            require(batch, field_gradients=SAMPLES)
            keep = torch.arange(len(exact), device=exact.device) % 100 < 100 * self.settings.gradient_share
            points = batch.points[keep].clone().requires_grad_()
            gradient = function.gradient(points, batch.points_batch[keep], create_graph=True)[:, 0]
            true = batch.field_gradients[keep, 0]
            terms |= {"eikonal": eikonal_loss(gradient), "normal": normal_loss(gradient, true, exact[keep])}
        return terms

    @classmethod
    def evaluate(
        cls, model: Any, settings: Mapping[str, Any], data: TestData, options: EvaluationOptions
    ) -> Evaluation:
        """Distances between exact and learned surfaces, meshes and a page."""
        from torch_molfield.viz.surface_results import Accuracy, evaluate_parts, surface_evaluation

        exact = exact_surface(settings, options.surface)
        accuracy = Accuracy(options.spacing, options.num_points, options.seed)
        reports = evaluate_parts(model, exact, data.parts(), accuracy)
        return surface_evaluation(reports, "Learned surfaces", options.seed, {"surface": repr(exact)}, {})


def exact_surface(settings: Mapping[str, Any], surface: str | None) -> SignedDistanceField:
    """The exact surface that a model was trained on, from the settings of its training, else of the kind ``surface``.

    Raises:
        ValueError: when neither states it, or both do and differ.
    """
    known = settings.get("surface")
    if known is None and surface is None:
        raise ValueError("the folder of the model does not state which surface it has learned; give --kind.")
    if known is not None and surface not in (None, known):
        raise ValueError(f"the model has learned the {known} surface; omit --kind.")
    return SignedDistanceField(str(known or surface), settings.get("probe_radius", 1.4))


def train_surface(
    settings: SurfaceTraining,
    molecules: Sequence[Data],
    directory: str | Path,
    model: MolField | None = None,
    **options: Any,
) -> MolField:
    """Train a :class:`~torch_molfield.models.MolField` on the surfaces of molecules.

    Short form of :func:`~torch_molfield.training.train` with a :class:`SurfaceTask`.

    Args:
        settings: see :class:`SurfaceTraining`.
        molecules: with ``z [N]`` and ``pos [N, 3]`` Å.
        directory: receives checkpoints, the log and the model.
        model: trained further in place of a new one.
        options: further arguments of :func:`~torch_molfield.training.train`, such as ``val_data`` and ``resume``.

    Returns:
        the model of signed distances in Å, in eval mode.

    Raises:
        ValueError: as :func:`~torch_molfield.training.train`.
    """
    return train(SurfaceTask(settings, model), molecules, directory=directory, **options)


def _variation(settings: SurfaceTraining) -> Compose | None:
    steps: list[BaseTransform] = [RandomTorsions(settings.torsion_degrees, p=0.5)] if settings.torsion_degrees else []
    steps += [RandomJitter(settings.jitter)] if settings.jitter else []
    return Compose(steps) if steps else None
