"""Tables of the boundary of a batch of unions of balls, ready for nearest-point queries."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor

from torch_molfield.geometry.arcs import Arcs, accessible_arcs, meeting_pairs
from torch_molfield.geometry.ragged import pad_rows, row_pointers


@dataclass(frozen=True)
class UnionBoundary:
    """Edges (arcs and vertices) and caps of the boundary of the union of balls ``(pos, radius)``, per molecule.

    A vertex is an edge of radius 0, so that one formula serves both: the nearest point of an edge to ``x`` is
    ``centre + radius w/|w|`` with ``w`` the part of ``x - centre`` normal to ``axis``, if ``w·middle >= |w| cosine``.
    Positions are relative to ``origin`` of their molecule.

    Attributes:
        origin: ``[B, 3]`` Å, float64. pos: ``[N, 3]`` Å. radius: ``[N]`` Å, -inf for balls inside another one.
        exposed: ``[N]`` whether any of the sphere is accessible.
        caps: ``[N, K, 4]`` directions n and cosines c: direction d of the sphere is covered if ``n·d > c``.
        centre, axis, middle: ``[F, 3]``; ring: ``[F]`` circle radius; cosine: ``[F]`` of the arc's half angle.
        atoms: ``[F, 3]`` the balls that meet there (-1: none, for arcs). pointers: ``[B + 1]`` edges by molecule.
    """

    origin: Tensor
    pos: Tensor
    radius: Tensor
    exposed: Tensor
    caps: Tensor
    centre: Tensor
    axis: Tensor
    middle: Tensor
    ring: Tensor
    cosine: Tensor
    atoms: Tensor
    pointers: Tensor


def union_boundary(pos: Tensor, radius: Tensor, batch: Tensor) -> UnionBoundary:
    """Boundary of the balls ``pos [N, 3]``, ``radius [N]`` (Å) of each molecule of ``batch [N]``, in pos's dtype."""
    dtype, pos, radius = pos.dtype, pos.detach().double(), radius.detach().double()
    num = int(batch[-1]) + 1
    atoms_per = torch.bincount(batch, minlength=num)[:, None]
    origin = pos.new_zeros(num, 3).index_add_(0, batch, pos) / atoms_per
    pos = pos - origin[batch]
    i, j, hidden = meeting_pairs(pos, radius, batch)
    arcs = accessible_arcs(pos, radius, i, j)
    edges, atoms = _edge_table(arcs, pos)
    order = torch.argsort(batch[atoms[:, 0]], stable=True)
    edges, atoms = [column[order].to(dtype) for column in edges], atoms[order]
    exposed = ~hidden & (torch.bincount(i, minlength=pos.shape[0]) == 0)
    exposed[atoms[atoms >= 0]] = True
    caps = _caps(pos, radius, i, j).to(dtype)
    pointers = row_pointers(batch[atoms[:, 0]], num)
    # A hidden ball is nowhere the deepest one; without this it could win a tie where it touches its host from inside.
    radius = radius.masked_fill(hidden, -torch.inf)
    return UnionBoundary(origin, pos.to(dtype), radius.to(dtype), exposed, caps, *edges, atoms, pointers)


def _caps(pos: Tensor, radius: Tensor, i: Tensor, j: Tensor) -> Tensor:
    step = pos[j] - pos[i]
    distance = step.norm(dim=1)
    cosine = (distance.square() + radius[i].square() - radius[j].square()) / (2.0 * distance * radius[i])
    rows = torch.cat([step / distance[:, None], cosine[:, None]], dim=1)
    rows = torch.cat([rows, rows.new_tensor([[0.0, 0.0, 0.0, 2.0]])])
    # The padding -1 points at the last row, a cap that covers nothing.
    return rows[pad_rows(i, torch.arange(i.numel(), device=i.device), pos.shape[0])]


def _edge_table(arcs: Arcs, pos: Tensor) -> tuple[list[Tensor], Tensor]:
    """``[centre, axis, middle, ring, cosine]`` and ``atoms [F, 3]`` of the arcs followed by their end points."""
    circle, length = arcs.circle, arcs.stop - arcs.start
    middle = circle.direction(0.5 * (arcs.start + arcs.stop))
    whole = arcs.enter < 0
    cosine = torch.where(whole | (length >= 2.0 * pi), -2.0, torch.cos(0.5 * length))
    pair = torch.stack([circle.first, circle.second], dim=1)
    vertex, triple = _unique_vertices(
        torch.cat([circle.at(arcs.start)[~whole], circle.at(arcs.stop)[~whole]]),
        torch.cat([torch.cat([pair, ball[:, None]], dim=1)[~whole] for ball in (arcs.enter, arcs.leave)]),
        pos,
    )
    none = torch.zeros_like(vertex)
    edges = [
        torch.cat([circle.centre, vertex]),
        torch.cat([circle.axis, none]),
        torch.cat([middle, none]),
        torch.cat([circle.radius, none[:, 0]]),
        torch.cat([cosine, none[:, 0] - 2.0]),
    ]
    return edges, torch.cat([torch.cat([pair, torch.full_like(pair[:, :1], -1)], dim=1), triple])


def _unique_vertices(vertex: Tensor, triple: Tensor, pos: Tensor) -> tuple[Tensor, Tensor]:
    """Each vertex ends three arcs; keep it once. Key: the three balls and the side of their plane."""
    triple = triple.sort(dim=1).values
    a, b, c = pos[triple].unbind(1)
    side = (torch.linalg.cross(b - a, c - a) * (vertex - a)).sum(1) > 0
    size = pos.shape[0]
    key = ((triple[:, 0] * size + triple[:, 1]) * size + triple[:, 2]) * 2 + side
    order = torch.argsort(key)
    first = torch.ones_like(key, dtype=torch.bool)
    first[1:] = key[order][1:] != key[order][:-1]
    return vertex[order[first]], triple[order[first]]
