"""The boundary of a union of balls: its accessible circular arcs and vertices, in closed form.

The boundary consists of patches of spheres, of arcs of the circles in which two spheres meet, and of vertices in which
three meet. Totally buried circles and spheres are dropped. All lengths in Å, computed in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import torch
from torch import Tensor

from torch_molfield.compiled import kernels
from torch_molfield.geometry.neighbors import neighbor_pairs
from torch_molfield.geometry.ragged import pad_rows

#: Slack (Å²) in "ball k covers this point of the circle": coincident circles of symmetric molecules stay accessible.
POWER_SLACK = 1.0e-11
#: Circle-by-ball products examined at once; bounds the memory.
BLOCK = 2_000_000
#: that a product takes, about
SECONDS = 5e-8


@dataclass(frozen=True)
class Circles:
    """Circles where spheres ``first`` and ``second`` meet: ``centre + radius (cos θ u + sin θ v)``, ``u × v = axis``.

    ``first``, ``second``, ``radius`` are ``[E]``; ``centre``, ``axis``, ``u``, ``v`` are ``[E, 3]``.
    """

    first: Tensor
    second: Tensor
    centre: Tensor
    axis: Tensor
    radius: Tensor
    u: Tensor
    v: Tensor

    def __getitem__(self, index: Tensor | slice) -> Circles:
        return Circles(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    def at(self, angle: Tensor) -> Tensor:
        """Points ``[E, 3]`` of the circles at ``angle [E]``."""
        return self.centre + self.radius[:, None] * self.direction(angle)

    def direction(self, angle: Tensor) -> Tensor:
        """Unit vectors ``[E, 3]`` from the centres towards ``angle [E]``."""
        return torch.cos(angle)[:, None] * self.u + torch.sin(angle)[:, None] * self.v


@dataclass(frozen=True)
class Arcs:
    """Accessible arcs, counter-clockwise from ``start`` to ``stop`` (radians), ended by balls ``enter`` and ``leave``.

    ``enter = leave = -1`` and a length of 2π for a whole circle.
    """

    circle: Circles
    start: Tensor
    stop: Tensor
    enter: Tensor
    leave: Tensor


def meeting_pairs(pos: Tensor, radius: Tensor, batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Directed pairs of spheres that cut each other, ``(i [M], j [M])`` sorted by ``i``, and ``hidden [N]``.

    ``hidden`` marks balls that lie inside another one; they bound nothing, so they take part in no pair.
    """
    i, j = neighbor_pairs(pos, pos, 2.0 * float(radius.max()), batch, batch)
    i, j = i[i != j], j[i != j]
    distance = (pos[i] - pos[j]).norm(dim=1)
    inside = distance <= radius[j] - radius[i]
    hidden = torch.zeros(pos.shape[0], dtype=torch.bool, device=pos.device)
    hidden[i[inside]] = True
    meet = (distance < radius[i] + radius[j]) & ~hidden[i] & ~hidden[j]
    return i[meet], j[meet], hidden


def circles_of(pos: Tensor, radius: Tensor, i: Tensor, j: Tensor) -> Circles:
    """The circles of the pairs ``(i [E], j [E])``, axis from ``i`` to ``j``."""
    step = pos[j] - pos[i]
    distance = step.norm(dim=1)
    axis = step / distance[:, None]
    height = (distance.square() + radius[i].square() - radius[j].square()) / (2.0 * distance)
    circle_radius = (radius[i].square() - height.square()).clamp_min(0.0).sqrt()
    # The coordinate axis least aligned with the circle's makes a well-conditioned frame.
    helper = torch.nn.functional.one_hot(axis.abs().argmin(dim=1), 3).to(axis)
    u = torch.linalg.cross(axis, helper)
    u = u / u.norm(dim=1, keepdim=True)
    return Circles(i, j, pos[i] + height[:, None] * axis, axis, circle_radius, u, torch.linalg.cross(axis, u))


