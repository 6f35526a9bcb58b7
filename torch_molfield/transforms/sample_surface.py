"""Points on a level set of a field, its normals, and the points that a signed-distance loss needs."""

from __future__ import annotations

import copy

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform
from torch_geometric.transforms import BaseTransform

from torch_molfield.fields.base import Field
from torch_molfield.geometry.precision import full_precision
from torch_molfield.transforms.per_sample import atoms_of, each_molecule, normal, sample_generator
from torch_molfield.transforms.random_points import in_boxes

#: Half thickness (Å) of the layer whose points are projected on the surface.
_BAND = 0.15
#: A distance whose gradient turned on the way by more than this cosine (2°) led to a crease; where the field is no
#: distance, gradients turn by curvature and only gross turns mean that.
_STRAIGHT, _CURVED = 0.9994, 0.9
#: Newton steps, after which a point must be within ``tolerance`` of the surface.
_STEPS = 8
#: Rounds of candidates before giving up.
_ROUNDS = 100
#: Candidates per wanted point in one round.
_OVERSAMPLING = 8


@functional_transform("molfield_sample_surface")
class SampleSurface(BaseTransform):
    """Sample a surface field = ``level``: add points on it, outward normals, near-surface values and Eikonal points.

    Writes ``surface_pos [num_points, 3]`` Å and ``surface_normal [num_points, 3]``; if ``num_offsets`` > 0, ``points
    [num_offsets, 3]`` (surface points displaced by N(0, ``offset_std``²) in each direction) and the true ``field_values
    [num_offsets, C]`` there; if ``num_eikonal`` > 0, ``eikonal_pos [num_eikonal, 3]``, uniform in the box. Load with
    ``follow_batch=["surface_pos", "points", "eikonal_pos"]``; if the transform is applied to a batch, it adds these
    itself.

    Points drawn uniformly in space are kept if they are within 0.15 Å of the surface (to first order), and moved onto
    it along the gradient by Newton steps, x − (f − level) ∇f / |∇f|². Their density on the surface is uniform by area
    up to second order in 0.15 Å × curvature, and up to half as high in a strip of that width along the creases of a van
    der Waals surface. Points that end on a crease, where there is no normal, or do not come within ``tolerance``, are
    drawn again.

    Args:
        field: any field with a gradient, such as ``SignedDistanceField("ses")`` or a density.
        num_points: surface points per molecule.
        num_offsets: near-surface points with values; 0 for none.
        offset_std: standard deviation of their displacement in each direction, Å.
        num_eikonal: points for an Eikonal loss; 0 for none.
        level: value of the field on the surface.
        channel: column of the field.
        ascent: whether the field grows inwards (a density), so that normals point against the gradient.
        margin: distance in Å by which the box of the atoms is widened; the box must contain the surface.
        tolerance: largest distance of a point from the surface, Å, to first order.
        seed: as for :class:`~torch_molfield.transforms.sample_field.SampleField`.

    Raises:
        ValueError: for parameters out of range or malformed atoms; when applied, for a surface that is not in the box.
    """

    def __init__(
        self,
        field: Field,
        num_points: int = 1024,
        num_offsets: int = 0,
        offset_std: float = 0.2,
        num_eikonal: int = 0,
        level: float = 0.0,
        channel: int = 0,
        ascent: bool = False,
        margin: float = 3.5,
        tolerance: float = 1.0e-3,
        seed: int | None = None,
    ) -> None:
        if num_points < 1 or num_offsets < 0 or num_eikonal < 0:
            raise ValueError(
                f"num_points must be positive, num_offsets and num_eikonal at least 0, "
                f"got {num_points}, {num_offsets}, {num_eikonal}."
            )
        if not (offset_std > 0 and margin >= 0 and tolerance > 0):
            raise ValueError(
                f"offset_std and tolerance must be positive and margin at least 0 (Å), "
                f"got {offset_std}, {tolerance}, {margin}."
            )
        if not 0 <= channel < len(field.channels):
            raise ValueError(
                f"channel {channel} does not exist; the {len(field.channels)} channels are {', '.join(field.channels)}."
            )
        self.field, self.num_points, self.num_offsets, self.offset_std = field, num_points, num_offsets, offset_std
        self.num_eikonal, self.level, self.channel, self.ascent = num_eikonal, float(level), channel, ascent
        self.margin, self.tolerance, self.seed = float(margin), float(tolerance), seed

    @full_precision
    def forward(self, data: Data) -> Data:
        """Return a copy with the samples; a batch is sampled molecule by molecule."""
        follow = ["surface_pos", *["points"] * (self.num_offsets > 0), *["eikonal_pos"] * (self.num_eikonal > 0)]
        return each_molecule(data, self._sample, follow)

    def _sample(self, data: Data) -> Data:
        z, pos = atoms_of(data)
        generator = sample_generator(self.seed, z, pos)
        result = copy.copy(data)
        # A distance's gradient is a difference of nearly equal places at the surface: float64, or normals are noise.
        surface = self._surface(z, pos.double(), generator)
        result.surface_pos, result.surface_normal = (part.to(pos.dtype) for part in surface)
        if self.num_offsets:
            base = torch.randint(self.num_points, (self.num_offsets,), generator=generator).to(pos.device)
            result.points = result.surface_pos[base] + normal(self.num_offsets, self.offset_std, pos, generator)
            with torch.no_grad():
                result.field_values = self.field.bind(z, pos)(result.points)
        if self.num_eikonal:
            result.eikonal_pos = self._in_box(pos.double(), self.num_eikonal, generator).to(pos.dtype)
        return result

    def _in_box(self, pos: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
        return in_boxes(pos, pos.new_zeros(len(pos), dtype=torch.long), count, self.margin, generator)[0]

    def _surface(self, z: Tensor, pos: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        points, normals, found = [], [], 0
        for _ in range(_ROUNDS):
            start = self._in_box(pos, _OVERSAMPLING * self.num_points, generator)
            there, outwards = self._project(z, pos, start)
            points.append(there)
            normals.append(outwards)
            found += there.shape[0]
            if found >= self.num_points:
                return torch.cat(points)[: self.num_points], torch.cat(normals)[: self.num_points]
        raise ValueError(
            f"field: only {found} of {self.num_points} points of {self.field!r} = {self.level:g} were found within "
            f"{self.margin:g} Å of the atoms; widen margin, or choose a level that the field takes there."
        )

    def _project(self, z: Tensor, pos: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Surface points and normals that the candidates ``[M, 3]`` in the band lead to."""
        gap, uphill, length = self._gap(z, pos, points)
        near = gap.abs() <= _BAND
        start = points = points[near]
        gap, uphill, distance = gap[near], uphill[near], (length[near] - 1.0).abs() < 1.0e-3
        heading = uphill.clone()
        for _ in range(_STEPS):
            open_ = gap.abs() > 0.1 * self.tolerance
            if not bool(open_.any()):
                break
            points = points.clone()
            points[open_] -= gap[open_, None].clamp(-_BAND, _BAND) * uphill[open_]
            gap[open_], uphill[open_], _ = self._gap(z, pos, points[open_])
        # A point led far away by a kink would be counted for another part of the surface.
        good = (gap.abs() <= self.tolerance) & ((points - start).norm(dim=1) <= 2 * _BAND)
        good &= (heading * uphill).sum(1) > torch.where(distance, _STRAIGHT, _CURVED)
        return points[good], -uphill[good] if self.ascent else uphill[good]

    def _gap(self, z: Tensor, pos: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """First-order signed distance ``[M]`` (Å) to the level set, the gradient's direction and length."""
        with torch.enable_grad():
            probe = points.detach().requires_grad_(True)
            value = self.field.bind(z, pos)(probe)[:, self.channel]
            (gradient,) = torch.autograd.grad(value.sum(), probe)
        length = gradient.norm(dim=1).clamp(min=1.0e-12)
        return (value.detach() - self.level) / length, gradient / length[:, None], length

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.field!r}, num_points={self.num_points}, num_offsets={self.num_offsets}, "
            f"offset_std={self.offset_std}, num_eikonal={self.num_eikonal}, level={self.level}, "
            f"channel={self.channel}, ascent={self.ascent}, margin={self.margin}, tolerance={self.tolerance}, "
            f"seed={self.seed})"
        )
