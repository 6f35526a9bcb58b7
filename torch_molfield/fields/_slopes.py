"""Derivatives of the signed distance by the point and by the atoms, read off the nearest points."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from torch_molfield.fields._accessible import Nearest, unit
from torch_molfield.fields._cusps import Cusps
from torch_molfield.fields._envelope import multipliers


def distance_slopes(
    x: Tensor, near: Nearest, cusps: Cusps | None, pos: Tensor, probe_radius: float
) -> tuple[Tensor, Tensor, Tensor]:
    """``(slope [P, 3], atoms [P, K], atom_slope [P, K, 3])`` of minus the depth, and of the distance at ``cusps``.

    ``x [P, 3]`` and ``pos [N, 3]`` are relative to the molecules' origins, in Å.
    """
    towards = _towards(x, near, pos)
    slope, atoms, atom_slope = -towards, near.atoms, _push(towards, near.foot, near.atoms, pos)
    if cusps is None or cusps.index.numel() == 0:
        return slope, atoms, atom_slope
    cusps = replace(cusps, target=cusps.target.to(x), probe=cusps.probe.to(x))
    slope[cusps.index] = unit(x[cusps.index] - cusps.target, slope[cusps.index])
    return slope, *_with_cusps(slope, atoms, atom_slope, cusps, pos, probe_radius)


def _towards(x: Tensor, near: Nearest, pos: Tensor) -> Tensor:
    """Direction ``[P, 3]`` from the foot inwards.

    Where the foot lies on one sphere that is the direction to its centre: the difference of two points that nearly
    coincide, as they do close to the surface, would be all round-off. On arcs and vertices there is nothing better.
    """
    to_centre = unit(pos[near.atoms[:, 0]] - x, x.new_tensor([0.0, 0.0, -1.0]))
    apart = near.depth.abs() > 1e-12
    edge = (near.atoms[:, 1] >= 0) & apart
    return torch.where(edge[:, None], (x - near.foot) / torch.where(apart, near.depth, 1.0)[:, None], to_centre)


def _push(towards: Tensor, foot: Tensor, atoms: Tensor, pos: Tensor) -> Tensor:
    """Derivatives ``[P, 3, 3]`` by ``atoms`` of minus the distance between ``foot`` and a point ``towards``."""
    pulls = torch.where((atoms >= 0)[..., None], pos[atoms.clamp_min(0)] - foot[:, None], 0.0)
    return multipliers(towards, pulls)[..., None] * pulls


def _with_cusps(
    slope: Tensor, atoms: Tensor, atom_slope: Tensor, cusps: Cusps, pos: Tensor, probe_radius: float
) -> tuple[Tensor, Tensor]:
    """Up to three probes touch a cusp, each held by up to three atoms: nine columns, three of them used elsewhere.

    The cusp moves as its probes do: minus their distances to it, weighted by the probes' shares of the slope.
    """
    used = (cusps.atoms[..., 0] >= 0)[..., None]
    spokes = torch.where(used, cusps.probe - cusps.target[:, None], 0.0)
    share = multipliers(slope[cusps.index], spokes) * probe_radius
    back = torch.where(used, -spokes / probe_radius, 0.0)
    push = torch.stack([_push(back[:, k], cusps.probe[:, k], cusps.atoms[:, k], pos) for k in range(3)], dim=1)
    wide_atoms = torch.cat([atoms, atoms.new_full((atoms.shape[0], 6), -1)], dim=1)
    wide_slope = torch.cat([atom_slope, atom_slope.new_zeros(atoms.shape[0], 6, 3)], dim=1)
    wide_atoms[cusps.index] = cusps.atoms.flatten(1)
    wide_slope[cusps.index] = (share[..., None, None] * push).flatten(1, 2)
    return wide_atoms, wide_slope
