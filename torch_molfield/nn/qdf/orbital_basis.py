"""Atomic functions without angles, their exponents learned by element."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torch_molfield.data.elements import SYMBOLS
from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.geometry.gaussian_overlap import Gaussians
from torch_molfield.geometry.ragged import expand_ranges
from torch_molfield.nn.common.padding import make_padding
from torch_molfield.nn.qdf.bounds import Bounds
from torch_molfield.nn.qdf.gaussians import constant, polynomial_gaussians, square_distance
from torch_molfield.nn.qdf.molecule_block import MoleculeBlock
from torch_molfield.nn.qdf.orbital_rules import orbital_labels, principal_number, subshells

NOT_AIMED = "functions must be aimed first: basis.aim(orbitals, block)."
#: Å², below which a squared distance is none
_TINY = 1.0e-24
#: Å²
_FAR = 1.0e12
#: Å⁻²; the points of a molecule integrate smooth functions with such exponents, and none below or above
EXPONENTS = Bounds(0.35, 4.0)
#: least and greatest exponent of a subshell at the start, Å⁻²
_BROAD, _SHARP = 0.45, 2.5


class Orbitals(NamedTuple):
    """The atomic functions of the molecules of a block, filled up to n.

    Attributes:
        kind: ``[B, n]`` rows of the table of functions. atom: ``[B, n]`` the atom of each.
        present: ``[B, n]``, false for padding.
        centre: R ``[B, n, 3]`` of smooth functions.
        direction, constant: v ``[B, n, 3]`` and c ``[B, n]`` of functions with the factor c + v · (r − R), where a
            basis has such.
    """

    kind: Tensor
    atom: Tensor
    present: Tensor
    centre: Tensor | None = None
    direction: Tensor | None = None
    constant: Tensor | None = None


class OrbitalBasis(nn.Module):
    """φ_n(r) = d^p exp(−ζ_n d²), d = |r − R_A|, with one ζ for each element and label (Tsubaki and Mizoguchi 2020).

    Args:
        elements: atomic numbers that have functions, see :func:`~torch_molfield.nn.qdf.orbital_rules.subshells`.
        smooth: p is 0 for 1s and 2 for all others, so that φ is analytic, and the exponents of a subshell begin spread
            out and stay within ``EXPONENTS``; else p = n − 1 for principal number n, with a cusp at the nucleus, and
            all exponents begin at 1 Å⁻², as published.

    Attributes:
        zeta: ``[rows]``, the exponents; of smooth functions the free parameters that these are made of.
    """

    power: Tensor
    first: Tensor

    def __init__(self, elements: Sequence[int], smooth: bool = False) -> None:
        super().__init__()
        self.elements, self.smooth = tuple(sorted(elements)), smooth
        self.labels = orbital_labels(self.elements)
        numbers = [principal_number(label) for label in self.labels]
        powers = [2 * (n > 1) if smooth else n - 1 for n in numbers]
        start = EXPONENTS.free(torch.tensor(_spread(self.labels))) if smooth else torch.ones(len(self.labels))
        self.zeta = nn.Parameter(start)
        self.register_buffer("power", torch.tensor(powers, dtype=torch.get_default_dtype()), persistent=False)
        counts = torch.zeros(MAX_ATOMIC_NUMBER + 1, dtype=torch.long)
        for z in self.elements:
            counts[z] = sum(count for _, count in subshells(z))
        starts = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        self.register_buffer("first", starts, persistent=False)

    @property
    def exponents(self) -> Tensor:
        """ζ ``[rows]``, Å⁻²."""
        return EXPONENTS.value(self.zeta) if self.smooth else self.zeta

    def orbitals(self, z: Tensor) -> Orbitals:
        """The functions of padded atoms ``z [B, A]``."""
        kind, atom, owner = self._rows(z)
        padding = make_padding(owner, len(z))
        return Orbitals(padding.pad(kind), padding.pad(atom), padding.mask())

    def aim(self, orbitals: Orbitals, block: MoleculeBlock) -> Orbitals:
        """The functions with what depends on the positions of the atoms; here of smooth ones where they are."""
        return orbitals._replace(centre=centres(orbitals, block)) if self.smooth else orbitals

    def gaussians(self, orbitals: Orbitals, pos: Tensor) -> Gaussians:
        """Smooth functions as what has overlaps in closed form, in the type of ``pos [B, A, 3]`` Å."""
        centre = pos.gather(1, orbitals.atom[..., None].expand(-1, -1, 3))
        shape = (None if part is None else part.to(pos) for part in (orbitals.constant, orbitals.direction))
        zeta = self.exponents.to(pos)[orbitals.kind]
        return Gaussians(centre, zeta, self.power[orbitals.kind] > 0, *shape)

    def self_overlap(self, kind: Tensor, dtype: torch.dtype = torch.float64) -> Tensor:
        """∫ φ² over all space of kinds; smooth functions only."""
        spread = 0.25 / self.exponents.to(dtype)[kind]
        return self._round_overlap(spread) * torch.where(self.power[kind] > 0, 15 * spread.square(), 1.0)

    def _round_overlap(self, spread: Tensor) -> Tensor:
        """∫ exp(−2 ζ d²) of 1 / 4 ζ."""
        return (2 * math.pi * spread) ** 1.5

    def _rows(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        row, kind = expand_ranges(self.first[z.flatten()], self.first[z.flatten() + 1])
        return kind, row % z.shape[1], row // z.shape[1]

    def require(self, z: Tensor, batch: Tensor) -> None:
        """``ValueError`` for atoms ``z [N]`` without functions, naming their elements."""
        unknown = ~torch.isin(z, torch.tensor(self.elements, device=z.device))
        if bool(unknown.any()):
            names = ", ".join(SYMBOLS[number - 1] for number in torch.unique(z[unknown]).tolist())
            known = ", ".join(SYMBOLS[number - 1] for number in self.elements)
            raise ValueError(
                f"z: molecule {int(batch[unknown][0])} of the batch has elements without orbitals in the table: "
                f"{names}; it has {known}. Leave that molecule out, or train a model with these elements."
            )

    def forward(self, squared: Tensor, orbitals: Orbitals, points: Tensor) -> Tensor:
        """Values ``[B, P, n]`` at ``points [B, P, 3]``, whose squared distances (Å²) from atoms are ``squared``.

        Args:
            squared: ``[B, P, A]``. orbitals: aimed.
            points: Å, with the origin of the atoms' positions.
        """
        if self.smooth:
            return self._smooth(orbitals, points)
        # As published: a function is not asked at its own nucleus.
        squared = torch.where(squared == 0, _FAR, squared)
        index = orbitals.atom[:, None].expand(-1, squared.shape[1], -1)
        log = squared.clamp_min(_TINY).log().gather(2, index)
        zeta, power = self.exponents[orbitals.kind][:, None], self.power[orbitals.kind][:, None]
        return torch.exp(log * (power / 2) - squared.gather(2, index) * zeta)

    def _smooth(self, orbitals: Orbitals, points: Tensor) -> Tensor:
        if orbitals.centre is None:
            raise ValueError(NOT_AIMED)
        middle = orbitals.centre.detach().mean(1, keepdim=True)  # far from the origin float32 would lose digits
        centre, zeta = orbitals.centre - middle, self.exponents[orbitals.kind]
        return polynomial_gaussians(points - middle, zeta, centre, self._factor(orbitals, centre))

    def _factor(self, orbitals: Orbitals, centre: Tensor) -> Tensor:
        """Coefficients ``[B, n, 5]`` of x, y, z, r² and 1 in what exp(−ζ d²) is multiplied by: d², or 1."""
        raised = (self.power[orbitals.kind] > 0)[..., None].to(centre)
        return raised * square_distance(centre) + constant(1 - raised)


def centres(orbitals: Orbitals, block: MoleculeBlock) -> Tensor:
    """R ``[B, n, 3]`` of functions."""
    return block.pos.gather(1, orbitals.atom[..., None].expand(-1, -1, 3))


def _spread(labels: Sequence[str]) -> list[float]:
    """Exponents of each subshell in equal ratios."""
    subshell = [label[:-1] for label in labels]
    last = {name: subshell.count(name) - 1 for name in subshell}
    return [_BROAD * (_SHARP / _BROAD) ** (int(label[-1]) / last[label[:-1]]) for label in labels]
