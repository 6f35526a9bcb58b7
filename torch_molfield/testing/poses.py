"""Pose checks that can be run on any function of a molecule: rotation, translation, order of atoms, continuity."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from torch_molfield.geometry import rotations

Molecule = tuple[Tensor, Tensor]


def random_rotations(count: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """``[count, 3, 3]`` uniformly distributed proper rotations, on the CPU."""
    return rotations.random_rotations(count, torch.Generator().manual_seed(seed)).to(dtype)


def random_poses(
    z: Tensor, pos: Tensor, points: Tensor, count: int, shift: float = 10.0, seed: int = 0
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A batch of ``count`` copies of a molecule, each turned, shifted within ±``shift`` Å and with shuffled atoms.

    Args:
        z: ``[N]``. pos: ``[N, 3]`` Å. points: ``[Q, 3]`` Å, moved along with each copy.

    Returns:
        ``(z [count·N], pos [count·N, 3], batch [count·N], points [count, Q, 3])``, rotated in float64, in
        ``pos.dtype``.
    """
    generator = torch.Generator().manual_seed(seed)
    turn = random_rotations(count, seed=seed).to(pos.device)
    offset = (2.0 * torch.rand(count, 1, 3, generator=generator, dtype=torch.float64) - 1.0).to(pos.device) * shift
    order = torch.stack([torch.randperm(z.shape[0], generator=generator) for _ in range(count)]).to(pos.device)
    moved = torch.einsum("bij,bnj->bni", turn, pos.double()[order]) + offset
    queries = torch.einsum("bij,qj->bqi", turn, points.double()) + offset
    batch = torch.arange(count, device=pos.device).repeat_interleave(z.shape[0])
    return z[order].reshape(-1), moved.reshape(-1, 3).to(pos.dtype), batch, queries.to(pos.dtype)


def pose_error(
    field: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor],
    z: Tensor,
    pos: Tensor,
    points: Tensor,
    count: int = 100,
    shift: float = 10.0,
    seed: int = 0,
    chunk: int = 100,
) -> float:
    """Largest change of ``field`` at co-moving points over random poses, relative to its largest magnitude.

    Args:
        field: ``(points [Q', 3], z, pos, points_batch, batch) -> [Q', C]``, as closed-form fields are called; wrap a
            model as ``lambda p, z, x, pb, b: model(z, x, b)(p, pb)``.
        z: ``[N]``. pos: ``[N, 3]`` Å. points: ``[Q, 3]`` Å.
        count: number of poses, evaluated ``chunk`` at a time.
        shift: half-width of the translations, Å.
        seed: of the poses.
    """
    zeros = torch.zeros_like(z)
    reference = field(points, z, pos, torch.zeros_like(points[:, 0], dtype=torch.long), zeros).double()
    worst = 0.0
    for start in range(0, count, chunk):
        number = min(chunk, count - start)
        many_z, many_pos, batch, queries = random_poses(z, pos, points, number, shift, seed + start)
        owner = torch.arange(number, device=pos.device).repeat_interleave(points.shape[0])
        value = field(queries.reshape(-1, 3), many_z, many_pos, owner, batch).double()
        change = (value.reshape(number, *reference.shape) - reference).abs().max()
        worst = max(worst, float(change.detach()))
    return worst / float(reference.detach().abs().max().clamp(min=1.0e-30))


def assert_pose_invariant(
    field: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor],
    z: Tensor,
    pos: Tensor,
    points: Tensor,
    tolerance: float | None = None,
    count: int = 100,
    seed: int = 0,
) -> None:
    """Raise ``AssertionError`` where :func:`pose_error` exceeds ``tolerance`` (1e-5 in float32, 1e-10 in float64)."""
    tolerance = tolerance if tolerance is not None else (1.0e-5 if pos.dtype == torch.float32 else 1.0e-10)
    error = pose_error(field, z, pos, points, count=count, seed=seed)
    if not error <= tolerance:
        raise AssertionError(f"the field changes by {error:.1e} (relative) between poses; {tolerance:.1e} is allowed.")


def largest_step(values: Sequence[Tensor] | Tensor) -> float:
    """Largest over median step of ``values [T, ...]`` along a path (Euclidean norm of each difference)."""
    stacked = values if isinstance(values, Tensor) else torch.stack(list(values))
    steps = (stacked[1:] - stacked[:-1]).reshape(stacked.shape[0] - 1, -1).norm(dim=1)
    return float(steps.max() / steps.median().clamp(min=1.0e-300))


def assert_continuous(values: Sequence[Tensor] | Tensor, factor: float = 10.0) -> None:
    """Raise ``AssertionError`` where one step along a path exceeds ``factor`` times the median step."""
    ratio = largest_step(values)
    if not ratio <= factor:
        raise AssertionError(f"the largest step along the path is {ratio:.1f} times the median; {factor:g} is allowed.")
