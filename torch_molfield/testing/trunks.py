"""The contract of a trunk, as errors that can be measured of any class in ``TRUNKS``."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from torch_molfield.nn.common.padding import Padding, make_padding
from torch_molfield.nn.trunks.base import PaddedTrunk, SparseTrunk, atom_features, check_trunk
from torch_molfield.testing.molecules import molecule
from torch_molfield.testing.poses import random_rotations

#: sizes of the trunk that is made
WIDTH, VECTORS, LAYERS = 12, 3, 2
MOLECULES = ("R-CHFClBr", "H2O", "NH3")


def trunk_errors(cls: type[nn.Module], seed: int = 0) -> dict[str, float]:
    """How far a class of trunks is from its contract, in float64; all are rounding errors for one that keeps it.

    Returns:
        largest changes, relative to the largest feature: ``"pose"`` of scalars, and of vectors turned back, when
        molecules are turned; ``"order"`` when their atoms are permuted; ``"batch"`` of molecules together against each
        alone; ``"padded"`` of the padded form where there is one, with more padding than is needed; ``"sparse"`` of the
        form with lists of neighbours where there is one; and ``"derivative"``, 0 where second derivatives are finite,
        else infinite.

    Raises:
        ValueError: for a class that is not made by ``(width, vectors, layers)``, or that lacks ``width`` or
            ``vectors``.
    """
    torch.manual_seed(seed)
    trunk = _made(cls)
    parts = [molecule(name) for name in MOLECULES]
    z = torch.cat([each for each, _ in parts])
    pos = torch.cat([each - each.mean(0) for _, each in parts])
    sizes = torch.tensor([len(each) for each, _ in parts])
    padding = make_padding(torch.arange(len(parts)).repeat_interleave(sizes), len(parts))
    h, v = atom_features(trunk, z, pos, padding)
    scale = float(torch.cat([h.flatten(), v.flatten()]).detach().abs().max())
    turn = random_rotations(1, seed)[0]
    turned_h, turned_v = atom_features(trunk, z, pos @ turn.T, padding)
    firsts = (sizes.cumsum(0) - sizes).tolist()
    order = torch.cat([first + torch.arange(n).flip(0) for n, first in zip(sizes.tolist(), firsts, strict=True)])
    other = atom_features(trunk, z[order], pos[order], padding)
    rows = list(zip(z.split(sizes.tolist()), pos.split(sizes.tolist()), strict=True))
    alone = [atom_features(trunk, some, x, _alone(some)) for some, x in rows]
    found = {
        "pose": _largest(turned_h - h, torch.einsum("ij,nik->njk", turn, turned_v) - v),
        "order": _largest(other[0] - h[order], other[1] - v[order]),
        "batch": _largest(torch.cat([a for a, _ in alone]) - h, torch.cat([b for _, b in alone]) - v),
    }
    if isinstance(trunk, PaddedTrunk):
        found["padded"] = _padding_error(trunk, *rows[0], *alone[0])
    if isinstance(trunk, SparseTrunk):
        listed = trunk.sparse(z, pos, padding.owner)
        found["sparse"] = _largest(listed[0] - h, listed[1] - v)
    return {name: error / scale for name, error in found.items()} | {"derivative": _derivative_error(trunk, *rows[0])}


def _made(cls: type[nn.Module]) -> nn.Module:
    try:
        trunk = cls(WIDTH, VECTORS, LAYERS).double()
    except TypeError as error:
        raise ValueError(f"{cls.__name__} is not made by (width, vectors, layers): {error}.") from error
    check_trunk(trunk)
    return trunk


def _alone(z: Tensor) -> Padding:
    return make_padding(torch.zeros_like(z), 1)


def _largest(*changes: Tensor) -> float:
    return max(float(change.detach().abs().max()) if change.numel() else 0.0 for change in changes)


def _padding_error(trunk: PaddedTrunk, z: Tensor, pos: Tensor, h: Tensor, v: Tensor) -> float:
    size = len(z)
    many, x = z.new_zeros(1, size + 3), pos.new_zeros(1, size + 3, 3)
    many[0, :size], x[0, :size] = z, pos
    wide, wide_v = trunk.padded(many, x, (torch.arange(size + 3) < size)[None])
    return _largest(wide[0, :size] - h, wide_v[0, :size] - v)


def _derivative_error(trunk: nn.Module, z: Tensor, pos: Tensor) -> float:
    x = pos.clone().requires_grad_()
    h, v = atom_features(trunk, z, x, _alone(z))
    (slope,) = torch.autograd.grad(h.square().sum() + v.square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), x)
    return 0.0 if bool(second.isfinite().all()) else float("inf")
