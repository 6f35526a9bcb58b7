"""The basis of electron densities, and the arrangement of its coefficients as tokens of atoms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from torch_molfield.data.elements import symbols
from torch_molfield.data.io.npz import read_npz
from torch_molfield.data.units import BOHR
from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.nn.gaussians.free_atoms import FreeAtoms, make_free_atoms
from torch_molfield.nn.gaussians.harmonics import harmonic_degrees, num_harmonics

TABLE = Path(__file__).parent / "tables" / "def2_svp_jkfit.npz"
_ARRAYS = ("elements", "element", "degree", "shell", "exponent", "coefficient", "electrons")
_SPLINES = ("log_density", "potential", "scale", "step")
_REMEDY = "It ships with the package: reinstall torch_molfield, or run benchmarks/make_density_basis.py."


@dataclass(frozen=True)
class ElementShells:
    """The functions of one element: Σ_p T_pk exp(−a_p r²) r^l Y_lm, with r in Å and values in 1/Å³.

    Attributes:
        shells: number of shells of each degree.
        degree: ``[P]`` l of the primitives, ascending. exponent: ``[P]`` a, Å⁻².
        contraction: T ``[P, K]``; shell k of the degree of the primitive.
    """

    shells: tuple[int, ...]
    degree: Tensor
    exponent: Tensor
    contraction: Tensor

    @property
    def highest(self) -> int:
        """The largest l."""
        return len(self.shells) - 1

    def moments(self) -> Tensor:
        """``[P]`` ∫ r^2l+2 exp(−a r²) dr: times a coefficient the multipole of a primitive."""
        power = self.degree + 1.5
        return 0.5 * torch.exp(torch.lgamma(power)) * self.exponent**-power

    def electrons(self) -> Tensor:
        """``[shells of l = 0]`` what each of them holds, e."""
        here = self.degree == 0
        return math.sqrt(4 * math.pi) * self.moments()[here] @ self.contraction[here, : self.shells[0]]

    def coulomb(self, degree: int) -> Tensor:
        """``[shells, shells]`` ∫∫ of two functions of one degree and m on one atom over their distance, 1/Å."""
        here = self.degree == degree
        a, mixed = self.exponent[here], self.contraction[here, : self.shells[degree]]
        product, mean = a[:, None] * a, (a[:, None] + a) / (4 * a[:, None] * a)
        each = (math.pi**2 / product) ** 1.5 * (4 * product) ** -float(degree) / (2 * math.pi**2)
        each = each * 0.5 * math.gamma(degree + 0.5) * mean ** -(degree + 0.5)
        return mixed.T @ each @ mixed


@dataclass(frozen=True)
class DensityBasis:
    """Functions of atoms by element, and free atoms.

    Coefficients are either one row for all atoms in PySCF's order (atoms, shells by degree l, m), or tokens ``[N, (L +
    1)², K]``: function m of degree l by shell k, zero where an element has fewer shells.

    Attributes:
        elements: atomic numbers that have functions.
        shells: shells of each element.
        electrons: ``[E]`` electrons of the free atoms; iodine has 25 besides an effective core.
        free: the free atoms, one row per element.
    """

    elements: tuple[int, ...]
    shells: tuple[ElementShells, ...]
    electrons: Tensor
    free: FreeAtoms

    @property
    def highest(self) -> int:
        """L, the largest degree of any element."""
        return max(each.highest for each in self.shells)

    @property
    def num_shells(self) -> int:
        """K, the largest number of shells of one degree."""
        return max(max(each.shells) for each in self.shells)

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of a token: ``((L + 1)², K)``."""
        return num_harmonics(self.highest), self.num_shells

    def rows(self, z: Tensor) -> Tensor:
        """Return the row ``[N]`` of the element of each atom, -1 for elements that the basis does not have."""
        table = torch.full((MAX_ATOMIC_NUMBER + 1,), -1)
        table[list(self.elements)] = torch.arange(len(self.elements))
        return table.to(z.device)[z]

    def check(self, z: Tensor, batch: Tensor) -> None:
        """Raise ``ValueError`` for atoms of elements that the basis does not have; the message names them."""
        strange = self.rows(z) < 0
        if bool(strange.any()):
            names = ", ".join(symbols(torch.unique(z[strange])))
            known = ", ".join(symbols(torch.tensor(self.elements)))
            raise ValueError(
                f"z: molecule {int(batch[strange][0])} of the batch has elements without functions in the basis: "
                f"{names}; it has {known}. Leave that molecule out."
            )

    def nuclear_charge(self, z: Tensor) -> Tensor:
        """Return the nuclear charges ``[N]`` in e, float64: Z, less the electrons of an effective core."""
        return self.electrons.to(z.device)[self.rows(z)]

    def sizes(self, z: Tensor) -> Tensor:
        """Return the number of functions of each atom, ``[N]``."""
        counts = torch.tensor([sum((2 * l + 1) * n for l, n in enumerate(each.shells)) for each in self.shells])  # noqa: E741
        return counts.to(z.device)[self.rows(z)]

    def to_tokens(self, z: Tensor, coefficients: Tensor) -> Tensor:
        """Convert coefficients ``[functions]`` of all atoms ``z [N]`` to tokens ``[N, (L + 1)², K]``.

        Raises:
            ValueError: for another number of coefficients.
        """
        expected = int(self.sizes(z).sum())
        if coefficients.shape != (expected,):
            raise ValueError(
                f"there are {tuple(coefficients.shape)} coefficients, but these atoms have [{expected}] functions; "
                "give them in the order of the atoms, as one row."
            )
        tokens = coefficients.new_zeros(len(z), *self.shape)
        for atoms, place, where in self._places(z):
            tokens[atoms[:, None], where[0], where[1]] = coefficients[place]
        return tokens

    def to_coefficients(self, z: Tensor, tokens: Tensor) -> Tensor:
        """Convert tokens ``[N, (L + 1)², K]`` to a row of coefficients; the inverse of :meth:`to_tokens`."""
        row = tokens.new_zeros(int(self.sizes(z).sum()))
        for atoms, place, where in self._places(z):
            row[place] = tokens[atoms[:, None], where[0], where[1]]
        return row

    def _places(self, z: Tensor) -> Iterator[tuple[Tensor, Tensor, tuple[Tensor, Tensor]]]:
        """By element: its atoms, places ``[A, F]`` of their functions in the row, and harmonic and shell of each."""
        sizes, rows = self.sizes(z), self.rows(z)
        first = sizes.cumsum(0) - sizes
        for element, each in enumerate(self.shells):
            atoms = (rows == element).nonzero()[:, 0]
            if len(atoms):
                where = [(l * l + m, k) for l, n in enumerate(each.shells) for k in range(n) for m in range(2 * l + 1)]  # noqa: E741
                columns = torch.tensor(where, device=z.device).T
                yield atoms, first[atoms, None] + torch.arange(len(where), device=z.device), (columns[0], columns[1])


