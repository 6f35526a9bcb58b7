"""Learning a distribution over molecules."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch_geometric.data import Data

from torch_molfield.data.properties import KINDS, find_targets, target_values
from torch_molfield.geometry.united_atoms import SiteMolecule, Sites, bonded_sites, pad_sites, pair_distances, to_sites
from torch_molfield.models.molecule_generator import MoleculeGenerator
from torch_molfield.models.pretrained import check_keys
from torch_molfield.nn.generative.coupling import MIN_SPREAD, axis_signs
from torch_molfield.training.batches.sites import LabelBatches, SiteBatches, SiteTable
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task, register_task

#: Å, range of distances beyond a bond in which their errors count
NEAR = 1.0
#: of the terms of the loss, chosen in short trainings
WEIGHTS = {"pos": 1.0, "hydrogens": 0.5, "distances": 1.0, "bonds": 0.1, "sizes": 0.05, "labels": 0.05}
#: squared errors of distances above this are cut, so that a few early steps do not lead
MAX_DISTANCE_ERROR = 25.0
#: time left below which errors of distances are scaled no further
LEAST_LEFT = 0.05


@dataclass(frozen=True, kw_only=True)
class GeneratorTraining(TrainingSettings):
    """Settings of the training of a generator.

    ``mirror_images`` as of :class:`~torch_molfield.models.MoleculeGenerator`: turn it off for sets of one handedness,
    such as natural amino acids. ``labels_only`` trains the numbers of atoms and the labels, many times as fast as all;
    positions stay as they are. ``properties`` as :func:`~torch_molfield.data.properties.find_targets` takes them,
    numbers; a given generator learns those that it has, or none. ``model`` changes settings of the generator where none
    is given.
    """

    mirror_images: bool = True
    labels_only: bool = False
    properties: Sequence[str | Mapping[str, Any]] = ()
    batch_size: int = 128
    workers: int = 0
    average_weights: bool = True
    model: dict[str, Any] = field(default_factory=dict)

    helps = {
        "mirror_images": "Whether mirror images of the molecules are learned too.",
        "labels_only": "Train numbers of atoms and labels alone, which is fast; positions stay as they are.",
        "properties": "Property to condition on; may be repeated. NAME:UNIT is one of your own.",
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        for target in find_targets(self.properties) if self.properties else ():
            if KINDS[target.kind]:
                raise ValueError(f"{target.name!r} is a {target.kind}; only numbers can be conditions.")
        check_keys(MoleculeGenerator, self.model, "the settings of the model")


@register_task("generator")
class GeneratorTask(Task):
    """Train a :class:`~torch_molfield.models.MoleculeGenerator` by flow matching over sites.

    Loss: squared errors of the velocities of sites and hydrogens; of the distances between sites near each other in the
    molecule that is predicted, over the time that is left; cross-entropy of which sites are bonded; and the negative
    log-likelihood of the labels.
    """

    Settings = GeneratorTraining
    starts = (MoleculeGenerator,)
    start_help = "Generator to train further."
    model: MoleculeGenerator

    def __init__(self, settings: GeneratorTraining | Mapping[str, Any], model: MoleculeGenerator | None = None) -> None:
        super().__init__(settings, model)
        self.targets = find_targets(self.settings.properties) if self.settings.properties else []
        known = [] if model is None else model.targets
        if self.targets and model is not None and self.targets != known:
            names = ", ".join(target.name for target in known) or "none"
            raise ValueError(f"the generator's properties are {names}; give the same, or none to leave them untrained.")

    def prepare(self, molecules: Sequence[Data]) -> SiteTable:
        """The molecules as sites; those that have none, or labels that a given model does not know, are left out with a
        warning that counts them; ``ValueError`` where none is left."""
        model = self.model if hasattr(self, "model") else None
        found, kept, reasons = [], [], []
        for number in range(len(molecules)):
            try:
                found.append(_sites(molecules[number], model))
                kept.append(number)
            except ValueError as error:
                reasons.append(f"molecule {number}: {error}")
        if not found:
            raise ValueError(reasons[0] if reasons else "there is no molecule; check the dataset and its split.")
        if reasons:
            warnings.warn(f"{len(reasons)} of {len(molecules)} molecules are left out; {reasons[0]}", stacklevel=2)
        labels = sorted({label for molecule in found for label in molecule.labels}) if model is None else model.labels
        return SiteTable(pad_sites(found, labels), labels, self._values(molecules)[kept])

    def _values(self, molecules: Sequence[Data]) -> Tensor:
        """``[M, K]`` of the properties of the model, NaN where they are not to be learned.

        A molecule that is trained on needs all of them; one that is evaluated may lack some.
        """
        if self.targets:
            values = target_values(molecules, self.targets, allow_missing=not self.training)
            return torch.stack(list(values.values()), dim=1)
        count = len(self.model.targets) if hasattr(self, "model") else 0
        return torch.full((len(molecules), count), torch.nan, dtype=torch.float64)

    def make_model(self, data: SiteTable) -> MoleculeGenerator:
        """A generator for the labels and sizes of these molecules."""
        return MoleculeGenerator(
            data.labels,
            max_sites=data.sites.label.shape[1],
            max_atoms=int(data.atoms[data.sites.label].sum(1).max()),
            properties=self.targets,
            **{"mirror_images": self.settings.mirror_images, **self.settings.model},
        )

    def begin(self, data: SiteTable, resumed: bool) -> None:
        """Measure sizes, spreads and properties."""
        counts = self.model.size_model.counts.zero_()
        places = (data.sites.mask.sum(1).to(counts.device), data.atoms[data.sites.label].sum(1).to(counts.device))
        counts.index_put_(places, counts.new_ones(len(data)), accumulate=True)
        if self.targets and not self.model.conditions.measured:
            self.model.conditions.measure(data.values)
        self.model.spread.copy_(_spreads(data.sites, len(self.model.spread)))

    def take(self, model: Any) -> None:
        """Train this model, or its labels alone."""
        model.denoiser.requires_grad_(not self.settings.labels_only)
        super().take(model)

    def batches(self, data: SiteTable, seed: int, first: int = 0) -> LabelBatches:
        """Noisy molecules, or lists of labels alone."""
        if self.settings.labels_only:
            return LabelBatches(data, self.settings.batch_size, seed, first)
        signs = axis_signs(self.model.mirror_images)
        return SiteBatches(data, self.model.spread.cpu(), signs, self.settings.batch_size, seed, first)

    @property
    def weights(self) -> Mapping[str, float]:
        return WEIGHTS

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """See the class."""
        context = self.model.conditions(batch.properties)
        found = {} if self.settings.labels_only else self._site_losses(batch, context)
        there = batch.label >= 0
        numbers = (self.model.label_model.atoms[batch.label.clamp(min=0)] * there).sum(1)
        return {
            **found,
            "sizes": -self.model.size_model.log_likelihood(numbers, context).mean(),
            "labels": -self.model.label_model.log_likelihood(batch.label, context, batch.given).mean(),
        }

    def _site_losses(self, batch: Data, context: Tensor) -> dict[str, Tensor]:
        time = batch.time[:, None, None]
        pos = torch.lerp(batch.noise_pos, batch.pos, time)
        hydrogens = torch.lerp(batch.noise_hydrogens, batch.hydrogens, time[..., None])
        noisy = Sites(batch.label, pos, hydrogens)
        direction = self.model(noisy, batch.time, context)
        predicted = pos + (1 - time) * direction.pos
        molecules = Sites(batch.label, batch.pos, batch.hydrogens)
        exact, bonded = pair_distances(batch.pos), bonded_sites(molecules, self.model.labels)
        pairs = (
            noisy.mask[:, :, None]
            & noisy.mask[:, None]
            & ~torch.eye(bonded.shape[1], dtype=torch.bool).to(bonded.device)
        )
        error = (pair_distances(predicted) - exact) / (1 - time).clamp(min=LEAST_LEFT)
        nearness = pairs * torch.exp(-(exact - 1.5).clamp(min=0) / NEAR)
        there = noisy.mask.sum()
        atoms = (batch.hydrogens.abs().sum(-1) > 0).sum().clamp(min=1)
        return {
            "pos": (direction.pos - (batch.pos - batch.noise_pos)).square().sum() / (3 * there),
            "hydrogens": (direction.hydrogens - (batch.hydrogens - batch.noise_hydrogens)).square().sum() / (3 * atoms),
            "distances": (nearness * error.square().clamp(max=MAX_DISTANCE_ERROR)).sum() / nearness.sum().clamp(min=1),
            "bonds": F.binary_cross_entropy_with_logits(direction.bonded[pairs], bonded[pairs].float()),
        }


def _sites(molecule: Data, model: MoleculeGenerator | None) -> SiteMolecule:
    sites = to_sites(molecule.z, molecule.pos).canonical()
    if model is not None:
        model.check_labels(sites.labels)
    return sites


def _spreads(sites: Sites, count: int) -> Tensor:
    """``[count, 3]`` Å, by number of sites; a number that no molecule has gets the spread of the nearest one."""
    numbers = sites.mask.sum(1)
    present = numbers.unique()
    square = sites.pos.square().sum(1)
    found = torch.stack([(square[numbers == n].mean(0) / n).sqrt() for n in present])
    nearest = (torch.arange(count)[:, None] - present).abs().argmin(1)
    spread = found[nearest].clamp(min=MIN_SPREAD)
    spread[:2] = 0  # a lone site is at the origin
    return spread
