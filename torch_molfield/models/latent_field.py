"""One function of a neural field's latent space, in Å."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from torch_molfield.geometry.box_grid import box_points, check_grid

if TYPE_CHECKING:
    from torch_molfield.models.molecular_neural_field import MolecularNeuralField

#: points evaluated at once; bounds memory, not the result
CHUNK = 16384


@dataclass(frozen=True)
class LatentField:
    """The field of one code: ``field(points [Q, 3] Å) -> [Q, C]``, normalised as the training targets were.

    Attributes:
        model: the network.
        latent: ``[L]``.
        center: ``[3]`` Å, where the box of the network lies.
    """

    model: MolecularNeuralField
    latent: Tensor
    center: Tensor

    @property
    def channels(self) -> tuple[str, ...]:
        return self.model.channels

    def __call__(self, points: Tensor) -> Tensor:
        """Values ``[Q, C]``."""
        return torch.cat([self.model.field(self.latent, p - self.center.to(p)) for p in points.split(CHUNK)])

    def gradient(self, points: Tensor) -> Tensor:
        """∇_x f, ``[Q, C, 3]`` per Å."""
        with torch.enable_grad():
            x = points.detach().requires_grad_()
            sums = self(x).sum(0)
            columns = [torch.autograd.grad(value, x, retain_graph=True)[0] for value in sums]
        return torch.stack(columns, dim=1)

    @torch.no_grad()
    def to_grid(self, count: int) -> Tensor:
        """Values ``[n, n, n, C]`` (index order x, y, z) on ``count`` points an axis over the box, ends included.

        Super-resolution is nothing else: the same function on a finer grid.

        Raises:
            ValueError: for a grid that does not fit into memory, with its size.
        """
        check_grid((count,) * 3, len(self.channels))
        values = [self(points) for points in box_points(self.model.half_width, count, self.center, CHUNK)]
        return torch.cat(values).reshape(count, count, count, -1)

    def spacing(self, count: int) -> float:
        """Å between the points of :meth:`to_grid`."""
        return 2 * self.model.half_width / (count - 1)
