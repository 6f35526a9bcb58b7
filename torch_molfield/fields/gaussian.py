"""Sums of Gaussians on the atoms, by channel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from torch_molfield.data.elements import element_property
from torch_molfield.fields._separable import gaussians_on_grid
from torch_molfield.fields.atom_sum import AtomSumField, Prepared, Terms
from torch_molfield.fields.channels import ORGANIC, Channels, ChannelSpec, per_atom, positive
from torch_molfield.fields.registry import register_field
from torch_molfield.geometry.product_grid import ProductGrid

#: largest beta: values and their squares stay far from the limit of float32
MAX_BETA = 40.0


@register_field("gaussian")
class GaussianField(AtomSumField):
    """Gaussian density of the atoms by channel, dimensionless.

    The density of molecular neural fields (Lhotka and Probst 2025, arXiv 2502.10848): f_c(x) = Σ_{i∈c} exp(−β(‖x −
    x_i‖²/r_i² − 1)), with r_i the van der Waals radius in Å. A lone atom has the value 1 on its van der Waals sphere
    and e^β at its centre. With ``sigma``, f_c(x) = Σ_{i∈c} exp(−‖x − x_i‖²/2σ²).

    Args:
        beta: scaling factor β, above 0 and at most 40; the paper uses 0.75 for small molecules, 0.25 for complexes.
        channels: elements, one per channel, or a mapping from names to groups of elements; ``"others"`` takes all
            elements that are not named, ``"all"`` every atom. The default covers any organic molecule.
        sigma: σ in Å, the same for all atoms, in place of β and the radii.
        relative: divide the radii by carbon's and read them in Å (H 0.706, C 1, ...), as the paper's code does.
        radii: atomic number -> radius in Å; replaces or completes the table.
        ignore: elements that may have no channel.
        assignment: ``[N]`` integers, the channel of each atom of the molecule or batch that the field is made for
            (ligand and protein, for example), −1 for none. ``channels`` are then just names.
        tolerance: bound on the error of a value by the cutoff, in molecules of more than 96 atoms.

    Raises:
        ValueError: for parameters out of range; when called, for an element without a radius or a channel, or an
            ``assignment`` that does not fit the atoms.
    """

    separable = True
    parameters = ("beta", "channels", "sigma", "relative", "radii", "ignore", "assignment", "tolerance")

    @classmethod
    def to_learn(cls, elements: Sequence[str], width: float) -> GaussianField:
        """A field with one channel per element and σ = ``width`` (Å)."""
        return cls(channels=elements, sigma=width)

    def __init__(
        self,
        beta: float = 0.75,
        channels: ChannelSpec = ORGANIC,
        sigma: float | None = None,
        relative: bool = False,
        radii: Mapping[int, float] | None = None,
        ignore: Sequence[str] = (),
        assignment: Tensor | None = None,
        tolerance: float = 1.0e-6,
    ) -> None:
        self.beta = positive("beta", beta, "")
        if self.beta > MAX_BETA:
            raise ValueError(f"beta must be above 0 and at most {MAX_BETA:g}, got {beta:g}.")
        self.sigma = None if sigma is None else positive("sigma", sigma, "Å")
        self.relative = bool(relative)
        self.radii = None if radii is None else dict(radii)
        self.ignore = tuple(ignore)
        self.assignment = assignment
        self.tolerance = positive("tolerance", tolerance, "")
        members = Channels(channels, ignore) if assignment is None else None
        self._members = members
        self.channels = tuple(channels) if members is None else members.names
        self.groups = self.channels if members is None else members.groups

    def parameter(self, name: str) -> object:
        """Value of an argument of the constructor; for ``channels`` the groups as they were given."""
        return self.groups if name == "channels" else super().parameter(name)

    def terms(self, z: Tensor, pos: Tensor, batch: Tensor) -> Terms:
        """Amplitudes e^β (or 1) in the atom's channels; the shape is the rate β/r² (or 1/2σ²) in 1/Å²."""
        amplitude = self._membership(z, pos)
        if self.sigma is not None:
            return Terms(pos, batch, amplitude, pos.new_full((z.shape[0], 1), 0.5 / self.sigma**2))
        radius = element_property("vdw_radius", z, self.radii, pos.dtype)
        if self.relative:
            radius = radius / element_property("vdw_radius", z.new_tensor([6]), self.radii, pos.dtype)
        return Terms(pos, batch, amplitude * math.exp(self.beta), (self.beta / radius.square())[:, None])

    def kernel(self, squared: Tensor, *shape: Tensor) -> Tensor:
        """exp(−rate · d²)."""
        return torch.exp(-shape[0] * squared)

    def evaluate_grid(self, grid: ProductGrid, state: Prepared) -> Tensor | None:
        """``[Q, C]`` at the nodes of a grid."""
        return gaussians_on_grid(grid, state)

    def reach(self, terms: Terms, bound: float) -> float:
        """Distance in Å at which the widest Gaussian falls to the bound."""
        return gaussian_reach(terms, bound)

    def _membership(self, z: Tensor, pos: Tensor) -> Tensor:
        if self._members is not None:
            return self._members.membership(z, pos.dtype)
        channel = per_atom("assignment", torch.as_tensor(self.assignment), pos).long()
        if bool((channel < -1).any()) or int(channel.max()) >= len(self.channels):
            raise ValueError(f"assignment must be -1 (no channel) or below {len(self.channels)}; name more channels.")
        return (channel[:, None] == torch.arange(len(self.channels), device=pos.device)).to(pos.dtype)


def gaussian_reach(terms: Terms, bound: float) -> float:
    """Distance in Å at which no term ``amplitude · exp(−shape · d²)`` exceeds ``bound`` any more."""
    height = terms.amplitude.detach().abs().amax(dim=1).double()
    excess = (height / bound).clamp(min=1.0 + 1e-9).log()
    return float((excess / terms.shape[:, 0].double()).max().sqrt())
