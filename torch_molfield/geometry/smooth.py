"""Smooth building blocks on ragged batches: steps, maxima and selections with segments instead of padding."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_molfield.geometry.memory import require_memory

#: Squared lengths (Å²) below this count as zero; keeps the gradient of a norm finite at the origin.
_TINY_SQUARE = 1.0e-24
#: Square (Å²) of the softness of a norm that is differentiated twice.
_SOFT_SQUARE = 1.0e-6
#: Exponent of a smooth maximum: values 10 % below the largest contribute exp(-3.4) of it.
_LEHMER_POWER = 32
#: Exponent × window of a selection: its smooth maximum resolves what the window does.
_SELECTION_POWER = 4.0


def smoothstep(value: Tensor, low: float, high: float) -> Tensor:
    """C² step from 0 at ``low`` to 1 at ``high``: 6t⁵ − 15t⁴ + 10t³."""
    t = ((value - low) / (high - low)).clamp(0.0, 1.0)
    return t * t * t * (t * (6.0 * t - 15.0) + 10.0)


def safe_norm(vectors: Tensor) -> Tensor:
    """Length over the last dimension with a zero (not NaN) gradient at the origin, ``[..., 3] -> [...]``."""
    return vectors.square().sum(-1).clamp(min=_TINY_SQUARE).sqrt()


def soft_norm(vectors: Tensor) -> Tensor:
    """√(|v|² + s²), s = 1e-3 Å, over the last dimension: smooth everywhere, ``[..., 3] -> [...]``.

    An even function of it has the right second derivatives also at the origin, where those of |v| do not exist.
    """
    return (vectors.square().sum(-1) + _SOFT_SQUARE).sqrt()


def segment_sum(values: Tensor, segment: Tensor, count: int) -> Tensor:
    """Sum rows of ``values [M, ...]`` by ``segment [M]`` into ``[count, ...]``."""
    return values.new_zeros(count, *values.shape[1:]).index_add(0, segment, values)


def segment_sizes(segment: Tensor, count: int) -> Tensor:
    """``[count]`` int64, rows of each of ``segment [M]``; unlike ``bincount`` it does not wait for a GPU."""
    return segment.new_zeros(count).index_add(0, segment, torch.ones_like(segment))


def smooth_maximum(values: Tensor, segment: Tensor, count: int, power: float | Tensor = _LEHMER_POWER) -> Tensor:
    """Lehmer mean Σsᵖ⁺¹/Σsᵖ of non-negative ``values [M]`` per segment: smooth, scale-free, never above the maximum."""
    largest = values.new_zeros(count).scatter_reduce(0, segment, values.detach(), "amax")
    # The mean is invariant to this scale, so that detaching it leaves the gradient exact.
    share = (values / largest.clamp(min=_TINY_SQUARE**0.5)[segment]) ** power
    total = segment_sum(share, segment, count).clamp(min=_TINY_SQUARE)
    return segment_sum(values * share, segment, count) / total


def select_largest(score: Tensor, segment: Tensor, count: int, window: float | Tensor) -> Tensor:
    """Weights ``[M]``, normalised per segment, of the scores within a relative ``window`` (or ``[M]``) of the largest.

    Equal scores get equal weights; a score that leaves the window does so with two continuous derivatives.
    """
    top = smooth_maximum(score, segment, count, _SELECTION_POWER / window)
    weight = smoothstep((score / top.clamp(min=_TINY_SQUARE**0.5)[segment] - (1.0 - window)) / window, 0.0, 1.0)
    return weight / segment_sum(weight, segment, count).clamp(min=_TINY_SQUARE)[segment]


def break_stick(margin: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Give candidates their weight in order: ``margin [M, K] -> (weight [M, K], remainder [M])``.

    Candidate k gets ``step(margin_k)`` of what its predecessors left; a solid first candidate leaves nothing.
    """
    step = smoothstep(margin, low, high)
    left = torch.cumprod(1.0 - step, dim=1)
    before = torch.cat([torch.ones_like(left[:, :1]), left[:, :-1]], dim=1)
    return step * before, left[:, -1]


def expand_segments(owner: Tensor, batch: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Pair every row with all members of its molecule.

    Args:
        owner: ``[A]`` molecule of each row.
        batch: ``[N]`` sorted molecule of each member.
        count: number of molecules.

    Returns:
        ``(row [P], member [P])``, sorted by row; P is the sum of the rows' molecule sizes.
    """
    sizes = torch.bincount(batch, minlength=count)
    starts = torch.cumsum(sizes, 0) - sizes
    repeats = sizes[owner]
    rows = int(repeats.sum())
    # Six vectors of each pair, in float64, are what frames make of them.
    require_memory(144.0 * rows, f"pairing axes and atoms, {rows} pairs,", "take smaller molecules", batch.device)
    row = torch.repeat_interleave(torch.arange(owner.shape[0], device=owner.device), repeats, output_size=rows)
    first = torch.cumsum(repeats, 0) - repeats
    within = torch.arange(row.shape[0], device=owner.device) - first[row]
    return row, starts[owner][row] + within
