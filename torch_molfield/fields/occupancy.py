"""Soft atomic occupancy, as voxel-based generative models use it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from torch_molfield.fields._separable import gaussians_on_grid
from torch_molfield.fields.atom_sum import AtomSumField, Prepared, Terms
from torch_molfield.fields.channels import ORGANIC, Channels, ChannelSpec, positive
from torch_molfield.fields.gaussian import gaussian_reach
from torch_molfield.fields.registry import register_field
from torch_molfield.geometry.product_grid import ProductGrid


@register_field("occupancy")
class OccupancyField(AtomSumField):
    """Soft occupancy of space by the atoms, by channel, in [0, 1], dimensionless.

    As in VoxMol (Pinheiro et al. 2023, arXiv 2306.07473) and FuncMol (2024): u_c(x) = 1 − Π_{i∈c} (1 − exp(−(‖x − x_i‖
    / 0.93 r)²)).

    Args:
        radius: r in Å, the same for all elements.
        channels: elements, one per channel, or a mapping from names to groups of elements; ``"others"`` takes all
            elements that are not named, ``"all"`` every atom.
        ignore: elements that may have no channel.
        tolerance: bound on the error of a value by the cutoff, in molecules of more than 96 atoms.

    Raises:
        ValueError: for parameters out of range; when called, for an element without a channel.
    """

    separable = True
    parameters = ("radius", "channels", "ignore", "tolerance")
    #: the papers' factor between r and the Gaussian's length
    SCALE = 0.93

    @classmethod
    def to_learn(cls, elements: Sequence[str], width: float) -> OccupancyField:
        """A field with one channel per element and this radius (Å)."""
        return cls(width, elements)

    def __init__(
        self,
        radius: float = 0.5,
        channels: ChannelSpec = ORGANIC,
        ignore: Sequence[str] = (),
        tolerance: float = 1.0e-6,
    ) -> None:
        self.radius = positive("radius", radius, "Å")
        self.ignore = tuple(ignore)
        self.tolerance = positive("tolerance", tolerance, "")
        self._members = Channels(channels, ignore)
        self.groups = self._members.groups
        self.channels = self._members.names

    def parameter(self, name: str) -> object:
        """Value of an argument of the constructor; for ``channels`` the groups as they were given."""
        return self.groups if name == "channels" else super().parameter(name)

    def terms(self, z: Tensor, pos: Tensor, batch: Tensor) -> Terms:
        """Membership of the channels; the shape is the rate 1/(0.93 r)² in 1/Å²."""
        rate = 1.0 / (self.SCALE * self.radius) ** 2
        return Terms(pos, batch, self._members.membership(z, pos.dtype), pos.new_full((z.shape[0], 1), rate))

    def kernel(self, squared: Tensor, *shape: Tensor) -> Tensor:
        """log(1 − exp(−rate · d²)), finite (and without gradient) at the nucleus."""
        free = -torch.expm1(-shape[0] * squared)
        return torch.log(free.clamp(min=torch.finfo(free.dtype).tiny))

    def finish(self, total: Tensor) -> Tensor:
        """1 − Π from the sum of logarithms."""
        return -torch.expm1(total)

    def evaluate_grid(self, grid: ProductGrid, state: Prepared) -> Tensor | None:
        """``[Q, C]`` at the nodes of a grid."""
        return gaussians_on_grid(grid, state, product=True)

    def reach(self, terms: Terms, bound: float) -> float:
        """Distance in Å at which one atom's occupancy falls to the bound; occupancies add up to at most their sum."""
        return gaussian_reach(terms, bound)
