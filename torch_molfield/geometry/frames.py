"""Closed-form canonical frames: continuous, weighted, equivariant.

No single-valued continuous equivariant frame exists for all molecules (Dym, Lawrence, Siegel 2024, arXiv 2402.16077),
so a molecule gets a small set of frames with continuous weights. The origin is the centroid of the atoms. A frame is
a first axis, then a second direction made orthogonal to it, then their cross product; each of the two is chosen by

1. *moments*: vectors v_k = Σ_i w_k(Z_i, r_i)(x_i − c) / √Σ_i w_k², in a fixed order of preference. The normalisation
   makes |v_k| (Å) the signal of the moment over the noise that independent displacements of the atoms cause in it.
   The second axis uses weights w_k(Z_i, t_i) of the height t on the first, and counts the noise of the first too.
   Moment k takes the share ``smoothstep(|v_k|)`` of what the moments before it left; an ordinary asymmetric molecule
   gives everything to the first, so it has one frame.
2. *atoms*: what is left goes to the directions of the outermost atoms (for the second axis: those farthest from the
   first), with weights that fall to zero within a relative window below the largest. Symmetry-equivalent atoms get
   equal weights, so that methane, benzene or C60 have exactly as many frames as their rotation group or a small
   multiple.

Where all atoms lie on the first axis (farthest atom less than ``BEND[0]`` Å away), the frame is axial, and it changes
smoothly into generic frames until ``BEND[1]``. A single atom has one spherical frame.
"""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.data.validation import check_atoms
from torch_molfield.geometry.frame_set import AXIAL, GENERIC, SPHERICAL, FrameSet
from torch_molfield.geometry.moments import atom_preference, first_moments, moment_elements, second_moments
from torch_molfield.geometry.precision import full_precision
from torch_molfield.geometry.smooth import (
    break_stick,
    expand_segments,
    safe_norm,
    segment_sizes,
    segment_sum,
    select_largest,
    smooth_maximum,
    smoothstep,
)

#: Strength (Å, see the module) below which a vector gives no first axis, and above which it takes all.
FIRST_MARGIN = (0.3, 0.6)
#: The same for the second axis, whose strength already counts the noise of the first.
SECOND_MARGIN = (0.1, 0.2)
#: Distance (Å) of the farthest atom from the first axis: axial below, generic above.
BEND = (0.05, 0.4)
#: Relative window below the largest score in which atoms share the weight of a first axis.
WINDOW = 0.12
#: The window of the second axis narrows as 1 / atoms³ beyond this number: C60 has 240 frames, not 1560.
CROWDED = 20
#: A second atom on the far side of the origin is preferred by this factor; it halves the frames of benzene.
_OBTUSE = 0.4


@full_precision
def canonical_frames(z: Tensor, pos: Tensor, batch: Tensor | None = None) -> FrameSet:
    """Return the weighted canonical frames of each molecule.

    Equivariant under rotation and translation, independent of the order of atoms (as a set), continuous in ``pos``,
    differentiable (no eigen-decomposition), with determinant +1, so that mirror images differ. Computed in float64,
    returned in ``pos.dtype``. Memory is O(F·N): the only pairs of atoms are those of the selected first axes. No single
    continuous equivariant frame exists for all molecules (Dym, Lawrence, Siegel 2024, arXiv 2402.16077).

    Args:
        z: ``[N]`` atomic numbers.
        pos: ``[N, 3]`` Å.
        batch: ``[N]`` sorted molecule of each atom; ``None`` for one molecule.

    Returns:
        a named tuple of F frames of B molecules, ``x = R x* + origin[molecule]``, with ``rotation [F, 3, 3]``, whose
        columns are the canonical axes, ``origin [B, 3]`` Å, ``weight [F]``, which sums to 1 over each molecule,
        ``molecule [F]``, and ``kind [F]`` (0 generic, 1 of a linear molecule, 2 of a single atom).

    Raises:
        ValueError: for malformed atoms; the message names the molecule of the batch and says what to do.
    """
    return frames_of_checked(*check_atoms(z, pos, batch))


def frames_of_checked(z: Tensor, pos: Tensor, batch: Tensor) -> FrameSet:
    """:func:`canonical_frames` of atoms that have been checked."""
    origin, local = centred(pos, batch)
    seen = moment_elements(z, batch, origin.shape[0])
    first = first_moments(seen, local, batch, origin.shape[0])
    return frames_from_vectors(first, first[:, :0], seen, local, batch, origin, pos.dtype)


def centred(pos: Tensor, batch: Tensor, count: int | None = None) -> tuple[Tensor, Tensor]:
    """Centroids ``[B, 3]`` and positions relative to them ``[N, 3]``, Å, in float64; ``count`` is B where it is known,
    else it is read from ``batch``."""
    count = int(batch[-1]) + 1 if count is None else count
    exact = pos.double()
    origin = segment_sum(exact, batch, count) / segment_sizes(batch, count)[:, None]
    return origin, exact - origin[batch]


