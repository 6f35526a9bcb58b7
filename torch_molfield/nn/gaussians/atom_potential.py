"""The electrostatic potential of nuclei and of an electron density of functions centred on atoms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from torch_molfield.data.units import COULOMB
from torch_molfield.functions.base import FieldFunction
from torch_molfield.geometry.precision import full_precision
from torch_molfield.geometry.ragged import expand_ranges, row_pointers
from torch_molfield.nn.gaussians.atom_expansion import ElementAtoms, far_potential, multipoles, sum_near
from torch_molfield.nn.gaussians.boys import boys

if TYPE_CHECKING:
    from torch_molfield.nn.gaussians.atom_density import AtomCenteredDensity

#: where every a r² is above it, multipoles are exact to 1e-6 of a function's own potential
_POINTLIKE = 26.0
#: pairs of a point and an atom beyond that, evaluated at once
_PAIRS = 1 << 16
#: Å², nearer to a nucleus than which there is no potential
_NUCLEUS = 1e-12


class AtomCenteredPotential(FieldFunction):
    """Electrostatic potential in V (eV/e) of nuclei and electrons, in closed form; times 23.0605 in kcal/mol/e.

    Near an atom the potentials of Gaussians are exact (Boys functions) and those of free atoms are splines of exact
    values; farther away the functions are replaced by their multipoles, which give the same potential there. Every atom
    is included at any distance.

    Args:
        density: the electron density, :class:`~torch_molfield.nn.gaussians.AtomCenteredDensity`; if it is without free
            atoms, this is the potential of the deformation density.

    Raises:
        ValueError: when called with a point on a nucleus, where the potential is infinite.
    """

    channels = ("potential",)
    units = "V"

    def __init__(self, density: AtomCenteredDensity) -> None:
        self.density = density

    @property
    def places(self) -> Tensor:
        return self.density.pos

    @property
    def num_molecules(self) -> int:
        return self.density.num_molecules

    def single(self, molecule: int) -> AtomCenteredPotential:
        """Return the potential of one molecule of the batch.

        Raises:
            ValueError: for an index that is not in the batch.
        """
        return AtomCenteredPotential(self.density.single(molecule))

    def detach(self) -> AtomCenteredPotential:
        """Return the same potential without its autograd graph."""
        return AtomCenteredPotential(self.density.detach())

    @full_precision
    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """``[Q, 1]`` for one chunk of checked points."""
        total = points.new_zeros(len(points))
        for atoms in self.density.groups:
            near = max((_POINTLIKE / float(atoms.shells.exponent.min())) ** 0.5, 8.0)
            blocks = [(l, atoms.shells.exponent[atoms.shells.degree == l]) for l in range(atoms.shells.highest + 1)]  # noqa: E741
            radial = partial(_potentials, [(l, exponent.to(points)) for l, exponent in blocks])  # noqa: E741
            cutoff = points.new_full((len(atoms.pos),), near)
            total = total - sum_near(points, points_batch, atoms, cutoff, radial, self._atom(atoms.element))
            if self.density.tokens is not None:
                total = total - _sum_far(points, points_batch, atoms, near)
        return COULOMB * total[:, None]

    def _atom(self, element: int) -> Callable[[Tensor], Tensor]:
        """Minus the potential of a nucleus and its free atom, e/Å."""
        if not self.density.free_atoms:
            return torch.zeros_like
        basis = self.density.basis
        charge = float(basis.electrons[element])

        def shielded(squared: Tensor) -> Tensor:
            if bool((squared.detach() < _NUCLEUS).any()):
                raise ValueError("points: a query lies on a nucleus, where V is infinite; move it.")
            inside = squared < basis.free.reach**2
            return (basis.free.repulsion(element, squared) - charge * squared.rsqrt()) * inside

        return shielded


def _potentials(blocks: list[tuple[int, Tensor]], squared: Tensor) -> Tensor:
    """``[..., P]`` of ∫ exp(−a r²) r^l Y_lm / distance = (2π/a) F_l(a r²) r^l Y_lm, without r^l Y_lm."""
    parts = [2 * torch.pi / a * boys(squared[..., None] * a, l) for l, a in blocks]  # noqa: E741
    return torch.cat(parts, dim=-1)


def _sum_far(points: Tensor, points_batch: Tensor, atoms: ElementAtoms, near: float) -> Tensor:
    """``[Q]`` sums over the atoms beyond ``near`` Å, as multipoles, e/Å."""
    moments = multipoles(atoms)
    pointers = row_pointers(atoms.batch, max(int(points_batch.max()), int(atoms.batch.max())) + 1)
    total = points.new_zeros(len(points))
    most = max(1, int(pointers.diff().max()))
    for chunk in torch.arange(len(points), device=points.device).split(max(1, _PAIRS // most)):
        row, atom = expand_ranges(pointers[points_batch[chunk]], pointers[points_batch[chunk] + 1])
        away = points[chunk[row]] - atoms.pos[atom]
        far = away.square().sum(-1) > near**2
        if bool(far.any()):
            row, atom, away = row[far], atom[far], away[far]
            value = far_potential(away[:, None], moments[atom], atoms.shells.highest)[:, 0]
            total = total.index_add(0, chunk[row], value)
    return total
