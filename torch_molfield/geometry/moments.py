"""Equivariant vectors of a molecule from which closed-form frames are made."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.geometry.smooth import safe_norm, segment_sum

#: Hydrogens turn with every methyl group: they serve as reference atoms only where no heavy atom is nearly as far out.
_HYDROGEN_PREFERENCE = 0.7
#: For the same reason the strength of a moment that hydrogens enter counts for less.
_HYDROGEN_STRENGTH = 0.4
_TINY = 1.0e-12


def atom_preference(z: Tensor) -> Tensor:
    """Factor ``[N]`` on an atom's distance when atoms compete for an axis."""
    return torch.where(z == 1, _HYDROGEN_PREFERENCE, 1.0)


def moment_elements(z: Tensor, batch: Tensor, count: int) -> Tensor:
    """Atomic numbers ``[N]`` as the moments see them: the only heavy atom of a molecule counts as a hydrogen.

    It lies near the centroid (ammonia, water, methane), where its direction says little and turns fast.
    """
    heavy = (z > 1).long()
    number = segment_sum(heavy, batch, count)
    return torch.where(number[batch] * heavy == 1, 1, z)


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
    weight = torch.stack([hetero, heavy * distance, hetero * inner, heavy * distance**3, 1.0 - heavy], dim=1)
    vectors = _total(weight, local, batch, count) / _noise(weight, batch, count)[:, :, None]
    return vectors * vectors.new_tensor([1.0, 1.0, 1.0, 1.0, _HYDROGEN_STRENGTH])[:, None]


def second_moments(
    z: Tensor, local: Tensor, beside: Tensor, along: Tensor, row: Tensor, axis: Tensor, strength: Tensor
) -> Tensor:
    """Vectors Σ_i w_k(Z_i, t_i) x_i across each first axis, over their noise, ``[A, K, 3]`` Å.

    t_i is the height of the atom on the axis a: moments that depend on it leave the axis where those of
    :func:`first_moments` all point along it. Their noise is that of the atoms, √Σ w², and that of the axis itself,
    |∂v/∂a| / strength with ∂v/∂a = Σ w′(t_i) x⊥ x⊥ᵀ − (a·v) (1 − a aᵀ).

    Args:
        z: ``[P]`` atomic numbers of the pairs (axis, atom).
        local: ``[P, 3]`` positions of the atoms relative to the centroid, Å.
        beside: ``[P, 3]`` their part perpendicular to the axis, Å.
        along: ``[P]`` height t of the atom on the axis, Å.
        row: ``[P]`` axis of each pair.
        axis: ``[A, 3]`` unit vectors.
        strength: ``[A]`` length (Å) of the vector that gave the axis.
    """
    count = axis.shape[0]
    weight, slope = _height_weights(z, along)
    total = _total(weight, local, row, count)
    height = (total * axis[:, None]).sum(-1)
    spread = _total(slope, (beside[:, :, None] * beside[:, None, :]).reshape(-1, 9), row, count)
    across = torch.eye(3, dtype=axis.dtype, device=axis.device) - axis[:, :, None] * axis[:, None, :]
    turn = (spread - height[:, :, None] * across.reshape(-1, 1, 9)).square().sum(-1)
    noise = (_noise(weight, row, count).square() + 0.5 * turn / strength.square()[:, None]).sqrt()
    vectors = (total - height[:, :, None] * axis[:, None]) / noise[:, :, None]
    return vectors * vectors.new_tensor([1.0, 1.0, 1.0, 1.0, 1.0, _HYDROGEN_STRENGTH])[:, None]


def _height_weights(z: Tensor, along: Tensor) -> tuple[Tensor, Tensor]:
    """Weights ``[P, K]`` as functions of the height, and their derivatives."""
    heavy, hetero = _elements(z, along.dtype)
    low = torch.sigmoid(-2.0 * along)
    bend = torch.tanh(along)
    terms = [
        (hetero * along.square(), 2.0 * hetero * along),
        (heavy * bend, heavy * (1.0 - bend.square())),
        (heavy * along**3, 3.0 * heavy * along.square()),
        (hetero * low, -2.0 * hetero * low * (1.0 - low)),
        (hetero, torch.zeros_like(along)),
        (bend, 1.0 - bend.square()),
    ]
    return torch.stack([w for w, _ in terms], dim=1), torch.stack([s for _, s in terms], dim=1)


def _elements(z: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """1 for heavy atoms, and 1 − 6/Z for them: zero for carbon, 0.14 N, 0.25 O, 0.63 S, −0.2 B."""
    heavy = (z > 1).to(dtype)
    return heavy, heavy * (1.0 - 6.0 / z)


def _total(weight: Tensor, rows: Tensor, segment: Tensor, count: int) -> Tensor:
    return segment_sum(weight[:, :, None] * rows[:, None, :], segment, count)


def _noise(weight: Tensor, segment: Tensor, count: int) -> Tensor:
    return (segment_sum(weight.square(), segment, count) + _TINY).sqrt()
