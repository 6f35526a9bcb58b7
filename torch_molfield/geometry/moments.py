"""Equivariant vectors of a molecule from which closed-form frames are made."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.geometry.smooth import safe_norm, segment_sum

#: Hydrogens turn with every methyl group: they serve as reference atoms only where no heavy atom is nearly as far out.
_HYDROGEN_PREFERENCE = 0.7
_TINY = 1.0e-12


def atom_preference(z: Tensor) -> Tensor:
    """Factor ``[N]`` on an atom's distance when atoms compete for an axis."""
    return torch.where(z == 1, _HYDROGEN_PREFERENCE, 1.0)


def first_moments(z: Tensor, local: Tensor, batch: Tensor, count: int) -> Tensor:
    """Vectors Σ_i w_k(Z_i, r_i) x_i / √Σ_i w_k² in order of preference, ``[B, K, 3]`` Å.

    Args:
        z: ``[N]`` atomic numbers.
        local: ``[N, 3]`` positions relative to the centroid, Å.
        batch: ``[N]`` molecule of each atom.
        count: number of molecules B.

    Returns:
        Vectors whose length is their strength: atoms displaced at random by σ turn one by about σ / length.
    """
    distance = safe_norm(local)
    heavy, hetero = _elements(z, local.dtype)
    inner = torch.exp(-distance.square() / 8.0)
    weight = torch.stack([hetero, heavy * distance, hetero * inner, 1.0 - heavy, heavy * distance**3], dim=1)
    return _normalised(weight, local, batch, count)


def second_moments(z: Tensor, local: Tensor, along: Tensor, row: Tensor, count: int) -> Tensor:
    """Vectors Σ_i w_k(Z_i, t_i) x_i / √Σ_i w_k² of each first axis, ``[A, K, 3]`` Å; t is the height on the axis.

    Moments that depend on t bend away from the axis where those of :func:`first_moments` all point along it.

    Args:
        z: ``[P]`` atomic numbers of the pairs (axis, atom).
        local: ``[P, 3]`` positions of the atoms relative to the centroid, Å.
        along: ``[P]`` height t of the atom on the axis, Å.
        row: ``[P]`` axis of each pair.
        count: number of axes A.
    """
    heavy, hetero = _elements(z, local.dtype)
    low_end = torch.sigmoid(-2.0 * along)
    weight = torch.stack(
        [
            hetero * low_end,
            hetero * along.square(),
            heavy * along,
            heavy * along.square(),
            heavy * along**3,
        ],
        dim=1,
    )
    return _normalised(weight, local, row, count)


def _elements(z: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """1 for heavy atoms, and 1 − 6/Z for them: zero for carbon, 0.14 N, 0.25 O, 0.63 S, −0.2 B."""
    heavy = (z > 1).to(dtype)
    return heavy, heavy * (1.0 - 6.0 / z)


def _normalised(weight: Tensor, local: Tensor, segment: Tensor, count: int) -> Tensor:
    total = segment_sum(weight[:, :, None] * local[:, None, :], segment, count)
    noise = (segment_sum(weight.square(), segment, count) + _TINY).sqrt()
    return total / noise[:, :, None]
