"""The contents of a report as plain values, independent of how they were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from torch_molfield.surface.mesh import Floats, Integers, Mesh

#: points ``[Q, 3]`` Å → values ``[Q]`` or ``[Q, C]``, such as a :class:`~torch_molfield.functions.FieldFunction`
Function = Callable[[Tensor], Tensor]


def around(function: Function, center: Tensor | None) -> Function:
    """The function of points in Å from ``center [3]``, whose dtype and device it gets them in."""
    return function if center is None else lambda points: function(points.to(center) + center)


@dataclass(frozen=True)
class SurfaceFrame:
    """One geometry of a molecule with its exact and its learned surface.

    Attributes:
        pos: ``[N, 3]`` Å.
        true: the exact surface.
        learned: the learned surface.
        error: ``[V]`` Å, the exact signed distance at the vertices of the learned mesh; positive where it lies outside.
    """

    pos: Floats
    true: Mesh
    learned: Mesh
    error: Floats

    @classmethod
    def measured(cls, pos: Tensor, true: Mesh, learned: Mesh, true_distance: Function) -> SurfaceFrame:
        """Return the frame with the error from the exact signed distance ``true_distance(points [Q, 3]) -> [Q]``."""
        points = torch.as_tensor(learned.vertices, dtype=pos.dtype, device=pos.device)
        with torch.no_grad():
            error = true_distance(points).double().cpu().numpy().reshape(-1)
        return cls(pos.detach().double().cpu().numpy(), true, learned, error)


@dataclass(frozen=True)
class FieldSlice:
    """True and learned field on a plane through a molecule.

    ``x [W]``, ``y [H]``: coordinates in the plane, Å; ``true [H, W]``, ``learned [H, W]``: Å; ``atoms [N, 3]``: the
    nuclei along x, along y and off the plane, Å.
    """

    x: Floats
    y: Floats
    true: Floats
    learned: Floats
    atoms: Floats


@dataclass(frozen=True)
class MoleculeReport:
    """One molecule of a report.

    ``metrics``: figures by name, averaged over the ``count`` unseen geometries called ``kind`` ("frames",
    "conformers"); names as in :class:`~torch_molfield.surface.metrics.SurfaceComparison`. ``still``: the geometry of
    the pictures. ``movie``: frames in order of time, ``frame_interval`` ``frame_unit`` apart; may be empty. ``z [N]``.
    """

    name: str
    z: Integers
    kind: str
    count: int
    metrics: Mapping[str, float]
    still: SurfaceFrame
    slice: FieldSlice | None = None
    movie: Sequence[SurfaceFrame] = ()
    frame_interval: float = 0.0
    frame_unit: str = "fs"


@dataclass(frozen=True)
class Curve:
    """A quantity over training: ``x``, ``y`` of one length; ``x_label`` and ``y_label`` with units.

    Curves of one ``y_label`` share a plot.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    x_label: str = "minutes"
    y_label: str = "loss"


@dataclass(frozen=True)
class Provenance:
    """How the results were made: the exact command, the seed, versions and hardware by name, remarks."""

    command: str
    seed: int
    versions: Mapping[str, str]
    hardware: Mapping[str, str]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class ReportData:
    """All that ``write_report`` needs.

    ``targets``: for metric names, the promised bound, e.g. ``{"mean_distance": 0.02, "iou": 0.985}``; figures that
    miss it are marked.
    """

    title: str
    summary: str
    molecules: Sequence[MoleculeReport]
    provenance: Provenance
    curves: Sequence[Curve] = ()
    targets: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.molecules:
            raise ValueError("the report has no molecules; give at least one MoleculeReport.")
        for curve in self.curves:
            if len(curve.x) != len(curve.y):
                raise ValueError(f"curve {curve.name!r} has {len(curve.x)} x for {len(curve.y)} y; give pairs.")

    def mean(self, metric: str) -> float:
        """Average of a metric over the molecules."""
        return float(np.mean([molecule.metrics[metric] for molecule in self.molecules]))
