"""One function of a neural field's latent space, in Å."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from torch_molfield.functions.base import FieldFunction

if TYPE_CHECKING:
    from torch_molfield.models.molecular_neural_field import MolecularNeuralField


@dataclass(frozen=True)
class LatentField(FieldFunction):
    """The field of one latent code: ``field(points [Q, 3] Å) -> [Q, C]``, normalised as the training targets were.

    Points may have any dtype and device. A grid covers the box of the network; a finer grid gives super-resolution.

    Attributes:
        model: the network.
        latent: ``[L]``.
        center: ``[3]`` Å, centre of the box of the network.
    """

    model: MolecularNeuralField
    latent: Tensor
    center: Tensor

    bounded = True
    any_dtype = True
    margin = 0.0

    @property
    def channels(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.model.channels

    @property
    def places(self) -> Tensor:
        """The lower and the upper corner of the box ``[2, 3]``, Å."""
        return torch.stack([self.center - self.model.half_width, self.center + self.model.half_width])

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """``[Q, C]`` for one chunk of checked points."""
        return self.model.field(self.latent, points - self.center.to(points))

    def spacing(self, count: int) -> float:
        """Return the distance in Å between ``count`` nodes along each edge of the box, for :meth:`to_grid`.

        Raises:
            ValueError: for fewer than two nodes.
        """
        if count < 2:
            raise ValueError(f"a grid needs at least two nodes along an edge, got {count}.")
        return 2 * self.model.half_width / (count - 1)
