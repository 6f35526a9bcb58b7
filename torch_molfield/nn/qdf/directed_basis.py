"""Atomic functions with real angular parts, aimed by the neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.nn.qdf.bounds import Bounds
from torch_molfield.nn.qdf.molecule_block import MoleculeBlock
from torch_molfield.nn.qdf.orbital_basis import NOT_AIMED, OrbitalBasis, Orbitals, centres

#: Å⁻²; at the start neighbours up to about 2 Å count, and never much beyond 5 Å or within half a bond only
_NEAR, _REACHES = 0.3, Bounds(0.1, 2.0)


class DirectedBasis(OrbitalBasis):
    """A smooth :class:`OrbitalBasis` with real p functions: p and d functions are φ_n(r) = (x · v_n) exp(−ζ_n |x|²), 1s
    functions hybrids of s and p, (1 + x · v_n) exp(−ζ_n |x|²).

    x = r − R_A, and v_n = Σ_B c_n(Z_B) R_AB exp(−η_n |R_AB|²) is the direction in which the neighbours of the atom
    pull, c and η learned by element and label: the solid harmonics of ℓ = 1 of r and of the neighbours, multiplied. So
    the functions turn with the molecule, and a p function vanishes smoothly where an atom's surroundings have no
    direction.
    """

    directed: Tensor
    column: Tensor

    def __init__(self, elements: Sequence[int]) -> None:
        super().__init__(elements, smooth=True)
        directed = torch.tensor([label.rstrip("0123456789")[-1] in "pd" for label in self.labels])
        self.register_buffer("directed", directed, persistent=False)
        self.power[directed] = 0
        column = torch.zeros(MAX_ATOMIC_NUMBER + 1, dtype=torch.long)
        column[list(self.elements)] = torch.arange(len(self.elements))
        self.register_buffer("column", column, persistent=False)
        self.pull = nn.Parameter(torch.randn(len(self.labels), len(self.elements)))
        self.reach = nn.Parameter(_REACHES.free(torch.full((len(self.labels),), _NEAR)))

    def aim(self, orbitals: Orbitals, block: MoleculeBlock) -> Orbitals:
        """The functions with their directions."""
        kind, pos, centre = orbitals.kind, block.pos, centres(orbitals, block)
        away = pos[:, None] - centre[:, :, None]  # [B, n, A, 3]
        pull = self.pull[kind].gather(2, self.column[block.z][:, None].expand(-1, kind.shape[1], -1))
        near = torch.exp(-_REACHES.value(self.reach)[kind][..., None] * away.square().sum(-1))
        strength = pull * near * (block.present[:, None] & (self.power[kind] == 0)[..., None])
        direction = torch.einsum("bna,bnax->bnx", strength, away)
        return orbitals._replace(centre=centre, direction=direction, constant=(~self.directed[kind]).to(pos))

    def self_overlap(self, kind: Tensor, dtype: torch.dtype = torch.float64) -> Tensor:
        """∫ φ² of kinds: of a p function with |v| = 1, of a hybrid without its p part."""
        spread = 0.25 / self.exponents.to(dtype)[kind]
        own = self._round_overlap(spread) * spread
        return torch.where(self.directed[kind], own, super().self_overlap(kind, dtype))

    def _factor(self, orbitals: Orbitals, centre: Tensor) -> Tensor:
        """Of p functions x · v, of hybrids 1 + x · v; the functions must have been aimed."""
        direction, constant = orbitals.direction, orbitals.constant
        if direction is None or constant is None:
            raise ValueError(NOT_AIMED)
        along = (centre * direction).sum(-1, keepdim=True)
        aimed = torch.cat([direction, torch.zeros_like(along), constant[..., None] - 1 - along], -1)
        return super()._factor(orbitals, centre) + aimed
