"""Electron densities that are sums of functions centred on atoms, in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property, partial

import torch
from torch import Tensor

from torch_molfield.data.validation import check_atoms
from torch_molfield.functions.base import FieldFunction
from torch_molfield.geometry.precision import full_precision
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.nn.gaussians.atom_expansion import ElementAtoms, group_atoms, multipoles, sum_near
from torch_molfield.nn.gaussians.atom_potential import AtomCenteredPotential
from torch_molfield.nn.gaussians.density_basis import DensityBasis, density_basis
from torch_molfield.nn.gaussians.fitted_charges import fitted_charges
from torch_molfield.nn.gaussians.hirshfeld import hirshfeld_multipoles
from torch_molfield.nn.gaussians.mbis import mbis_charges
from torch_molfield.nn.gaussians.on_lattice import add_atoms
from torch_molfield.surface.lattice import Lattice

#: exponential of this is taken for nothing; a processor is slow with numbers of float32 below 1e-38
_NOTHING = -60.0
#: kinds of charges of atoms
CHARGES = ("hirshfeld", "mbis", "esp")


class AtomCenteredDensity(FieldFunction):
    """Electron density ρ(r) = Σ_A ρ_Z(r − R_A) + Σ c χ(r) in e/Å³: free atoms, and Gaussians times solid harmonics.

    It holds all electrons of the atoms except those of effective cores (iodine has 25 electrons). Differentiable in
    points, positions and coefficients. What lies too far from a point to matter is left out: less than ``tolerance``
    per atom.

    Args:
        z: ``[N]`` atomic numbers.
        pos: ``[N, 3]`` Å.
        tokens: coefficients c ``[N, (L + 1)², K]`` in the order of :class:`~torch_molfield.nn.gaussians.DensityBasis`;
            ``None`` gives the free atoms alone.
        batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.
        free_atoms: whether the free atoms are included; without them it is the deformation density.
        tolerance: e/Å³.

    Attributes:
        potential: the electrostatic potential of nuclei and electrons,
            :class:`~torch_molfield.nn.gaussians.AtomCenteredPotential`.

    Raises:
        ValueError: for malformed atoms, elements that the basis does not have, or tokens of another shape.
    """

    channels = ("electron_density",)
    units = "e/Å^3"

    def __init__(
        self,
        z: Tensor,
        pos: Tensor,
        tokens: Tensor | None = None,
        batch: Tensor | None = None,
        free_atoms: bool = True,
        tolerance: float = 1e-7,
    ) -> None:
        self.basis: DensityBasis = density_basis()
        self.z, self.pos, self.batch = check_atoms(z, pos, batch)
        self.basis.check(self.z, self.batch)
        if tokens is not None and tokens.shape != (len(z), *self.basis.shape):
            raise ValueError(f"tokens must have shape {[len(z), *self.basis.shape]}, got {list(tokens.shape)}.")
        self.tokens, self.free_atoms, self.tolerance = tokens, free_atoms, tolerance
        self._num_molecules = int(self.batch[-1]) + 1

    @classmethod
    def from_coefficients(
        cls, z: Tensor, pos: Tensor, coefficients: Tensor, batch: Tensor | None = None, free_atoms: bool = True
    ) -> AtomCenteredDensity:
        """Make a density from a row of coefficients ``[functions]`` in PySCF's order: atoms, shells by l, m.

        Raises:
            ValueError: for another number of coefficients, and as the class does.
        """
        basis = density_basis()
        z, pos, batch = check_atoms(z, pos, batch)
        basis.check(z, batch)
        return cls(z, pos, basis.to_tokens(z, coefficients), batch, free_atoms)

    @property
    def places(self) -> Tensor:
        return self.pos

    @property
    def num_molecules(self) -> int:
        return self._num_molecules

    def single(self, molecule: int) -> AtomCenteredDensity:
        """Return the density of one molecule of the batch.

        Raises:
            ValueError: for an index that is not in the batch.
        """
        self.check_molecule(molecule)
        here = self.batch == molecule
        tokens = None if self.tokens is None else self.tokens[here]
        return AtomCenteredDensity(self.z[here], self.pos[here], tokens, None, self.free_atoms, self.tolerance)

    def detach(self) -> AtomCenteredDensity:
        """Return the same density without its autograd graph."""
        tokens = None if self.tokens is None else self.tokens.detach()
        return AtomCenteredDensity(self.z, self.pos.detach(), tokens, self.batch, self.free_atoms, self.tolerance)

    def without_free_atoms(self) -> AtomCenteredDensity:
        """Return the deformation density: what the functions add to the free atoms."""
        return AtomCenteredDensity(self.z, self.pos, self.tokens, self.batch, False, self.tolerance)

    @full_precision
    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """``[Q, 1]`` for one chunk of checked points."""
        total = points.new_zeros(len(points))
        for atoms in self.groups:
            shells = atoms.shells
            radial = partial(_gaussians, shells.exponent.to(points))
            free = partial(self.basis.free.density, atoms.element) if self.free_atoms else torch.zeros_like
            total = total + sum_near(points, points_batch, atoms, self._cutoff(atoms), radial, free)
        return total[:, None]

    def _cutoff(self, atoms: ElementAtoms) -> Tensor:
        """``[A]`` Å beyond which an atom matters less than the tolerance."""
        cutoff = atoms.reach(self.tolerance)
        return cutoff.clamp(min=self.basis.free.reach_of(atoms.element, self.tolerance)) if self.free_atoms else cutoff

    @torch.no_grad()
    @full_precision
    def lattice_values(self, origin: Tensor, spacing: float, shape: tuple[int, int, int]) -> Tensor:
        """Return ``[nx, ny, nz, 1]`` at the nodes of a cubic grid, evaluated one axis at a time."""
        values = self.pos.new_zeros(shape)
        axes = [at + spacing * torch.arange(count).to(origin) for at, count in zip(origin, shape, strict=True)]
        for atoms in self.groups:
            free = partial(self.basis.free.density, atoms.element) if self.free_atoms else None
            add_atoms(values, axes, atoms, self._cutoff(atoms), free)
        return values[..., None]

    def on_lattice(self, channel: int) -> Callable[[Lattice], Tensor]:
        """Return the function that gives values at the nodes of a lattice, by :meth:`lattice_values`."""
        return lambda lattice: self.lattice_values(
            torch.from_numpy(lattice.origin), lattice.spacing, lattice.shape
        ).squeeze(-1)

    @cached_property
    def groups(self) -> list[ElementAtoms]:
        """The atoms by element, in the dtype of the positions."""
        return group_atoms(self.basis, self.z, self.pos, self.batch, self.tokens)

    @property
    def potential(self) -> AtomCenteredPotential:
        """The electrostatic potential of nuclei and electrons, a function of space in V."""
        return AtomCenteredPotential(self)

    @property
    def num_electrons(self) -> Tensor:
        """Number of electrons ``[B]``, ∫ρ, exact; without free atoms that of the deformation density."""
        held = self.function_electrons
        if self.free_atoms:
            held = held + self.basis.nuclear_charge(self.z).to(held)
        return segment_sum(held, self.batch, self.num_molecules)

    @property
    def function_electrons(self) -> Tensor:
        """Number of electrons ``[N]`` in the functions of each atom, in addition to its free atom."""
        return -self._moments()[0]

    @property
    def function_dipoles(self) -> Tensor:
        """Dipoles ``[N, 3]`` e Å of the electrons in the functions of each atom, about the atom."""
        return -self._moments()[1]

    @cached_property
    def hirshfeld(self) -> tuple[Tensor, Tensor]:
        """Hirshfeld charges ``[N]`` e and dipoles ``[N, 3]`` e Å about the atoms.

        See :func:`~torch_molfield.nn.gaussians.hirshfeld.hirshfeld_multipoles`.
        """
        return hirshfeld_multipoles(self)

    @property
    def charges(self) -> Tensor:
        """Hirshfeld charges ``[N]`` in e; their sums are the charges of the molecules."""
        return self.hirshfeld[0]

    @property
    def atomic_dipoles(self) -> Tensor:
        """Hirshfeld dipoles ``[N, 3]`` in e Å about the atoms; with :attr:`charges` they give :attr:`dipole`."""
        return self.hirshfeld[1]

    def atomic_charges(self, kind: str = "hirshfeld") -> Tensor:
        """Return atomic charges ``[N]`` in e.

        Args:
            kind: ``"hirshfeld"``, ``"mbis"``, of the minimal basis iterative stockholder division
                (:func:`~torch_molfield.nn.gaussians.mbis.mbis_charges`), or ``"esp"``, fitted to the potential outside
                the molecule (:func:`~torch_molfield.nn.gaussians.fitted_charges.fitted_charges`).

        Raises:
            ValueError: for another kind.
        """
        if kind not in CHARGES:
            raise ValueError(f"charges of the kind {kind!r} are unknown; choose one of {', '.join(CHARGES)}.")
        if kind == "hirshfeld":
            return self.charges
        return mbis_charges(self) if kind == "mbis" else fitted_charges(self)

    @property
    def dipole(self) -> Tensor:
        """Dipole ``[B, 3]`` in e Å of nuclei and electrons, about the centre of the nuclear charges."""
        charge, dipole, _ = self._moments()
        x = self._centred()
        return segment_sum(charge[:, None] * x + dipole, self.batch, self.num_molecules)

    @property
    def quadrupole(self) -> Tensor:
        """Traceless quadrupole ``[B, 3, 3]`` in e Å², about the centre of the nuclear charges.

        In Buckingham's convention: Σ q (3 x xᵀ − x²) / 2.
        """
        charge, dipole, quadrupole = self._moments()
        x = self._centred()
        outer = charge[:, None, None] * x[:, :, None] * x[:, None] + x[:, :, None] * dipole[:, None]
        outer = outer + dipole[:, :, None] * x[:, None]
        return segment_sum(_traceless(outer) + quadrupole, self.batch, self.num_molecules)

    def _moments(self) -> tuple[Tensor, Tensor, Tensor]:
        """Charge ``[N]`` e, dipole ``[N, 3]`` e Å and traceless quadrupole ``[N, 3, 3]`` e Å² of each atom."""
        rows = self.basis.rows(self.z)
        found = self.pos.new_zeros(len(self.z), 9)
        for atoms in self.groups:
            here = (rows == atoms.element).nonzero()[:, 0]
            found = found.index_copy(0, here, multipoles(atoms)[:, :9])
        charge = -math.sqrt(4 * math.pi) * found[:, 0]
        return charge, -math.sqrt(4 * math.pi / 3) * found[:, 1:4], -_cartesian(found[:, 4:])

    def _centred(self) -> Tensor:
        weight = self.basis.nuclear_charge(self.z).to(self.pos)
        total = segment_sum(weight, self.batch, self.num_molecules)
        centre = segment_sum(weight[:, None] * self.pos, self.batch, self.num_molecules) / total[:, None]
        return self.pos - centre[self.batch]


def _gaussians(exponent: Tensor, squared: Tensor) -> Tensor:
    return torch.exp((squared[..., None] * -exponent).clamp(min=_NOTHING))


def _traceless(outer: Tensor) -> Tensor:
    """(3 M − tr M) / 2 of ``[..., 3, 3]``."""
    trace = outer.diagonal(dim1=-2, dim2=-1).sum(-1)
    return 1.5 * outer - 0.5 * trace[..., None, None] * torch.eye(3, dtype=outer.dtype, device=outer.device)


def _cartesian(moments: Tensor) -> Tensor:
    """The traceless quadrupole ∫ρ (3 x xᵀ − x²) / 2 ``[N, 3, 3]`` of ∫ρ r² Y_2m ``[N, 5]``."""
    xy, yz, zz, xz, difference = (moments * math.sqrt(4 * math.pi / 5)).unbind(-1)
    root = math.sqrt(3) / 2
    rows = [
        [root * difference - zz / 2, root * xy, root * xz],
        [root * xy, -root * difference - zz / 2, root * yz],
        [root * xz, root * yz, zz],
    ]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
