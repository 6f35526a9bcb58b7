"""Learning electron densities and electrostatic potentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize
from torch_geometric.data import Data

from torch_molfield.data.elements import element_property
from torch_molfield.data.setting_types import Count, Natural, NotNegative, Positive
from torch_molfield.geometry.ragged import expand_ranges, row_pointers
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.models.electron_density_molfield import ElectronDensityMolField
from torch_molfield.models.pretrained import check_keys
from torch_molfield.nn.gaussians import AtomCenteredDensity
from torch_molfield.training.batches.densities import NAMES, DensityBatches, DensityTable
from torch_molfield.training.batches.required import FOLLOW_POINTS, require
from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import Task, register_task
from torch_molfield.training.engine.train import train

#: e²/Å below which errors of an atom count quadratically
_SOFT = 1e-6
#: e/Å³ that a learned density may lack far from atoms
_TOLERANCE = 1e-5
#: Å beyond the van der Waals radii, up to which potentials are compared
_SHELL = 1.8


@dataclass(frozen=True, kw_only=True)
class ElectronDensityTraining(TrainingSettings):
    """Settings of the training of an electron-density model.

    ``num_points`` of the density and ``num_shell_points`` of the potential are drawn for each molecule and step; the
    weights are those of the terms of the loss, see :class:`ElectronDensityTask`. ``model`` changes settings of
    :class:`~torch_molfield.models.ElectronDensityMolField`.
    """

    learning_rate: Positive = 2e-3
    batch_size: Count = 16
    num_points: Count = 64
    num_shell_points: Count = 24
    coefficient_weight: NotNegative = 1.0
    density_weight: NotNegative = 10.0
    potential_weight: NotNegative = 1.0
    dipole_weight: NotNegative = 0.5
    workers: Natural = 0
    average_weights: bool = True
    model: dict[str, Any] = field(default_factory=dict)

    helps = {
        "num_points": "Points of the density of each molecule at each step.",
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        check_keys(ElectronDensityMolField, self.model, "the settings of the model")


@register_task("electron-density")
class ElectronDensityTask(Task):
    """Train an :class:`~torch_molfield.models.ElectronDensityMolField` on densities of quantum chemistry.

    Loss: "coefficients", the mean over atoms of the norm of the error in the Coulomb metric of the atom's functions
    (e/√Å); "density", ∫|Δρ| / N estimated over points, against the exact density; "potential", the mean error in V at
    points around the molecule, against the fitted density; "dipole", the mean length of the error in e Å. Batches are
    those of PyG's loader of :class:`~torch_molfield.data.ElectronDensities` with ``follow_batch=["points"]``.

    Args:
        settings: see :class:`ElectronDensityTraining`.
        model: to be trained from its weights on, with the scales that it has, in place of a new one.
    """

    Settings = ElectronDensityTraining
    starts = (ElectronDensityMolField,)
    start_help = "Model to train further."
    model: ElectronDensityMolField

    def __init__(
        self,
        settings: ElectronDensityTraining | Mapping[str, Any],
        model: ElectronDensityMolField | None = None,
    ) -> None:
        super().__init__(settings, model)
        self.hold(begun=model is not None)

    def prepare(self, molecules: Sequence[Data]) -> DensityTable:
        """Packed molecules with their densities."""
        return DensityTable(molecules)

    def make_model(self, data: DensityTable) -> ElectronDensityMolField:
        """A model for the elements of these molecules."""
        return ElectronDensityMolField(**{"elements": torch.unique(data.z).tolist(), **self.settings.model})

    def begin(self, data: DensityTable, resumed: bool) -> None:
        """Measure means and scales, unless the model has them."""
        if not self.begun:
            tokens = self.model.basis.to_tokens(data.z, data.coefficients)
            self.model.measure(data.z, self.model.from_tokens(data.z, tokens))

    def batches(self, data: DensityTable, seed: int, first: int = 0) -> DensityBatches:
        """Molecules with some of their points."""
        return DensityBatches(data, self.settings.num_points, self.settings.batch_size, seed, first)

    @property
    def weights(self) -> Mapping[str, float]:
        named = {name: getattr(self.settings, f"{name}_weight") for name in ("density", "potential", "dipole")}
        return {"coefficients": self.settings.coefficient_weight, **named}

    def losses(self, batch: Data) -> dict[str, Tensor]:
        """See the class."""
        found = self._compare(batch)
        error = (found.error.square().sum((1, 2)) + _SOFT).sqrt().mean()
        points, owner = shell_points(batch.z, batch.pos, batch.batch, self.settings.num_shell_points)
        potential = found.difference.potential(points, owner).abs().mean()
        return {"coefficients": error, "potential": potential, **self._of_points(found, batch)}

    def metrics(self, batch: Data) -> dict[str, Tensor]:
        """Of each molecule: ∫|Δρ| / N in %, ∫|Δρ| / ∫|ρ − free atoms| in %, and the dipole's error in D."""
        found = self._compare(batch)
        terms = self._of_points(found, batch, mean=False)
        free = AtomCenteredDensity(batch.z, batch.pos, None, batch.batch)(batch.points, batch.points_batch)
        deformation = self._integral(free, batch)
        return {
            "nmae_percent": 100 * terms["density"],
            "deformation_percent": 100 * terms["density"] / deformation.clamp(min=1e-6),
            "mae_dipole_debye": terms["dipole"] / 0.2081943,
        }

    def _of_points(self, found: _Compared, batch: Data, mean: bool = True) -> dict[str, Tensor]:
        density = self._integral(found.density(batch.points, batch.points_batch), batch)
        dipole = (found.density.dipole - batch.dipole).square().sum(1).clamp(min=1e-12).sqrt()
        return {"density": density.mean(), "dipole": dipole.mean()} if mean else {"density": density, "dipole": dipole}

    def _integral(self, values: Tensor, batch: Data) -> Tensor:
        """``[B]`` ∫|values − exact| / N."""
        count = len(batch.charge)
        electrons = segment_sum(self.model.basis.nuclear_charge(batch.z), batch.batch, count) - batch.charge
        error = batch.point_weights[:, 0] * (values - batch.field_values)[:, 0].abs()
        return (segment_sum(error, batch.points_batch, count) / electrons).to(values.dtype)

    def _compare(self, batch: Data) -> _Compared:
        require(batch, **dict.fromkeys(NAMES, "ElectronDensities"), points_batch=FOLLOW_POINTS)
        z, pos, owner = batch.z, batch.pos, batch.batch
        whitened = self.model.whitened(z, pos, owner, batch.charge)
        exact = self.model.basis.to_tokens(z, batch.coefficients)
        tokens = self.model.to_tokens(z, whitened)
        return _Compared(
            whitened - self.model.from_tokens(z, exact),
            AtomCenteredDensity(z, pos, tokens, owner, tolerance=_TOLERANCE),
            AtomCenteredDensity(z, pos, tokens - exact, owner, free_atoms=False),
        )


