"""Charges of atoms by the minimal basis iterative stockholder division of a density."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from torch_molfield.data.units import BOHR
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.quadrature import ball_grid
from torch_molfield.geometry.smooth import segment_sum
from torch_molfield.nn.gaussians.hirshfeld import free_shares

if TYPE_CHECKING:
    from torch_molfield.nn.gaussians.atom_density import AtomCenteredDensity

#: radii of each atom, Å; the degree of the sphere's rule
_RADII, _REACH, _DEGREE = 48, 7.0, 17
#: points that are looked at at once
_POINTS = 1 << 15
#: e of a point, below which it is left out
_ELECTRONS = 3e-8
#: electrons of the shells from the innermost one on; those of the last are what is left
_SHELLS = (2, 8, 8, 18, 18)
#: Å, beyond which a shell has no electrons
_NEAR = 5.5
#: e, of populations, and Å, of widths: smaller ones do not come back
_LEAST = 1e-10
#: largest change of an atom's electrons in the last step; most steps; longest extrapolation
_CONVERGED, _STEPS, _LONGEST = 1e-5, 300, 16.0


def mbis_charges(density: AtomCenteredDensity) -> Tensor:
    """Return atomic charges ``[N]`` e; their sums are the charges of the molecules.

    Minimal basis iterative stockholder division (Verstraelen et al., J. Chem. Theory Comput. 12, 3894, 2016): every
    atom is a sum of spherical exponential functions, one for each electron shell. Their populations and widths are
    iterated until each is that of the share that the function has of the density.

    The density is summed over spheres about the atoms, 48 radii by 110 directions, which share space in the ratio of
    free densities over r² (Delley, J. Chem. Phys. 92, 508, 1990). A negative density, which a learned one may have far
    outside, counts as 0. Charges are accurate to about 0.003 e, also under rotation of the molecule. Time and memory
    grow with the atoms times their neighbours within 5.5 Å. There are no derivatives.

    Raises:
        RuntimeError: where the iterations do not converge.
    """
    with torch.no_grad():
        return torch.cat([_charges(density.single(k)) for k in range(density.num_molecules)])


def _charges(density: AtomCenteredDensity) -> Tensor:
    nuclear = density.basis.nuclear_charge(density.z).double()
    atom, start = _free_atoms(density.z.tolist(), nuclear.tolist())
    division = _Division(density, atom.to(density.pos.device))
    logs = start.to(density.pos.device).log()
    for _ in range(_STEPS):
        first = division.step(logs)
        second = division.step(first)
        change, curvature = first - logs, second - 2 * first + logs
        if float(division.electrons_of(second).sub(division.electrons_of(first)).abs().max()) < _CONVERGED:
            return (nuclear - division.electrons_of(second)).to(density.pos.dtype)
        # SQUAREM (Varadhan and Roland, Scand. J. Stat. 35, 335, 2008): the step that a geometric series would need
        length = (change.norm() / curvature.norm()).clamp(1.0, _LONGEST)
        logs = division.step(logs + 2 * length * change + length**2 * curvature)
    raise RuntimeError(f"MBIS charges did not converge in {3 * _STEPS} iterations; use those of another kind.")


class _Division:
    """The shells of all atoms of a molecule at the points around them.

    What is iterated is ``[2, S]``, the logarithms of populations N (e) and widths s (Å) of N exp(−r/s) / (8π s³).
    """

    def __init__(self, density: AtomCenteredDensity, atom: Tensor) -> None:
        points, electrons = _points(density)
        self.electrons = (electrons * (density.num_electrons[0].double() / electrons.sum())).to(density.pos)
        self.atom, self.count = atom, len(density.z)
        pair_point, pair_atom = neighbor_pairs(points, density.pos, _NEAR)
        distance = (points[pair_point] - density.pos[pair_atom]).norm(dim=1)
        # pairs of a point and a shell: those of the first shells of the atoms, of the second ones, ...
        shells = torch.bincount(atom, minlength=self.count)
        first = torch.cumsum(shells, 0) - shells
        chosen = [shells[pair_atom] > k for k in range(int(shells.max()))]
        self.shell = torch.cat([first[pair_atom[some]] + k for k, some in enumerate(chosen)])
        self.point = torch.cat([pair_point[some] for some in chosen])
        self.distance = torch.cat([distance[some] for some in chosen])

    def step(self, logs: Tensor) -> Tensor:
        """Populations and widths of the shares that the shells have of the density."""
        population, width = logs.exp()
        height = (population / (8 * math.pi * width**3)).to(self.distance)
        value = height[self.shell] * torch.exp(self.distance * (-1 / width).to(self.distance)[self.shell])
        whole = segment_sum(value, self.point, len(self.electrons)).clamp(min=torch.finfo(value.dtype).tiny)
        share = value * (self.electrons / whole)[self.point]
        sums = logs.new_zeros(2, len(population))
        sums[0].index_add_(0, self.shell, share.double())
        sums[1].index_add_(0, self.shell, (share * self.distance).double())
        return torch.stack([sums[0], sums[1] / (3 * sums[0])]).clamp(min=_LEAST).log()

    def electrons_of(self, logs: Tensor) -> Tensor:
        """``[N]`` e of the atoms."""
        return segment_sum(logs[0].exp(), self.atom, self.count)


def _free_atoms(z: list[int], nuclear: list[float]) -> tuple[Tensor, Tensor]:
    """Atoms ``[S]``, and populations and widths ``[2, S]``, of the shells of free atoms, whose exponents are from twice
    the charge of the nucleus to 2 in bohr⁻¹."""
    atoms, populations, widths = [], [], []
    for k, (number, charge) in enumerate(zip(z, nuclear, strict=True)):
        held = _electrons(number, charge)
        for i, electrons in enumerate(held):
            share = i / (len(held) - 1) if len(held) > 1 else 1.0
            atoms.append(k)
            populations.append(electrons)
            widths.append(BOHR / (2 * charge ** (1 - share)))
    return torch.tensor(atoms), torch.tensor([populations, widths], dtype=torch.float64)


def _electrons(z: int, charge: float) -> list[float]:
    """Electrons of the shells of a free atom; those of an effective core are missing from the inside."""
    held = []
    core, left = z - charge, float(z)
    for size in _SHELLS:
        shell = min(float(size), left)
        hidden = min(core, shell)
        core, left = core - hidden, left - shell
        if shell > hidden:
            held.append(shell - hidden)
    return held


def _points(density: AtomCenteredDensity) -> tuple[Tensor, Tensor]:
    """``[Q, 3]`` Å and ``[Q]`` e, the electrons at points around all atoms of a molecule."""
    local, weight = (part.to(density.pos.device) for part in ball_grid(_RADII, _REACH, _DEGREE))
    points, electrons = [], []
    for some in torch.arange(len(density.pos), device=density.pos.device).split(max(1, _POINTS // len(local))):
        place = (density.pos[some, None] + local.to(density.pos)).flatten(0, 1)
        home = some.repeat_interleave(len(local))
        share, point, atom = free_shares(density, place, torch.zeros_like(home), power=2)
        own = atom == home[point]
        held = weight.new_zeros(len(place)).index_add(0, point[own], share[own].double())
        held = held * weight.repeat(len(some)) * density(place)[:, 0].double()
        kept = held > _ELECTRONS
        points.append(place[kept])
        electrons.append(held[kept])
    return torch.cat(points), torch.cat(electrons)
