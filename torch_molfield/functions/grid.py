"""A field given by its values on a regular grid."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from torch_molfield.data.validation import check_atoms, check_points
from torch_molfield.functions.base import FieldFunction
from torch_molfield.functions.cube import CubeData, read_cube, write_cube
from torch_molfield.functions.description import Described
from torch_molfield.functions.interpolation import METHODS, interpolate
from torch_molfield.functions.mrc import MapData, read_mrc, write_mrc
from torch_molfield.geometry.box_grid import MAX_GRID_BYTES, lattice_points
from torch_molfield.geometry.precision import in_full_precision

if TYPE_CHECKING:  # a floor above
    from torch_molfield.fields.base import Field

#: a grid serves any number of molecules
MANY = 2**62


class GridField(Described, FieldFunction):
    """A field given by its values on a regular grid, possibly oblique, interpolated between the nodes.

    ``values[i, j, k]`` lies at ``origin + i·axes[0] + j·axes[1] + k·axes[2]``. The grid has a fixed place in space: its
    values depend on the points alone, and all molecules of a batch see the same grid. Differentiable in the points and
    in ``values``. Points may have any dtype and device.

    Args:
        values: ``[nx, ny, nz]`` or ``[nx, ny, nz, C]``, at least two points along each axis.
        origin: ``[3]`` in Å.
        axes: ``[3, 3]``, whose rows are the steps in Å along the three axes, or one spacing in Å for a cubic grid.
        method: ``"cubic"`` (Catmull–Rom, one continuous derivative) or ``"linear"``.
        outside: ``"zero"`` gives 0 outside the box of the grid points; ``"error"`` raises there.
        channels: names of the C columns.
        units: unit of the values.

    Raises:
        ValueError: for wrong shapes, NaN, or axes in one plane; when called with ``outside="error"``, for a point
            outside.
    """

    bounded = True
    any_dtype = True
    margin = 0.0
    parameters = ("values", "origin", "axes", "method", "outside", "channels", "units")

    def __init__(
        self,
        values: Tensor,
        origin: Tensor | Sequence[float],
        axes: Tensor | float,
        method: str = "cubic",
        outside: str = "zero",
        channels: Sequence[str] | None = None,
        units: str = "",
    ) -> None:
        values = values[..., None] if values.dim() == 3 else values
        if values.dim() != 4 or min(values.shape[:3]) < 2 or not values.dtype.is_floating_point:
            raise ValueError(
                f"values must be floats [nx, ny, nz, C], two points an axis or more, got {list(values.shape)}."
            )
        if not bool(torch.isfinite(values).all()):
            raise ValueError("values contain NaN or infinity; repair the grid before interpolating.")
        if method not in METHODS or outside not in ("zero", "error"):
            raise ValueError(
                f"method must be one of {METHODS} and outside 'zero' or 'error', got {method!r}, {outside!r}."
            )
        self.values = values
        self.origin = torch.as_tensor(origin, dtype=torch.float64, device=values.device).reshape(-1)
        steps = torch.as_tensor(axes, dtype=torch.float64, device=values.device)
        self.axes = torch.eye(3, dtype=torch.float64, device=values.device) * steps if steps.dim() == 0 else steps
        if self.axes.shape != (3, 3) or self.origin.shape != (3,) or float(torch.linalg.det(self.axes).abs()) < 1e-12:
            raise ValueError("origin must be [3] and axes three independent steps [3, 3] (or one spacing), in Å.")
        names = [f"value{k}" for k in range(values.shape[3])] if values.shape[3] > 1 else ["value"]
        self.channels = tuple(names if channels is None else channels)
        if len(self.channels) != values.shape[3]:
            raise ValueError(f"channels names {len(self.channels)} columns, but values has {values.shape[3]}.")
        self.method = method
        self.outside = outside
        self.units = units

    @property
    def places(self) -> Tensor:
        """The eight corners of the grid ``[8, 3]``, Å."""
        last = torch.tensor([n - 1 for n in self.values.shape[:3]], dtype=torch.float64, device=self.axes.device)
        ends = torch.cartesian_prod(*[torch.arange(2, dtype=torch.float64, device=last.device)] * 3)
        return (self.origin + (ends * last) @ self.axes).to(self.values)

    def bind(self, z: Tensor, pos: Tensor, batch: Tensor | None = None) -> GridField:
        """Return the grid itself after checking the atoms, so that it can be used in place of a closed-form field."""
        check_atoms(z, pos, batch)
        return self

    def check(self, points: Tensor, points_batch: Tensor | None) -> tuple[Tensor, Tensor]:
        """The points, whose molecule does not matter, or a ``ValueError`` for malformed ones."""
        return check_points(points, points_batch, points, 1 if points_batch is None else MANY)

    def _values(self, points: Tensor, points_batch: Tensor) -> Tensor:
        def of_values(points: Tensor, values: Tensor) -> Tensor:
            same = copy.copy(self)
            same.values = values
            return FieldFunction._values(same, points, points_batch)

        return in_full_precision(of_values, points, self.values)

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """``[Q, C]`` for one chunk of checked points."""
        inverse = torch.linalg.inv(self.axes).to(device=points.device, dtype=points.dtype)
        index = (points - self.origin.to(device=points.device, dtype=points.dtype)) @ inverse
        last = points.new_tensor([n - 1 for n in self.values.shape[:3]])
        slack = 16 * torch.finfo(points.dtype).eps * (last + 1)
        inside = ((index >= -slack) & (index <= last + slack)).all(dim=1)
        if self.outside == "error" and not bool(inside.all()):
            point = int((~inside).nonzero()[0])
            raise ValueError(
                f"points: point {point} of this chunk lies outside the grid; widen it or use outside='zero'."
            )
        values = self.values.to(device=points.device, dtype=points.dtype)
        # Points outside are read at the origin and then dropped, so that neither value nor gradient leaves the grid.
        index = torch.where(inside[:, None], index, torch.zeros_like(index))
        return torch.where(inside[:, None], interpolate(values, index, self.method), values.new_zeros(()))

    def points(self) -> Tensor:
        """Positions ``[nx·ny·nz, 3]`` of the grid points in Å, x outermost, z innermost; float64."""
        return torch.cat(list(lattice_points(self.origin, self.axes, self.values.shape[:3])))

    @classmethod
    def from_field(
        cls,
        field: Field,
        z: Tensor,
        pos: Tensor,
        spacing: float = 0.25,
        margin: float = 3.0,
        method: str = "cubic",
        outside: str = "zero",
    ) -> GridField:
        """Tabulate a field of one molecule on a cubic grid around its atoms.

        Args:
            field: any field.
            z: ``[N]`` atomic numbers.
            pos: ``[N, 3]`` in Å.
            spacing: step in Å.
            margin: least distance in Å of the atoms from the border.
            method: interpolation, as in the constructor.
            outside: as in the constructor.

        Raises:
            ValueError: for malformed atoms, a spacing or margin that makes no grid, or a grid that does not fit into
                memory.
        """
        return field.bind(z, pos).to_grid(spacing, margin=margin, method=method, outside=outside)

    @classmethod
    def from_cube(
        cls, path: str | Path, method: str = "cubic", outside: str = "zero", dtype: torch.dtype = torch.float32
    ) -> GridField:
        """Read the field of a cube file; values keep the file's unit, lengths become Å (see :func:`read_cube`).

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is truncated or not a cube file.
        """
        cube = read_cube(path)
        values = torch.from_numpy(cube.values).to(dtype)
        names = [f"dataset{label}" for label in cube.labels] if len(cube.labels) > 1 else None
        return cls(values, torch.from_numpy(cube.origin), torch.from_numpy(cube.axes), method, outside, names)

    @classmethod
    def from_map(
        cls,
        path: str | Path,
        method: str = "cubic",
        outside: str = "zero",
        dtype: torch.dtype = torch.float32,
        max_bytes: int = MAX_GRID_BYTES,
    ) -> GridField:
        """Read the field of an MRC or CCP4 map, in the file's unit; see :func:`~torch_molfield.functions.mrc.read_mrc`.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is truncated, is not a map, holds NaN, or is larger than ``max_bytes`` (the message gives
                its size).
        """
        found = read_mrc(path, max_bytes)
        values = torch.from_numpy(found.values).to(dtype)
        return cls(values, torch.from_numpy(found.origin), torch.from_numpy(found.axes), method, outside)

    def to_map(self, path: str | Path, channel: int = 0) -> None:
        """Write one channel as an MRC2014 map (float32), atomically.

        Raises:
            FileNotFoundError: if the folder does not exist.
            ValueError: for an unknown channel, or axes that the format cannot hold (a must lie on x, b in the xy
                plane).
        """
        if not 0 <= channel < len(self.channels):
            names = ", ".join(self.channels)
            raise ValueError(f"channel {channel} does not exist; the {len(self.channels)} channels are {names}.")
        values = self.values[..., channel].detach().cpu().float().numpy()
        write_mrc(path, MapData(values, self.origin.cpu().numpy(), self.axes.cpu().numpy()))

    def to_cube(self, path: str | Path, z: Tensor, pos: Tensor, comment: str = "") -> None:
        """Write the grid with the atoms ``z [N]``, ``pos [N, 3]`` (Å) as a cube file, atomically.

        Raises:
            FileNotFoundError: if the folder does not exist.
            ValueError: for several channels without any atom.
        """
        title = comment or f"{type(self).__name__}: {', '.join(self.channels)}"
        note = f"values in {self.units}, datasets in the order above" if self.units else "written by torch_molfield"
        cube = CubeData(
            values=self.values.detach().cpu().double().numpy(),
            origin=self.origin.cpu().numpy(),
            axes=self.axes.cpu().numpy(),
            z=z.cpu().numpy(),
            pos=pos.detach().cpu().double().numpy(),
            comment=(title, note),
        )
        write_cube(path, cube)
