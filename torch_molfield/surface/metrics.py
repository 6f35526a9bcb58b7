"""How far a predicted surface of a molecule is from its reference: distances in Å, overlap, normals, field error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from torch_molfield.surface.distance import MeshDistance
from torch_molfield.surface.mesh import Floats, Mesh, normalized
from torch_molfield.surface.overlap import volume_iou
from torch_molfield.surface.refinement import newton_to_zero, value_and_gradient

#: half the thickness (Å) of the shell around the surface in which fields are compared
BAND = 1.0


@dataclass(frozen=True)
class Surface:
    """A surface to compare: a mesh and, if there is one, the function whose zero set it is.

    Args:
        mesh: watertight, faces outwards.
        fn: ``points [Q, 3] Å -> [Q]``, negative inside, differentiable. With it, points and normals are taken on its
            exact zero set instead of on flat triangles, which lie up to h²/8r inside a curved surface.
        is_distance: whether ``fn`` is the true signed distance, so that |fn| is the distance itself.
        dtype: dtype of the points that ``fn`` takes.
        device: device of the points that ``fn`` takes.
    """

    mesh: Mesh
    fn: Callable[[Tensor], Tensor] | None = None
    is_distance: bool = False
    dtype: torch.dtype = torch.float32
    device: torch.device | str = "cpu"
    chunk_size: int = 32768

    def sample(self, n: int, seed: int) -> tuple[Floats, Floats]:
        """``n`` points ``[n, 3]`` Å uniform by area and their outward unit normals ``[n, 3]``."""
        points, normals, _ = self.mesh.sample(n, seed)
        return (points, normals) if self.fn is None else self._settled(points)

    def foot(self, points: Floats) -> tuple[Floats, Floats]:
        """Return the distance ``[n]`` (Å) of points ``[n, 3]`` from the surface, and outward normals ``[n, 3]``."""
        if self.fn is not None and self.is_distance:
            values, gradients = self._evaluate(points)
            return np.abs(values), normalized(gradients)
        closest = self._distance(points)
        if self.fn is None:
            return closest.distance, normalized(
                self.mesh.interpolate(self.mesh.vertex_normals, closest.faces, closest.weights)
            )
        feet, normals = self._settled(closest.points)
        # Settling from a facet leaves the foot beside the perpendicular; once more from the tangent plane of the foot.
        height = ((points - feet) * normals).sum(axis=1, keepdims=True)
        nearer, nearer_normals = self._settled(points - height * normals)
        distance, second = np.linalg.norm(points - feet, axis=1), np.linalg.norm(points - nearer, axis=1)
        return np.minimum(distance, second), np.where((second < distance)[:, None], nearer_normals, normals)

    def values(self, points: Floats) -> Floats:
        """Return ``fn`` at points ``[n, 3]`` Å, ``[n]``.

        Raises:
            ValueError: if the surface has no function.
        """
        return self._evaluate(points)[0]

    @cached_property
    def _distance(self) -> MeshDistance:
        return MeshDistance(self.mesh)

    @cached_property
    def _reach(self) -> float:
        """Longest way (Å) a point may go from a facet to the zero set: the typical length of an edge."""
        return float(np.sqrt(self.mesh.area / max(len(self.mesh.faces), 1)))

    def _settled(self, points: Floats) -> tuple[Floats, Floats]:
        fn = self._function()
        parts = [newton_to_zero(fn, chunk, 3, self._reach) for chunk in self._chunks(points)]
        settled = torch.cat(parts).double().cpu().numpy()
        return settled, normalized(self._evaluate(settled)[1])

    def _evaluate(self, points: Floats) -> tuple[Floats, Floats]:
        pairs = [value_and_gradient(self._function(), chunk) for chunk in self._chunks(points)]
        values, gradients = (torch.cat(column).double().cpu().numpy() for column in zip(*pairs, strict=True))
        return values, np.nan_to_num(gradients)

    def _chunks(self, points: Floats) -> tuple[Tensor, ...]:
        return torch.as_tensor(points, dtype=self.dtype, device=self.device).split(self.chunk_size)

    def _function(self) -> Callable[[Tensor], Tensor]:
        if self.fn is None:
            raise ValueError("this surface has no function; give Surface(mesh, fn=...) to compare fields.")
        return self.fn


@dataclass(frozen=True)
class SurfaceComparison:
    """Metrics of one predicted surface against its reference.

    Attributes:
        mean_distance: Å; mean of the mean distances in both directions.
        hausdorff95: Å; larger of the 95 % quantiles in both directions.
        max_distance: Å; largest distance in either direction.
        to_reference, to_predicted: Å; the mean distances in each direction.
        iou: intersection over union of the enclosed volumes.
        normal_consistency: mean dot product of outward normals at nearest points, in both directions; opposite normals
            count −1.
        band_error: Å; mean |f − f_ref| where |f_ref| < 1 Å (NaN without both functions).
        area_ratio, volume_ratio: predicted / reference.
    """

    mean_distance: float
    hausdorff95: float
    max_distance: float
    to_reference: float
    to_predicted: float
    iou: float
    normal_consistency: float
    band_error: float
    area_ratio: float
    volume_ratio: float

    def as_dict(self) -> dict[str, float]:
        """The metrics by name, for JSON."""
        return asdict(self)


def compare_surfaces(
    reference: Surface, predicted: Surface, samples: int = 10000, seed: int = 0, spacing: float = 0.05
) -> SurfaceComparison:
    """Compare two surfaces of one molecule.

    Distances go from sampled points to the surface itself, not to other samples, so they have no floor from sampling.

    Args:
        reference: the reference surface.
        predicted: the predicted surface.
        samples: number of points, uniform by area, on each surface.
        seed: seed of these points.
        spacing: spacing in Å of the columns with which the overlap of the volumes is measured.

    Raises:
        ValueError: for a mesh that is open or empty.
    """
    on_reference, reference_normals = reference.sample(samples, seed)
    on_predicted, predicted_normals = predicted.sample(samples, seed + 1)
    to_reference, normals_there = reference.foot(on_predicted)
    to_predicted, normals_back = predicted.foot(on_reference)
    cosines = [(predicted_normals * normals_there).sum(1).mean(), (reference_normals * normals_back).sum(1).mean()]
    return SurfaceComparison(
        mean_distance=float((to_reference.mean() + to_predicted.mean()) / 2),
        hausdorff95=float(max(np.quantile(to_reference, 0.95), np.quantile(to_predicted, 0.95))),
        max_distance=float(max(to_reference.max(), to_predicted.max())),
        to_reference=float(to_reference.mean()),
        to_predicted=float(to_predicted.mean()),
        iou=volume_iou(reference.mesh, predicted.mesh, spacing),
        normal_consistency=float(np.mean(cosines)),
        band_error=band_error(reference, predicted, samples, seed),
        area_ratio=predicted.mesh.area / reference.mesh.area,
        volume_ratio=predicted.mesh.volume / reference.mesh.volume,
    )


def band_error(reference: Surface, predicted: Surface, samples: int = 10000, seed: int = 0) -> float:
    """Return the mean |f − f_ref| (Å) at points uniform in the shell |f_ref| < 1 Å.

    NaN unless both surfaces have functions.

    Args:
        reference, predicted: the two surfaces.
        samples: number of points.
        seed: seed of these points.
    """
    if reference.fn is None or predicted.fn is None:
        return float("nan")
    rng = np.random.default_rng(seed)
    low, high = reference.mesh.vertices.min(axis=0) - BAND, reference.mesh.vertices.max(axis=0) + BAND
    points = rng.uniform(low, high, size=(samples * 2, 3))
    truth = reference.values(points)
    near = np.abs(truth) < BAND
    return float(np.abs(predicted.values(points[near]) - truth[near]).mean())