@full_precision
def frames_from_vectors(
    first: Tensor, second: Tensor, z: Tensor, local: Tensor, batch: Tensor, origin: Tensor, dtype: torch.dtype
) -> FrameSet:
    """Frames from equivariant vectors in order of preference, with the fall-backs of this module.

    Args:
        first: ``[B, K, 3]`` candidates of the first axis; their length is their strength (Å).
        second: ``[B, L, 3]`` candidates of the second axis, preferred to the moments; L may be 0.
        z: ``[N]`` atomic numbers as :func:`~torch_molfield.geometry.moments.moment_elements` gives them.
        local: ``[N, 3]`` positions relative to the origin, Å, float64.
        batch: ``[N]`` sorted molecule of each atom.
        origin: ``[B, 3]`` Å, float64.
        dtype: of the result.
    """
    owner, axis, strength, share = _first_axes(first, z, local, batch)
    generic = _generic_frames(second, z, local, batch, owner, axis, strength, share)
    single = torch.bincount(batch, minlength=origin.shape[0]) == 1
    lone = single.nonzero()[:, 0]
    identity = torch.eye(3, dtype=local.dtype, device=local.device).expand(lone.shape[0], 3, 3)
    parts = [*generic, (identity, local.new_ones(lone.shape[0]), lone, torch.full_like(lone, SPHERICAL))]
    rotation, weight, molecule, kind = (torch.cat(column) for column in zip(*parts, strict=True))
    kept = (weight > 0).nonzero()[:, 0]
    order = kept[torch.argsort(molecule[kept], stable=True)]
    return FrameSet(rotation[order].to(dtype), origin.to(dtype), weight[order].to(dtype), molecule[order], kind[order])


def _first_axes(vectors: Tensor, z: Tensor, local: Tensor, batch: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Molecule ``[A]``, unit axis ``[A, 3]``, strength ``[A]`` (Å) and share ``[A]`` of the first axes."""
    count, number, _ = vectors.shape
    many = torch.bincount(batch, minlength=count) > 1
    length = safe_norm(vectors)
    taken, left = break_stick(length, *FIRST_MARGIN)
    distance = safe_norm(local)
    chosen = select_largest(distance * atom_preference(z).to(local.dtype), batch, count, WINDOW) * left[batch]
    owner = torch.cat([torch.arange(count, device=batch.device).repeat_interleave(number), batch])
    axis = torch.cat([(vectors / length[..., None]).reshape(-1, 3), local / distance[:, None]])
    strength = torch.cat([length.reshape(-1), distance])
    share = torch.cat([taken.reshape(-1), chosen])
    kept = ((share > 0) & many[owner]).nonzero()[:, 0]
    return owner[kept], axis[kept], strength[kept], share[kept]


def _generic_frames(
    vectors: Tensor,
    z: Tensor,
    local: Tensor,
    batch: Tensor,
    owner: Tensor,
    axis: Tensor,
    strength: Tensor,
    share: Tensor,
) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Complete every first axis: by vectors, by atoms, and axially; ``(rotation, weight, molecule, kind)`` of each."""
    count, rows = vectors.shape[0], owner.shape[0]
    row, atom = expand_segments(owner, batch, count)
    along = (local[atom] * axis[row]).sum(-1)
    beside = local[atom] - along[:, None] * axis[row]
    distance = safe_norm(beside)
    bent = smoothstep(smooth_maximum(distance, row, rows), *BEND)

    by_height = second_moments(z[atom], local[atom], beside, along, row, axis, strength)
    across = torch.cat([_perpendicular(vectors[owner], axis[:, None]), by_height], dim=1)
    taken, left = break_stick(safe_norm(across), *SECOND_MARGIN)
    cosine = along / safe_norm(local[atom])
    score = distance * atom_preference(z).to(local.dtype)[atom] * (1.0 - _OBTUSE * cosine)
    sizes = torch.bincount(batch, minlength=count)[owner]
    window = WINDOW * (CROWDED / sizes.to(local.dtype)).clamp(max=1.0) ** 3
    chosen = select_largest(score, row, rows, window[row])

    by_moment = (share * bent)[:, None] * taken
    by_atom = (share * bent * left)[row] * chosen
    first = torch.arange(rows, device=owner.device).repeat_interleave(across.shape[1])
    return [
        _assemble(axis[first], across.reshape(-1, 3), by_moment.reshape(-1), owner[first], GENERIC),
        _assemble(axis[row], beside, by_atom, owner[row], GENERIC),
        _assemble(axis, _any_perpendicular(axis), share * (1.0 - bent), owner, AXIAL),
    ]


def _assemble(
    axis: Tensor, across: Tensor, weight: Tensor, molecule: Tensor, kind: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    kept = (weight > 0).nonzero()[:, 0]
    first, second = axis[kept], across[kept]
    second = second / safe_norm(second)[:, None]
    rotation = torch.stack([first, second, torch.linalg.cross(first, second)], dim=-1)
    return rotation, weight[kept], molecule[kept], torch.full_like(kept, kind)


def _perpendicular(vectors: Tensor, axis: Tensor) -> Tensor:
    return vectors - (vectors * axis).sum(-1, keepdim=True) * axis


def _any_perpendicular(axis: Tensor) -> Tensor:
    # The choice is arbitrary by the definition of an axial frame; the smallest component keeps it well-conditioned.
    helper = torch.nn.functional.one_hot(axis.detach().abs().argmin(dim=1), 3).to(axis.dtype)
    return _perpendicular(helper, axis)
