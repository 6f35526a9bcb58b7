"""Molecular functions as linear combinations of atomic ones, normalised to the number of electrons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torch_molfield.geometry.atom_grids import AtomGrid
from torch_molfield.geometry.gaussian_overlap import gaussian_overlap
from torch_molfield.nn.qdf.molecule_block import CELLS, GridPart, MoleculeBlock
from torch_molfield.nn.qdf.orbital_basis import OrbitalBasis, Orbitals
from torch_molfield.nn.qdf.passes import Passes

#: overlaps held at once; bounds memory, not the result
OVERLAPS = 1 << 21


class MolecularFunctions(NamedTuple):
    """ψ of a block of molecules.

    Attributes:
        orbitals: the atomic functions. amplitudes: ``[B, n, D]`` a.
        points: ``(part, ψ [B, P, D])`` for all integration points.
    """

    orbitals: Orbitals
    amplitudes: Tensor
    points: Iterable[tuple[GridPart, Tensor]]


class LCAO(nn.Module):
    """ψ_d(r) = Σ_n φ_n(r) a_nd with ∫ ψ_d² = N_e / D, d = 1 … D (Tsubaki and Mizoguchi 2020).

    a_nd = s_d ĉ_nd / ‖φ_n‖, where ĉ are learned coefficients by element and label, normalised over the functions of the
    molecule, and s_d is what makes ρ = Σ_d ψ_d² hold N_e electrons. Norms are integrals in closed form where the basis
    is smooth, else sums over the points.

    Args:
        basis: the atomic functions.
        width: D.
    """

    def __init__(self, basis: OrbitalBasis, width: int) -> None:
        super().__init__()
        self.basis, self.width = basis, width
        self.coefficient = nn.Parameter(torch.randn(len(basis.labels), width))

    def forward(self, block: MoleculeBlock, grid: AtomGrid) -> MolecularFunctions:
        orbitals = self.basis.aim(self.basis.orbitals(block.z), block)
        keep = block.pairs(grid) <= CELLS
        values = Passes(
            lambda: ((part, self.basis(part.squared, orbitals, part.points)) for part in block.grid_parts(grid)),
            keep and not self.basis.smooth,
        )
        if self.basis.smooth:
            amplitudes = self._in_space(orbitals, block)
            return MolecularFunctions(
                orbitals, amplitudes, Passes(lambda: ((part, phi @ amplitudes) for part, phi in values), False)
            )
        return self._on_points(orbitals, block, values, keep)

    def _on_points(
        self, orbitals: Orbitals, block: MoleculeBlock, values: Passes[tuple[GridPart, Tensor]], keep: bool
    ) -> MolecularFunctions:
        """With norms Σ_p w_p f_p²."""
        square = _total(torch.einsum("bp,bpn->bn", part.weight, phi.square()) for part, phi in values)
        start = self._normalised(orbitals) / square.sqrt()[..., None]
        started = Passes(lambda: ((part, phi @ start) for part, phi in values), keep)
        square = _total(torch.einsum("bp,bpd->bd", part.weight, psi.square()) for part, psi in started)
        scale = self._scale(block.electrons, square)
        return MolecularFunctions(
            orbitals, start * scale, Passes(lambda: ((part, psi * scale) for part, psi in started), False)
        )

    def _in_space(self, orbitals: Orbitals, block: MoleculeBlock) -> Tensor:
        """Amplitudes with norms ∫ f² over all space, exact to rounding; in training to that of the points."""
        kind = block.pos.dtype if self.training else torch.float64
        functions = self.basis.gaussians(orbitals, block.pos.to(kind))
        start = self._normalised(orbitals).to(kind) / self.basis.self_overlap(orbitals.kind, kind).sqrt()[..., None]
        count = start.shape[1]
        step = max(1, OVERLAPS // (len(start) * count))
        rows = [slice(k, k + step) for k in range(0, count, step)]
        square = _total(
            (start[:, some] * (gaussian_overlap(functions.rows(some), functions) @ start)).sum(1) for some in rows
        )
        return (start * self._scale(block.electrons.to(kind), square)).to(block.pos.dtype)

    def _normalised(self, orbitals: Orbitals) -> Tensor:
        """ĉ ``[B, n, D]``, 0 for padding."""
        return nn.functional.normalize(self.coefficient[orbitals.kind] * orbitals.present[..., None], dim=1)

    def _scale(self, electrons: Tensor, square: Tensor) -> Tensor:
        """``[B, 1, D]`` by which functions of norm² ``square [B, D]`` get N_e / D."""
        return (electrons[:, None] / self.width / square).sqrt()[:, None]


def _total(parts: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(parts)).sum(0)
