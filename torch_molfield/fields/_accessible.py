"""Distance from points to the space outside a union of balls, with the nearest point and what it lies on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from torch_molfield.geometry.candidates import nearest_candidates
from torch_molfield.geometry.ragged import tiles
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

    def to(self, dtype: torch.dtype) -> Nearest:
        """The same in another precision."""
        return Nearest(self.depth.to(dtype), self.foot.to(dtype), self.atoms)


def nearest_accessible(x: Tensor, molecule: Tensor, balls: UnionBoundary) -> Nearest:
    """Nearest boundary points of ``x [P, 3]`` (Å, relative to the origins of their ``molecule [P]``).

    The ball that ``x`` is deepest in bounds the distance from below; its radial projection attains it if it is
    accessible. Otherwise the nearest point lies on an edge: no other sphere's projection can be accessible.
    """
    ball = _deepest_ball(x, molecule, balls)
    step = x - balls.pos[ball]
    distance = step.norm(dim=1)
    outwards = unit(step, step.new_tensor([0.0, 0.0, 1.0]))  # at a centre every direction is as near
    depth = balls.radius[ball] - distance
    foot = balls.pos[ball] + balls.radius[ball, None] * outwards
    atoms = torch.stack([ball, torch.full_like(ball, -1), torch.full_like(ball, -1)], dim=1)
    blocked = (depth > 0).nonzero()[:, 0]
    blocked = blocked[_is_covered(ball[blocked], outwards[blocked], balls)]
    edge = _nearest_edge(x[blocked], molecule[blocked], balls)
    blocked, edge = blocked[edge >= 0], edge[edge >= 0]
    foot[blocked] = _edge_foot(x[blocked], edge, balls)
    depth[blocked] = (x[blocked] - foot[blocked]).norm(dim=1)
    atoms[blocked] = balls.atoms[edge]
    return Nearest(depth, foot, atoms)


def unit(vector: Tensor, fallback: Tensor) -> Tensor:
    """``vector [P, 3]`` over its length, ``fallback`` where that is zero."""
    length = vector.norm(dim=1, keepdim=True)
    return torch.where(length > 1e-12, vector / length.clamp_min(1e-12), fallback)


def _deepest_ball(x: Tensor, molecule: Tensor, balls: UnionBoundary) -> Tensor:
    def bounds(centre: Tensor, atom: Tensor) -> tuple[Tensor, Tensor]:
        gap = (centre - balls.pos[atom]).norm(dim=1) - balls.radius[atom]
        return gap, gap

    found = nearest_candidates(x, molecule, balls.atom_pointers, bounds)
    ball = torch.empty_like(molecule)
    for point, entry in tiles(found.group, found.pointers, BUDGET):
        candidate = found.member[entry]
        distance = torch.cdist(x[point], balls.pos[candidate], compute_mode="donot_use_mm_for_euclid_dist")
        best = (distance - balls.radius[candidate][:, None]).argmin(dim=2)
        ball[point] = torch.gather(candidate, 1, best)
    return ball


def _is_covered(ball: Tensor, outwards: Tensor, balls: UnionBoundary) -> Tensor:
    """Whether the point of sphere ``ball [P]`` in direction ``outwards [P, 3]`` lies inside another ball."""
    slack = 1e-12 if outwards.dtype == torch.float64 else 1e-6
    covered = ~balls.exposed[ball]
    ask = (~covered).nonzero()[:, 0]
    for part in ask.split(max(1, BUDGET // balls.caps.shape[1])):
        caps = balls.caps[ball[part]]
        cosine = (caps[..., :3] @ outwards[part, :, None])[..., 0]
        covered[part] = (cosine > caps[..., 3] + slack).any(dim=1)
    return covered


def _nearest_edge(x: Tensor, molecule: Tensor, balls: UnionBoundary) -> Tensor:
    """Index ``[P]`` of the nearest edge, -1 where the molecule has none."""

    def bounds(centre: Tensor, edge: Tensor) -> tuple[Tensor, Tensor]:
        local = (balls.frame[edge] @ (centre - balls.centre[edge])[..., None])[..., 0]
        across = local[:, :2].norm(dim=1)
        distance = torch.hypot(across - balls.ring[edge], local[:, 2])
        return distance, distance.masked_fill(local[:, 0] < across * balls.cosine[edge], torch.inf)

    found = nearest_candidates(x, molecule, balls.edge_pointers, bounds)
    nearest = torch.full_like(molecule, -1)
    for point, entry in tiles(found.group, found.pointers, BUDGET):
        candidate = found.member[entry]
        best = _square_distances(x[point], candidate, balls).argmin(dim=2)
        nearest[point] = torch.gather(candidate, 1, best)
    return nearest


def _square_distances(x: Tensor, edge: Tensor, balls: UnionBoundary) -> Tensor:
    """``[n, T, K]`` squared distances of ``x [n, T, 3]`` to the edges ``[n, K]``; infinite beside an arc's range."""
    n, k = edge.shape
    frame, ring, cosine = balls.frame[edge], balls.ring[edge][:, None], balls.cosine[edge][:, None]
    # Components by one product with the frames' rows, about an origin near the tile to keep digits.
    origin = x[:, :1]
    offset = -(frame @ (balls.centre[edge] - origin)[..., None])[..., 0]
    slope = frame.permute(0, 3, 2, 1).reshape(n, 3, 3 * k)
    local = torch.baddbmm(offset.transpose(1, 2).reshape(n, 1, 3 * k), x - origin, slope)
    along, beside, height = local.split(k, dim=2)
    across = (along.square() + beside.square()).sqrt()
    square = (across - ring).square() + height.square()
    return square.masked_fill(along < across * cosine, torch.inf)


def _edge_foot(x: Tensor, edge: Tensor, balls: UnionBoundary) -> Tensor:
    """Nearest point ``[P, 3]`` of the circle (or vertex) ``edge [P]`` to ``x [P, 3]``; on the axis the arc's middle."""
    away, axis, middle = x - balls.centre[edge], balls.frame[edge, 2], balls.frame[edge, 0]
    across = away - (away * axis).sum(1, keepdim=True) * axis
    return balls.centre[edge] + balls.ring[edge, None] * unit(across, middle)
