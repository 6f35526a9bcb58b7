"""Query points and the values of a field there."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform
from torch_geometric.transforms import BaseTransform

from torch_molfield.fields.base import Field
from torch_molfield.fields.signed_distance import SignedDistanceField
from torch_molfield.geometry.precision import full_precision
from torch_molfield.geometry.quadrature import becke_grid
from torch_molfield.transforms.density_points import MARGIN, NEAR, density_points
from torch_molfield.transforms.distance_points import sample_distances
from torch_molfield.transforms.per_sample import atoms_of, each_molecule, sample_generator
from torch_molfield.transforms.random_points import boxes, in_boxes, near_atoms

SCHEMES = ("uniform", "near_atoms", "mixed", "surface", "grid", "quadrature")


@functional_transform("molfield_sample_field")
class SampleField(BaseTransform):
    """Sample a field: add ``points [Q, 3]`` Å, ``field_values [Q, C]`` and, if wanted, ``field_gradients [Q, C, 3]``.

    Load with ``follow_batch=["points"]``; if the transform is applied to a batch, it adds ``points_batch`` itself.

    The schemes, with the box of the atoms widened by ``margin`` on every side:

    - ``"uniform"``: uniform in the box.
    - ``"near_atoms"``: a random atom + N(0, ``std``²) in each direction.
    - ``"mixed"``: half of each (if odd, one more uniform point); used to learn densities.
    - ``"surface"``: for a :class:`~torch_molfield.fields.SignedDistanceField`; N(0, 0.25²) Å from the surface along its
      normal, and 5 % uniform in the box of the atoms ± 3 Å; used to learn surfaces.
    - ``"grid"``: cell centres of a regular grid in the box, x slowest; the number or density is rounded to whole rows.
    - ``"quadrature"``: Becke's integration points; also adds ``point_weights [Q]`` Å³ (∫ f ≈ Σ w f).

    Boxes and quadrature spheres have the axes of the coordinates: apply :class:`CanonicalFrame` first to sample in the
    molecule's own frame.

    Args:
        field: any :class:`~torch_molfield.fields.base.Field`.
        num_points: points per molecule; give either this or ``density``.
        density: points per Å³ of the box; give neither with ``"quadrature"``.
        scheme: one of the above.
        margin: distance in Å by which the box is widened; fixed for ``"surface"``.
        std: standard deviation of the displacements from atoms, Å.
        quadrature: number of radii per atom and degree of the rule on spheres
            (:func:`~torch_molfield.geometry.quadrature.becke_grid`).
        seed: ``None`` draws from PyTorch's global generator (new points at every access, another stream in each
            worker); an integer gives each molecule its own fixed points, for any number of workers.
        gradients: whether ``field_gradients`` are added: ∇f in the units of the field per Å.

    Raises:
        ValueError: for parameters that do not go together or are out of range, or malformed atoms.
    """

    def __init__(
        self,
        field: Field,
        num_points: int | None = None,
        density: float | None = None,
        scheme: str = "uniform",
        margin: float = MARGIN,
        std: float = NEAR,
        quadrature: tuple[int, int] = (30, 17),
        seed: int | None = None,
        gradients: bool = False,
    ) -> None:
        if scheme not in SCHEMES:
            raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}, got {scheme!r}.")
        wanted = 0 if scheme == "quadrature" else 1
        if (num_points is not None) + (density is not None) != wanted:
            raise ValueError(
                f"scheme {scheme!r} needs {'exactly one' if wanted else 'neither'} of num_points, density."
            )
        if (num_points is not None and num_points < 1) or (density is not None and not 0 < density < math.inf):
            raise ValueError(
                f"num_points or density must be positive, got {num_points if density is None else density}."
            )
        if not (margin >= 0 and std > 0):
            raise ValueError(f"margin must be at least 0 and std positive (Å), got {margin} and {std}.")
        if scheme == "surface" and not isinstance(field, SignedDistanceField):
            raise ValueError(f"scheme 'surface' needs a SignedDistanceField, got {field!r}; choose another scheme.")
        self.field, self.scheme, self.margin, self.std = field, scheme, float(margin), float(std)
        self.num_points, self.density, self.quadrature, self.seed = num_points, density, tuple(quadrature), seed
        self.gradients = gradients

    @full_precision
    def forward(self, data: Data) -> Data:
        """Return a copy with the points and values; a batch is sampled molecule by molecule."""
        return each_molecule(data, self._sample, ["points"])

    def _sample(self, data: Data) -> Data:
        z, pos = atoms_of(data)
        generator = sample_generator(self.seed, z, pos)
        result, alone = copy.copy(data), torch.zeros_like(z)
        if self.scheme == "surface":
            count = self._count(pos, alone)
            samples = sample_distances(self.field, z, pos, alone, count, generator)  # type: ignore[arg-type]
            result.points, result.field_values = samples.points, samples.values[:, None]
            if self.gradients:
                result.field_gradients = samples.gradients[:, None]
            return result
        if self.scheme == "quadrature":
            result.points, result.point_weights, _ = becke_grid(z, pos, None, *self.quadrature)
        else:  # drawn in float64, so that a molecule has the same points in every dtype
            result.points = self._points(pos.double(), alone, generator).to(pos.dtype)
        function = self.field.bind(z, pos)
        with torch.no_grad():
            result.field_values = function(result.points)
        if self.gradients:
            result.field_gradients = function.gradient(result.points)
        return result

    def _points(self, pos: Tensor, batch: Tensor, generator: torch.Generator | None) -> Tensor:
        count = self._count(pos, batch)
        if self.scheme == "uniform":
            return in_boxes(pos, batch, count, self.margin, generator)[0]
        if self.scheme == "near_atoms":
            return near_atoms(pos, batch, count, self.std, generator)[0]
        if self.scheme == "mixed":
            return density_points(pos, batch, count, generator, self.std, self.margin)[0]
        low, high = boxes(pos, batch, self.margin)
        return _grid(low[0], high[0], count)

    def _count(self, pos: Tensor, batch: Tensor) -> int:
        if self.density is None:
            return self.num_points or 0
        low, high = boxes(pos, batch, self.margin)
        return max(1, round(self.density * float((high - low).prod())))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.field!r}, num_points={self.num_points}, density={self.density}, "
            f"scheme={self.scheme!r}, margin={self.margin}, std={self.std}, quadrature={self.quadrature}, "
            f"seed={self.seed}, gradients={self.gradients})"
        )


def _grid(low: Tensor, high: Tensor, count: int) -> Tensor:
    size = (high - low).clamp(min=1.0e-3)
    spacing = float((size.double().prod() / count) ** (1 / 3))
    rows = (size / spacing).round().long().clamp(min=1)
    axes = [
        low[k] + (torch.arange(int(rows[k]), device=low.device, dtype=low.dtype) + 0.5) * size[k] / rows[k]
        for k in range(3)
    ]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(-1, 3)