@cache
def density_basis() -> DensityBasis:
    """Return the basis of the shipped densities, def2-svp-jkfit with free atoms.

    The basis is that of Weigend, J. Comput. Chem. 29, 167 (2008). The free atoms of H B C N O F Si P S Cl Br I were
    computed at Hartree–Fock/def2-SVP, see ``tables/README.md``.
    """
    arrays = read_npz(TABLE, [*_ARRAYS, *_SPLINES], _REMEDY)
    elements = tuple(int(z) for z in arrays["elements"])
    most = int(arrays["shell"].max()) + 1
    shells = tuple(
        _shells({name: arrays[name][arrays["element"] == z] for name in _ARRAYS[2:6]}, most) for z in elements
    )
    free = make_free_atoms(
        arrays["log_density"] - 3 * np.log(BOHR),
        arrays["potential"] / BOHR,
        float(arrays["scale"]) * BOHR,
        float(arrays["step"]),
    )
    return DensityBasis(elements, shells, torch.from_numpy(arrays["electrons"]).double(), free)


def _shells(rows: dict[str, np.ndarray], most: int) -> ElementShells:
    degree, shell = torch.from_numpy(rows["degree"]).long(), torch.from_numpy(rows["shell"]).long()
    counts = tuple(int(shell[degree == l].max()) + 1 for l in range(int(degree.max()) + 1))  # noqa: E741
    contraction = torch.zeros(len(degree), most, dtype=torch.float64)
    # In Å: r^l and the density have their share of the unit.
    contraction[torch.arange(len(degree)), shell] = torch.from_numpy(rows["coefficient"]) * BOHR ** -(degree + 3.0)
    return ElementShells(counts, degree, torch.from_numpy(rows["exponent"]) / BOHR**2, contraction)


def matching(degree: Tensor, highest: int) -> Tensor:
    """``[P, (highest + 1)²]``, true where a harmonic has the degree of a primitive."""
    return degree[:, None] == harmonic_degrees(highest).to(degree.device)
