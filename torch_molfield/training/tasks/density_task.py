"""Density matching: the generated function against a closed-form field of the same molecule."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.fields.base import Field
from torch_molfield.fields.property import CHARGE, PropertyField
from torch_molfield.models import MolField
from torch_molfield.training.batches.molecules import MoleculeBatch
from torch_molfield.training.engine.timed_task import TimedTask
from torch_molfield.transforms.density_points import density_points

#: what the network is told in place of an element that is hidden from it: one that no molecule has
MASKED = MAX_ATOMIC_NUMBER
#: weight of the square error of a charge density; partial charges are a third of an electron or less
CHARGE_WEIGHT = 9.0


class DensityTask(TimedTask):
    """Lightning module that trains a :class:`MolField` to generate a closed-form field.

    Loss: mean square difference over points and channels (density matching, arXiv 2601.22327). Points are drawn and the
    field is computed on the device of the model.

    Args:
        model: with the channels of ``field``.
        field: what to generate, such as :class:`~torch_molfield.fields.GaussianField`.
        num_points: points a molecule.
        masked: share of the atoms whose element is hidden from the network, which then has to tell it from what is
            around them.
        noise: Å, standard deviation of each coordinate that the network is given; the field stays that of the atoms
            where they are. A sum over atoms asks nothing of an atom's surroundings otherwise, and properties do.
        charge_width: Å. With it the model's last channel, ``charge``, is Σ q_i exp(−d²/2 ``charge_width``²) in e of the
            partial charges that come with the batches (atom row ``charges``), which the elements alone do not tell.
        learning_rate, max_steps, max_seconds, seed: see :class:`TimedTask`.
    """

    model: MolField

    def __init__(
        self,
        model: MolField,
        field: Field,
        num_points: int = 128,
        learning_rate: float = 4e-3,
        max_steps: int | None = None,
        max_seconds: float | None = None,
        seed: int = 0,
        masked: float = 0.0,
        noise: float = 0.0,
        charge_width: float | None = None,
    ) -> None:
        expected = (*field.channels, *(() if charge_width is None else (CHARGE,)))
        if model.channels != expected:
            raise ValueError(f"the model's channels are {model.channels}, those to be learned {expected}.")
        super().__init__(model, learning_rate, max_steps, max_seconds, {CHARGE: CHARGE_WEIGHT}, seed)
        self.field, self.num_points, self.masked, self.noise = field, num_points, masked, noise
        self.charge_width = charge_width

    def losses(self, batch: MoleculeBatch) -> dict[str, Tensor]:
        """The mean square differences, of the charge density by itself."""
        points, owner = density_points(batch.pos, batch.batch, self.num_points)
        exact = self.field(points, batch.z, batch.pos, owner, batch.batch)
        told, pos = batch.z, batch.pos
        if self.noise:
            pos = pos + self.noise * torch.randn_like(pos)
        if self.masked:
            told = told.masked_fill(torch.rand(told.shape, device=told.device) < self.masked, MASKED)
        learned = self.model.generate(told, pos, batch.batch)(points, owner)
        terms = {"density": (learned[:, : exact.shape[1]] - exact).square().mean()}
        if self.charge_width is not None:
            charges = PropertyField(
                CHARGE, "amplitude", charges=batch.atom_rows["charges"].to(batch.pos), sigma=self.charge_width
            )
            exact = charges(points, batch.z, batch.pos, owner, batch.batch)
            terms[CHARGE] = (learned[:, -1:] - exact).square().mean()
        return terms
