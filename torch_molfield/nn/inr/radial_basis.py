"""A molecule encoded in the weights of a radial-basis function of space."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from torch_molfield.data.element_tables import SYMBOLS
from torch_molfield.functions.base import FieldFunction
from torch_molfield.geometry.united_atoms import SiteLabel, to_atoms

#: Å, width of the Gaussian of an atom
WIDTH = 0.45


class RadialBasisFunction(FieldFunction):
    """Densities of atoms by element, ρ_e(x) = Σ_{i∈e} (2πσ²)^(−3/2) exp(−‖x − x_i‖²/2σ²), in atoms/Å³.

    Its weights are the sites of a molecule (heavy atoms with their hydrogens). The encoding is exact, the integral of a
    channel is the number of its atoms, and decoding needs no search for maxima.

    Args:
        labels: of the n sites.
        pos: ``[n, 3]`` Å.
        hydrogens: ``[n, 3, 3]`` Å, vectors from the sites; 0 where there is no hydrogen.
        width: σ in Å.
    """

    units = "1/Å³"

    def __init__(self, labels: Sequence[SiteLabel], pos: Tensor, hydrogens: Tensor, width: float = WIDTH) -> None:
        self.labels, self.pos, self.hydrogens, self.width = list(labels), pos, hydrogens, width
        self.z, self.atoms = to_atoms(self.labels, pos, hydrogens)
        elements = self.z.unique()
        self.channels = tuple(SYMBOLS[number - 1] for number in elements.tolist())
        self._member = self.z[:, None] == elements

    @property
    def tokens(self) -> Tensor:
        """The weight tokens ``[1, n, 15]``.

        They are the element, the numbers of hydrogens and of heavy neighbours, the position, and the vectors to the
        hydrogens.
        """
        labels = torch.tensor(self.labels, dtype=self.pos.dtype, device=self.pos.device)
        return torch.cat([labels, self.pos, self.hydrogens.flatten(1)], dim=1)[None]

    @property
    def places(self) -> Tensor:
        """Positions of the atoms ``[N, 3]`` Å."""
        return self.atoms

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """Return the sums ``[Q, C]`` over the atoms of each element."""
        return gaussian_density(points, self.atoms, self.width) @ self._member.to(points.dtype)

    def detach(self) -> RadialBasisFunction:
        """Return the function without the autograd graph."""
        return RadialBasisFunction(self.labels, self.pos.detach(), self.hydrogens.detach(), self.width)


def gaussian_density(points: Tensor, centres: Tensor, width: float) -> Tensor:
    """``[Q, N]`` (2πσ²)^(−3/2) exp(−‖x − x_i‖²/2σ²) in Å⁻³ at points ``[Q, 3]`` of centres ``[N, 3]`` Å."""
    squared = (points[:, None] - centres).square().sum(-1)
    return (2 * math.pi * width**2) ** -1.5 * torch.exp(-squared / (2 * width**2))
