"""From pooled weight tokens to properties: scalars, vectors and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from torch_molfield.data.validation import MAX_ATOMIC_NUMBER
from torch_molfield.geometry.frame_set import AXIAL, GENERIC, SPHERICAL, FrameSet

#: kind -> numbers that a head emits
KINDS = {"scalar": 1, "vector": 3, "tensor": 6}
#: place of the six numbers in a symmetric matrix
SYMMETRIC = ((0, 1, 2), (1, 3, 4), (2, 4, 5))


@dataclass(frozen=True)
class Target:
    """A property of a molecule.

    Attributes:
        name: of the attribute that holds it, or of a column.
        kind: ``"scalar"``, ``"vector"`` or ``"tensor"`` (symmetric 3 × 3).
        extensive: whether it grows with the molecule; then it has a reference for every element, and what the network
            adds grows with the number of atoms.
        unit: of the values, for people.
    """

    name: str
    kind: str = "scalar"
    extensive: bool = False
    unit: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"target {self.name!r}: kind {self.kind!r} is unknown; choose one of {', '.join(KINDS)}.")


class PropertyHeads(nn.Module):
    """Heads over what :class:`~torch_molfield.nn.pooling.TokenPooling` has read in each canonical frame.

    A scalar is Σ_i e(Z_i) + shift + scale · n · head, with n = N / mean N for extensive targets and 1 for others, and
    e = 0 where a target is not extensive. Vectors v* and tensors T* are emitted in the canonical frame and turned
    back, R v* and R T* Rᵀ; of a tensor, e is on the diagonal. Everything is averaged over the frames by weight. Linear
    molecules get vectors along their axis and tensors that are round about it, atoms no vector and round tensors. So
    scalars are invariant, vectors and tensors equivariant, by construction.

    Args:
        in_features: columns of what was pooled.
        width: of the hidden layer.
        targets: what to predict.
    """

    reference: Tensor
    shift: Tensor
    scale: Tensor
    size: Tensor

    def __init__(self, in_features: int, width: int, targets: Sequence[Target]) -> None:
        super().__init__()
        names = [target.name for target in targets]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"the names of the targets must be different, and at least one; got {names}.")
        self.targets = tuple(targets)
        self.numbers = [KINDS[target.kind] for target in targets]
        self.mlp = nn.Sequential(nn.Linear(in_features, width), nn.SiLU(), nn.Linear(width, sum(self.numbers)))
        count = len(names)
        self.register_buffer("reference", torch.zeros(MAX_ATOMIC_NUMBER + 1, count, dtype=torch.float64))
        self.register_buffer("shift", torch.zeros(count, dtype=torch.float64))
        self.register_buffer("scale", torch.ones(count, dtype=torch.float64))
        self.register_buffer("size", torch.ones((), dtype=torch.float64))

    def forward(self, pooled: Tensor, frames: FrameSet, z: Tensor, batch: Tensor) -> dict[str, Tensor]:
        """By name: scalars ``[B]``, vectors ``[B, 3]``, tensors ``[B, 3, 3]``; float64 where they were measured so.

        Args:
            pooled: ``[F, in_features]``, a row a frame.
            frames: of the molecules.
            z, batch: ``[N]``.
        """
        emitted = self.mlp(pooled).double().split(self.numbers, dim=1)
        atoms = torch.bincount(batch).double()
        base = atoms.new_zeros(len(atoms), len(self.targets)).index_add(0, batch, self.reference[z]) + self.shift
        found = {}
        for k, (target, rows) in enumerate(zip(self.targets, emitted, strict=True)):
            mean = _over_frames(_turned(target.kind, rows, frames), frames)
            factor = self.scale[k] * (atoms / self.size if target.extensive else torch.ones_like(atoms))
            found[target.name] = factor.view(-1, *[1] * (mean.dim() - 1)) * mean + _shaped(target.kind, base[:, k])
        return found

    def _apply(self, fn: Any, recurse: bool = True) -> PropertyHeads:
        """As of any module, but references stay float64: a total energy has more digits than float32."""
        exact = dict(self.named_buffers(recurse=False))
        super()._apply(fn, recurse)
        for name, buffer in exact.items():
            setattr(self, name, buffer.to(getattr(self, name).device))
        return self

    @torch.no_grad()
    def measure(self, z: Tensor, batch: Tensor, values: dict[str, Tensor]) -> None:
        """Set references, shifts and scales from training molecules: ``values`` by name, ``[B, ...]``."""
        counts = torch.zeros(int(batch[-1]) + 1, MAX_ATOMIC_NUMBER + 1, dtype=torch.float64)
        counts.index_put_((batch, z), torch.ones(len(z), dtype=torch.float64), accumulate=True)
        present = counts.any(dim=0)
        self.size.fill_(float(counts.sum(1).mean()))
        for k, target in enumerate(self.targets):
            y = values[target.name].double()
            level = (
                y
                if target.kind == "scalar"
                else y.diagonal(dim1=1, dim2=2).mean(1)
                if target.kind == "tensor"
                else None
            )
            if level is not None and target.extensive:
                fitted = torch.linalg.lstsq(counts[:, present], level[:, None], driver="gelsd").solution[:, 0]
                self.reference[present, k] = fitted
                y = y - _shaped(target.kind, counts @ self.reference[:, k])
            elif level is not None:
                self.shift[k] = level.mean()
                y = y - _shaped(target.kind, level.mean().expand(len(y)))
            self.scale[k] = y.square().mean().sqrt().clamp_min(1e-12)


def _level(kind: str, values: Tensor) -> Tensor | None:
    """The part of values that a reference can stand for, ``[B]``: of tensors a third of the trace, none of vectors."""
    if kind == "tensor":
        return values.diagonal(dim1=1, dim2=2).mean(1)
    return values if kind == "scalar" else None


def _shaped(kind: str, levels: Tensor) -> Tensor:
    """Levels ``[B]`` as what is added to scalars ``[B]``, vectors (nothing) or tensors (on the diagonal)."""
    if kind == "tensor":
        return levels[:, None, None] * torch.eye(3, dtype=levels.dtype, device=levels.device)
    return levels if kind == "scalar" else torch.zeros_like(levels)[:, None]


def _turned(kind: str, rows: Tensor, frames: FrameSet) -> Tensor:
    """What was emitted in canonical frames, in the caller's."""
    rotation = frames.rotation.double()
    if kind == "scalar":
        return rows[:, 0]
    if kind == "vector":
        kept = torch.stack([frames.kind != SPHERICAL, *[frames.kind == GENERIC] * 2], dim=1)
        return (rotation @ (rows * kept).unsqueeze(-1)).squeeze(-1)
    matrix = rows[:, torch.tensor(SYMMETRIC, device=rows.device)]
    return rotation @ _symmetrised(matrix, frames.kind) @ rotation.transpose(1, 2)


def _symmetrised(matrix: Tensor, kind: Tensor) -> Tensor:
    """``[F, 3, 3]`` round about the first axis for axial frames, round for spherical ones."""
    diagonal = matrix.diagonal(dim1=1, dim2=2)
    across = diagonal[:, 1:].mean(1)
    axial = torch.diag_embed(torch.stack([diagonal[:, 0], across, across], dim=1))
    spherical = torch.diag_embed(diagonal.mean(1, keepdim=True).expand(-1, 3))
    matrix = torch.where((kind == AXIAL)[:, None, None], axial, matrix)
    return torch.where((kind == SPHERICAL)[:, None, None], spherical, matrix)


def _over_frames(rows: Tensor, frames: FrameSet) -> Tensor:
    """``[F, ...]`` -> the weighted mean of each molecule ``[B, ...]``."""
    weighted = rows * frames.weight.double().view(-1, *[1] * (rows.dim() - 1))
    return rows.new_zeros(len(frames.origin), *rows.shape[1:]).index_add(0, frames.molecule, weighted)