@dataclass(frozen=True)
class _Compared:
    """Errors of whitened coefficients ``[N, H, K]``, the predicted density, and its difference from the fitted one."""

    error: Tensor
    density: AtomCenteredDensity
    difference: AtomCenteredDensity


def shell_points(z: Tensor, pos: Tensor, batch: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """About ``count`` points ``[Q, 3]`` Å around each molecule, at random, and their molecules ``[Q]``, sorted.

    They are 0 to 1.8 Å outside of the van der Waals radius of an atom; those inside of another's are left out.
    """
    pointers = row_pointers(batch, int(batch[-1]) + 1)
    owner = torch.arange(len(pointers) - 1, device=pos.device).repeat_interleave(count)
    sizes = pointers.diff()[owner]
    share, further = torch.rand(2, len(owner), device=pos.device)
    atom = pointers[owner] + (share * sizes).long().minimum(sizes - 1)
    radius = element_property("vdw_radius", z, dtype=pos.dtype)
    direction = normalize(torch.randn(len(owner), 3, device=pos.device)).to(pos.dtype)
    distance = radius[atom] + _SHELL * further.to(pos.dtype)
    points = (pos[atom] + distance[:, None] * direction).detach()
    point, other = expand_ranges(pointers[owner], pointers[owner + 1])
    within = (points[point] - pos[other]).norm(dim=1) < radius[other] - 1e-3
    outside = torch.bincount(point[within], minlength=len(points)) == 0
    return points[outside], owner[outside]


def train_electron_density(
    settings: ElectronDensityTraining,
    molecules: Sequence[Data],
    directory: str | Path,
    model: ElectronDensityMolField | None = None,
    **options: Any,
) -> ElectronDensityMolField:
    """Train an :class:`~torch_molfield.models.ElectronDensityMolField` on ``molecules``:
    :func:`~torch_molfield.training.train` of an :class:`ElectronDensityTask`, whose ``options`` it takes. What is
    written and returned has the averaged weights."""
    return train(ElectronDensityTask(settings, model), molecules, directory=directory, **options)
