"""Tables of the boundary of a batch of unions of balls, ready for nearest-point queries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi

import torch
from torch import Tensor

from torch_molfield.geometry.arcs import Arcs, accessible_arcs, meeting_pairs
from torch_molfield.geometry.ragged import pad_rows, row_pointers
from torch_molfield.geometry.smooth import segment_sum


@dataclass(frozen=True)
class UnionBoundary:
    """Edges (arcs and vertices) and caps of the boundary of the union of balls ``(pos, radius)``, per molecule.

    Every edge has a frame: the direction to the middle of the arc, the one beside it, and the axis of its circle. With
    (u, v, h) the components of ``x - centre`` and s = √(u² + v²), the squared distance to the circle is
    (s - ring)² + h², and the nearest point lies on the arc if u ≥ s · cosine. A vertex is an edge of ring 0.
    Positions are relative to ``origin`` of their molecule.

    Attributes:
        origin: ``[B, 3]`` Å, float64. pos: ``[N, 3]`` Å. radius: ``[N]`` Å, -inf for balls inside another one.
        exposed: ``[N]`` whether any of the sphere is accessible.
        caps: ``[N, K, 4]`` directions n and cosines c: direction d of the sphere is covered if ``n·d > c``.
        centre: ``[F, 3]``; frame: ``[F, 3, 3]``, its rows; ring: ``[F]`` circle radius; cosine: ``[F]`` of half angle.
        atoms: ``[F, 3]`` the balls that meet there (-1: none, for arcs).
        atom_pointers, edge_pointers: ``[B + 1]`` where the balls and the edges of each molecule begin.
    """

    origin: Tensor
    pos: Tensor
    radius: Tensor
    exposed: Tensor
    caps: Tensor
    centre: Tensor
    frame: Tensor
    ring: Tensor
    cosine: Tensor
    atoms: Tensor
    atom_pointers: Tensor
    edge_pointers: Tensor

    def to(self, dtype: torch.dtype) -> UnionBoundary:
        """The same tables in another precision; ``origin`` stays float64."""
        names = ("pos", "radius", "caps", "centre", "frame", "ring", "cosine")
        return replace(self, **{name: getattr(self, name).to(dtype) for name in names})


def union_boundary(pos: Tensor, radius: Tensor, batch: Tensor) -> UnionBoundary:
    """Boundary of the balls ``pos [N, 3]``, ``radius [N]`` (Å) of each molecule of ``batch [N]``, in float64."""
    pos, radius = pos.detach().double(), radius.detach().double()
    num = int(batch[-1]) + 1
    atoms_per = torch.bincount(batch, minlength=num)[:, None]
    origin = segment_sum(pos, batch, num) / atoms_per
    pos = pos - origin[batch]
    i, j, hidden = meeting_pairs(pos, radius, batch)
    arcs = accessible_arcs(pos, radius, i, j)
    edges, atoms = _edge_table(arcs, pos)
    order = torch.argsort(batch[atoms[:, 0]], stable=True)
    centre, frame, ring, cosine = (column[order] for column in edges)
    atoms = atoms[order]
    exposed = ~hidden & (torch.bincount(i, minlength=pos.shape[0]) == 0)
    exposed[atoms[atoms >= 0]] = True
    caps = _caps(pos, radius, i, j)
    # A hidden ball is nowhere the deepest one; without this it could win a tie where it touches its host from inside.
    radius = radius.masked_fill(hidden, -torch.inf)
    return UnionBoundary(
        origin=origin,
        pos=pos,
        radius=radius,
        exposed=exposed,
        caps=caps,
        centre=centre,
        frame=frame,
        ring=ring,
        cosine=cosine,
        atoms=atoms,
        atom_pointers=row_pointers(batch, num),
        edge_pointers=row_pointers(batch[atoms[:, 0]], num),
    )


def _caps(pos: Tensor, radius: Tensor, i: Tensor, j: Tensor) -> Tensor:
    step = pos[j] - pos[i]
    distance = step.norm(dim=1)
    cosine = (distance.square() + radius[i].square() - radius[j].square()) / (2.0 * distance * radius[i])
    rows = torch.cat([step / distance[:, None], cosine[:, None]], dim=1)
    rows = torch.cat([rows, rows.new_tensor([[0.0, 0.0, 0.0, 2.0]])])
    # The padding -1 points at the last row, a cap that covers nothing.
    return rows[pad_rows(i, torch.arange(i.numel(), device=i.device), pos.shape[0])]


def _edge_table(arcs: Arcs, pos: Tensor) -> tuple[list[Tensor], Tensor]:
    """``[centre, frame, ring, cosine]`` and ``atoms [F, 3]`` of the arcs followed by their end points."""
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
    frame = torch.stack([middle, torch.linalg.cross(circle.axis, middle), circle.axis], dim=1)
    zero = torch.zeros_like(vertex[:, 0])
    edges = [
        torch.cat([circle.centre, vertex]),
        torch.cat([frame, torch.eye(3).to(frame).expand(vertex.shape[0], 3, 3)]),
        torch.cat([circle.radius, zero]),
        torch.cat([cosine, zero - 2.0]),
    ]
    return edges, torch.cat([torch.cat([pair, torch.full_like(pair[:, :1], -1)], dim=1), triple])


def _unique_vertices(vertex: Tensor, triple: Tensor, pos: Tensor) -> tuple[Tensor, Tensor]:
    """Each vertex ends three arcs; keep it once. Key: the three balls and the side of their plane."""
    triple = triple.sort(dim=1).values
    a, b, c = pos[triple].unbind(1)
    side = (torch.linalg.cross(b - a, c - a) * (vertex - a)).sum(1) > 0
    size = pos.shape[0]
    key = ((triple[:, 0] * size + triple[:, 1]) * size + triple[:, 2]) * 2 + side
    order = torch.argsort(key, stable=True)
    first = torch.ones_like(key, dtype=torch.bool)
    first[1:] = key[order][1:] != key[order][:-1]
    return vertex[order[first]], triple[order[first]]
