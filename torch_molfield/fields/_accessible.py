"""Distance from points to the space outside a union of balls, with the nearest point and what it lies on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.geometry.ragged import row_pointers, tiles
from torch_molfield.geometry.union_boundary import UnionBoundary

#: Point–candidate products worked on at once: blocks that stay in a CPU's cache are the fastest.
BUDGET = 400_000


@dataclass(frozen=True)
class Nearest:
    """Signed distance ``depth [P]`` to the union's boundary (negative outside) and its explanation.

    Attributes:
        depth: ``[P]`` Å; distance to the accessible space inside the union, minus the distance to the balls outside.
        foot: ``[P, 3]`` nearest point of the boundary, relative to the molecule's origin.
        atoms: ``[P, 3]`` the one, two or three balls whose spheres the foot lies on, -1 for none.
    """

    depth: Tensor
    foot: Tensor
    atoms: Tensor


def nearest_accessible(x: Tensor, molecule: Tensor, balls: UnionBoundary, ball_pointers: Tensor) -> Nearest:
    """Nearest boundary points of ``x [P, 3]`` (Å, relative to the origins of their ``molecule [P]``).

    The ball that ``x`` is deepest in bounds the distance from below; its radial projection attains it if it is
    accessible. Otherwise the nearest point lies on an edge: no other sphere's projection can be accessible.
    """
    ball = _deepest_ball(x, molecule, balls, ball_pointers)
    step = x - balls.pos[ball]
    distance = step.norm(dim=1)
    # At a centre every direction is as near; any unit vector serves.
    outwards = torch.where(
        distance[:, None] > 1e-12, step / distance[:, None].clamp_min(1e-12), step.new_tensor([0.0, 0.0, 1.0])
    )
    depth = balls.radius[ball] - distance
    foot = balls.pos[ball] + balls.radius[ball, None] * outwards
    atoms = torch.stack([ball, torch.full_like(ball, -1), torch.full_like(ball, -1)], dim=1)
    blocked = (depth > 0).nonzero()[:, 0]
    blocked = blocked[_is_covered(ball[blocked], outwards[blocked], balls)]
    edge = _nearest_edge(x[blocked], molecule[blocked], balls)
    blocked, edge = blocked[edge >= 0], edge[edge >= 0]
    foot[blocked] = edge_foot(x[blocked], edge, balls)
    depth[blocked] = (x[blocked] - foot[blocked]).norm(dim=1)
    atoms[blocked] = balls.atoms[edge]
    return Nearest(depth, foot, atoms)


def edge_foot(x: Tensor, edge: Tensor, balls: UnionBoundary) -> Tensor:
    """Nearest point ``[P, 3]`` of the circle (or vertex) ``edge [P]`` to ``x [P, 3]``; on the axis any of them."""
    away, axis = x - balls.centre[edge], balls.axis[edge]
    across = away - (away * axis).sum(1, keepdim=True) * axis
    length = across.norm(dim=1, keepdim=True)
    direction = torch.where(length > 1e-12, across / length.clamp_min(1e-12), balls.middle[edge])
    return balls.centre[edge] + balls.ring[edge, None] * direction


def _deepest_ball(x: Tensor, molecule: Tensor, balls: UnionBoundary, pointers: Tensor) -> Tensor:
    ball = torch.empty_like(molecule)
    for point, candidate in tiles(molecule, pointers, BUDGET):
        step = torch.cdist(x[point], balls.pos[candidate], compute_mode="donot_use_mm_for_euclid_dist")
        best = (step - balls.radius[candidate][:, None]).argmin(dim=2)
        ball[point] = torch.gather(candidate, 1, best)
    return ball


def _is_covered(ball: Tensor, outwards: Tensor, balls: UnionBoundary) -> Tensor:
    """Whether the point of sphere ``ball [P]`` in direction ``outwards [P, 3]`` lies inside another ball."""
    slack = 1e-12 if outwards.dtype == torch.float64 else 1e-6
    covered = ~balls.exposed[ball]
    ask = (~covered).nonzero()[:, 0]
    step = max(1, BUDGET // balls.caps.shape[1])
    for part in ask.split(step):
        caps = balls.caps[ball[part]]
        cosine = torch.einsum("pkd,pd->pk", caps[..., :3], outwards[part])
        covered[part] = (cosine > caps[..., 3] + slack).any(dim=1)
    return covered


def _nearest_edge(x: Tensor, molecule: Tensor, balls: UnionBoundary) -> Tensor:
    """Index ``[P]`` of the nearest edge, -1 where the molecule has none."""
    nearest = torch.full_like(molecule, -1)
    for point, edge in tiles(molecule, balls.pointers, BUDGET):
        best = _square_distances(x[point], edge, balls).argmin(dim=2)
        nearest[point] = torch.gather(edge, 1, best)
    return nearest


def _square_distances(x: Tensor, edge: Tensor, balls: UnionBoundary) -> Tensor:
    """``[n, T, K]`` squared distances of ``x [n, T, 3]`` to the edges ``[n, K]``; infinite beside an arc's range."""
    centre, axis, middle, ring = balls.centre[edge], balls.axis[edge], balls.middle[edge], balls.ring[edge][:, None]
    # Near the tile's own origin the expanded square |x|² - 2 x·c + |c|² keeps its digits.
    origin = centre.mean(dim=1, keepdim=True)
    x, centre = x - origin, centre - origin
    square = _affine(x, -2.0 * centre, centre.square().sum(-1)) + x.square().sum(-1)[..., None]
    height = _affine(x, axis, -(axis * centre).sum(-1))
    along = _affine(x, middle, -(middle * centre).sum(-1))
    across = (square - height.square()).clamp_min(0.0).sqrt()
    # On the axis, where along and across are round-off, the arc is as near as its ends: let it pass.
    slack = 1e-12 if x.dtype == torch.float64 else 1e-5
    beside = along < across * balls.cosine[edge][:, None] - slack
    return (square + ring.square() - 2.0 * ring * across).masked_fill(beside, torch.inf)


def _affine(x: Tensor, slope: Tensor, offset: Tensor) -> Tensor:
    return torch.baddbmm(offset[:, None], x, slope.transpose(1, 2))


def molecule_pointers(batch: Tensor) -> Tensor:
    """Where the atoms of each molecule of the sorted ``batch [N]`` begin, ``[B + 1]``."""
    return row_pointers(batch, int(batch[-1]) + 1)