def accessible_arcs(pos: Tensor, radius: Tensor, i: Tensor, j: Tensor) -> Arcs:
    """Arcs outside all balls, from the directed pairs of :func:`meeting_pairs`."""
    table = pad_rows(i, j, pos.shape[0])
    half = i < j
    circles = circles_of(pos, radius, i[half], j[half])
    loops = kernels(__name__, SECONDS * circles.first.numel() * table.shape[1], pos.device)
    found: Arcs = loops.arcs_of_circles(circles, table, pos, radius)
    return found


def arcs_of_circles(circles: Circles, table: Tensor, pos: Tensor, radius: Tensor) -> Arcs:
    """Arcs of the circles outside all balls; ``table [N, K]`` lists the balls that cut each one, -1 for none."""
    step = max(1, BLOCK // table.shape[1])
    starts = range(0, max(circles.first.numel(), 1), step)
    parts = [_arcs_of_block(circles[slice(s, s + step)], table, pos, radius) for s in starts]
    merged = Circles(*(torch.cat([getattr(p.circle, n) for p in parts]) for n in Circles.__dataclass_fields__))
    return Arcs(merged, *(torch.cat([getattr(p, n) for p in parts]) for n in ("start", "stop", "enter", "leave")))


def _arcs_of_block(circles: Circles, table: Tensor, pos: Tensor, radius: Tensor) -> Arcs:
    balls = table[circles.first]
    angle, cosine = _covered(circles, balls, pos, radius)
    open_circle = (cosine > -1.0).all(dim=1)
    circles, balls, angle, cosine = circles[open_circle], balls[open_circle], angle[open_circle], cosine[open_circle]
    covers = cosine < 1.0
    half = torch.arccos(cosine.clamp(-1.0, 1.0))
    begin = torch.where(covers, torch.remainder(angle - half, 2.0 * pi), torch.inf)
    begin, order = torch.sort(begin, dim=1)
    end = begin + 2.0 * torch.gather(half, 1, order)
    balls = torch.gather(balls, 1, order)
    end = torch.where(torch.isfinite(begin), end, -torch.inf)
    whole = ~covers.any(dim=1)
    reached, reacher = _reached_before(end)
    row, column = ((begin - reached > -1e-12) & torch.isfinite(begin)).nonzero(as_tuple=True)
    ring = whole.nonzero()[:, 0]
    nobody = torch.full_like(ring, -1)
    return Arcs(
        circles[torch.cat([row, ring])],
        torch.cat([reached[row, column], torch.zeros_like(circles.radius[ring])]),
        torch.cat([begin[row, column], torch.full_like(circles.radius[ring], 2.0 * pi)]),
        torch.cat([balls[row, reacher[row, column]], nobody]),
        torch.cat([balls[row, column], nobody]),
    )


def _covered(circles: Circles, balls: Tensor, pos: Tensor, radius: Tensor) -> tuple[Tensor, Tensor]:
    """Ball k covers the angles θ of circle e with ``cos(θ - angle[e, k]) > cosine[e, k]``."""
    away = pos[balls] - circles.centre[:, None]
    x = torch.einsum("ekd,ed->ek", away, circles.u)
    y = torch.einsum("ekd,ed->ek", away, circles.v)
    power = away.square().sum(-1) + circles.radius.square()[:, None] - radius[balls].square() + POWER_SLACK
    reach = (2.0 * circles.radius[:, None] * torch.hypot(x, y)).clamp_min(1e-15)
    cosine = torch.where((balls < 0) | (balls == circles.second[:, None]), 2.0, power / reach)
    return torch.atan2(y, x), cosine


def _reached_before(end: Tensor) -> tuple[Tensor, Tensor]:
    """How far the intervals before each one (in sorted order, and all of the turn before) reach, and which of them."""
    furthest, by = torch.cummax(end, dim=1)
    last, last_by = furthest[:, -1:] - 2.0 * pi, by[:, -1:]
    reached = torch.cat([last, torch.maximum(furthest[:, :-1], last)], dim=1)
    reacher = torch.cat([last_by, torch.where(furthest[:, :-1] >= last, by[:, :-1], last_by)], dim=1)
    return reached, reacher
