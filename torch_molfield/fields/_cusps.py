"""Distance to the solvent-excluded surface where probes overlap and its surface has cusps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from torch_molfield.fields._accessible import Nearest, unit

#: Probes kept per point, and rounds of adding one; the worst points of proteins need about five.
MAX_PROBES = 6
#: Points worked on at once; bounds the memory.
BLOCK = 4096
#: A target may lie this deep (Å) inside a probe.
TOLERANCE = 1.0e-9


@dataclass(frozen=True)
class Cusps:
    """Points of the excluded volume nearest to query points that lie in the normal cone of a cusp.

    Attributes:
        index: ``[C]`` which query points these are. target: ``[C, 3]`` their nearest points of the excluded volume.
        probe: ``[C, 3, 3]`` centres of the one to three probes that touch the target; zero-filled.
        atoms: ``[C, 3, 3]`` the atoms that hold each probe, -1 for none.
    """

    index: Tensor
    target: Tensor
    probe: Tensor
    atoms: Tensor


def find_cusps(
    x: Tensor, near: Nearest, pos: Tensor, radius: float, nearest: Callable[[Tensor, Tensor], Nearest]
) -> Cusps:
    """Correct the distances of the points ``x [P, 3]`` outside the excluded volume whose nearest probe does not decide.

    The excluded volume is the intersection of the outsides of all probes. Start from the outside of the nearest probe;
    if the nearest point of that set lies inside another probe, cut that one off too, and so on. Each round's distance
    is a lower bound of the true one and the last one is the distance, because its target is in the volume.

    Args:
        x: ``[P, 3]`` points relative to the molecule's origin, float64: probes that nearly coincide decide by tiny
            differences.
        near: their nearest accessible points (probe centres), of any precision.
        pos: ``[N, 3]`` atoms relative to the molecule's origin, float64.
        radius: of the probe, Å.
        nearest: (points ``[C, 3]``, their rows in ``x [C]``) -> nearest accessible points of these.
    """
    index = _doubtful(x, near, pos, radius)
    parts = [_solve(x[rows], rows, radius, nearest) for rows in index.split(BLOCK)]
    if not parts:
        return Cusps(index, x[index], x.new_zeros(0, 3, 3), index.new_zeros(0, 3, 3))
    return Cusps(*(torch.cat([getattr(part, name) for part in parts]) for name in Cusps.__dataclass_fields__))


def _doubtful(x: Tensor, near: Nearest, pos: Tensor, radius: float) -> Tensor:
    """Rows of the points outside the excluded volume where another probe may interfere.

    Seen from the probe, its surface lies in front of the atoms that hold it: of their axis, of their plane. Up to
    there those atoms alone keep every other probe away, so only surface beyond axis or plane is in doubt.
    """
    outside = (near.atoms[:, 1] >= 0) & (near.depth < radius) & (near.depth > 1e-6)
    rows = outside.nonzero()[:, 0]
    held, foot = near.atoms[rows], near.foot[rows]
    away = unit(x[rows] - foot, foot)
    a, b, c = (pos[held.clamp_min(0)] - foot[:, None]).unbind(1)
    safe = torch.where(held[:, 2] < 0, _before_axis(away, a, b, radius), _before_plane(away, a, b, c, radius))
    return rows[~safe]


def _before_axis(away: Tensor, a: Tensor, b: Tensor, radius: float) -> Tensor:
    axis = unit(b - a, away)
    towards = a - (a * axis).sum(1, keepdim=True) * axis
    return radius * (away * towards).sum(1) < towards.square().sum(1) * (1.0 - 1e-4)


def _before_plane(away: Tensor, a: Tensor, b: Tensor, c: Tensor, radius: float) -> Tensor:
    sides = torch.stack([torch.linalg.cross(b, c), torch.linalg.cross(c, a), torch.linalg.cross(a, b)], dim=1)
    weight = (sides * away[:, None]).sum(-1) / (sides[:, 0] * a).sum(1, keepdim=True)
    return (radius * weight.sum(1) < 1.0 - 1e-4) & (weight > -1e-3).all(dim=1)


def _solve(x: Tensor, rows: Tensor, radius: float, nearest: Callable[[Tensor, Tensor], Nearest]) -> Cusps:
    found = nearest(x, rows)
    probes, atoms = found.foot[:, None], found.atoms[:, None]
    target, active = nearest_outside(x, probes, radius)
    open_rows = torch.arange(len(rows), device=x.device)
    final = Cusps(rows, target.clone(), probes.new_zeros(len(rows), 3, 3), atoms.new_full((len(rows), 3, 3), -1))
    cut = torch.zeros(len(rows), dtype=torch.bool, device=x.device)
    for _ in range(MAX_PROBES - 1):
        found = nearest(target, rows[open_rows])
        inside = (found.depth < radius - TOLERANCE) & (found.depth > 0)
        if not bool(inside.any()):
            break
        open_rows = open_rows[inside]
        cut[open_rows] = True
        probes = torch.cat([probes[inside], found.foot[inside, None]], dim=1)
        atoms = torch.cat([atoms[inside], found.atoms[inside, None]], dim=1)
        target, active = nearest_outside(x[open_rows], probes, radius)
        _store(final, open_rows, target, probes, atoms, active)
    return Cusps(*(getattr(final, name)[cut] for name in Cusps.__dataclass_fields__))


def _store(final: Cusps, rows: Tensor, target: Tensor, probes: Tensor, atoms: Tensor, active: Tensor) -> None:
    final.target[rows] = target
    chosen = active.clamp_min(0)[..., None].expand(-1, -1, 3)
    missing = (active < 0)[..., None]
    final.probe[rows] = torch.gather(probes, 1, chosen).masked_fill(missing, 0.0)
    final.atoms[rows] = torch.gather(atoms, 1, chosen).masked_fill(missing, -1)


def nearest_outside(x: Tensor, centres: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    """Nearest points to ``x [C, 3]`` outside all balls ``(centres [C, S, 3], radius)``, and the balls they touch.

    Tries the nearest point on each sphere, on each circle of two and both points of each three.

    Returns:
        ``(target [C, 3], active [C, 3])``; active are indices into S, -1 for none. If round-off leaves no candidate,
        the first sphere's.
    """
    count = centres.shape[1]
    found, labels = [], []
    for size, place in ((1, _on_sphere), (2, _on_circle), (3, _on_three)):
        for group in combinations(range(count), size):
            points = place(x, centres[:, list(group)], radius)
            found += points
            labels += [[*group, *[-1] * (3 - size)]] * len(points)
    target = torch.stack(found, dim=1)
    gap = (target[:, :, None] - centres[:, None]).norm(dim=-1).amin(dim=2)
    cost = (target - x[:, None]).norm(dim=-1).masked_fill(~(gap >= radius - 1e-10), torch.inf)
    best = cost.argmin(dim=1)
    rows = torch.arange(x.shape[0], device=x.device)
    return target[rows, best], torch.tensor(labels, device=x.device)[best]


def _on_sphere(x: Tensor, centre: Tensor, radius: float) -> list[Tensor]:
    return [centre[:, 0] + radius * unit(x - centre[:, 0], x.new_tensor([0.0, 0.0, 1.0]))]


def _on_circle(x: Tensor, centre: Tensor, radius: float) -> list[Tensor]:
    middle, axis = centre.mean(dim=1), centre[:, 1] - centre[:, 0]
    square = radius**2 - 0.25 * axis.square().sum(1, keepdim=True)
    axis = unit(axis, torch.full_like(axis, torch.nan))
    across = x - middle - ((x - middle) * axis).sum(1, keepdim=True) * axis
    helper = torch.nn.functional.one_hot(axis.abs().argmin(dim=1), 3).to(axis)
    direction = unit(across, unit(torch.linalg.cross(axis, helper), axis))
    return [middle + square.sqrt() * direction]


def _on_three(x: Tensor, centre: Tensor, radius: float) -> list[Tensor]:
    first, b, c = centre[:, 0], centre[:, 1] - centre[:, 0], centre[:, 2] - centre[:, 0]
    normal = torch.linalg.cross(b, c)
    area = normal.square().sum(1, keepdim=True)
    bb, cc = b.square().sum(1, keepdim=True), c.square().sum(1, keepdim=True)
    middle = torch.linalg.cross(bb * c - cc * b, normal) / (2.0 * area)
    height = (radius**2 - middle.square().sum(1, keepdim=True)).sqrt() * normal / area.sqrt()
    return [first + middle + height, first + middle - height]
