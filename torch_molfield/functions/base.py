"""The protocol of a function of space."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from torch_molfield.data.validation import check_points
from torch_molfield.functions.derivatives import derivative
from torch_molfield.functions.display import display
from torch_molfield.geometry.box_grid import check_grid, lattice_points
from torch_molfield.surface.lattice import BatchedFunction, Lattice
from torch_molfield.surface.mesh import Mesh
from torch_molfield.surface.meshing import MeshOptions, mesh_fields
from torch_molfield.surface.molecule import MARGIN, mesh_around, molecule_bounds

if TYPE_CHECKING:  # a grid is a function too
    from torch_molfield.functions.grid import GridField

#: share of a step by which rounding may make a box too long or too short for one more step
SLACK = 1e-6


class FieldFunction:
    """A function of space: ``function(points [Q, 3], points_batch [Q] | None) -> [Q, C]``, coordinates in Å.

    One object covers ``num_molecules`` molecules. If there are several, ``points_batch`` (sorted, as in PyG) gives the
    molecule of each point, and the methods for grids, meshes and :meth:`single` take the index ``molecule``.

    Subclasses implement :meth:`evaluate` and :attr:`places`, set ``channels`` and ``units``, and, if they cover several
    molecules, implement :attr:`num_molecules` and :meth:`single`.

    Attributes:
        channels: names of the C columns.
        units: unit of the values.
        chunk_size: number of points evaluated at once; bounds memory, not the result.
        margin: default distance in Å by which a grid extends beyond :attr:`places`.
        mesh_margin: distance in Å from :attr:`places` to the border of the first box in which a surface is searched.
        bounded: whether the function is defined only in the box of :attr:`places`.
        any_dtype: whether points may have another dtype and device than :attr:`places`.
    """

    channels: tuple[str, ...]
    units: str = ""
    chunk_size: int = 16384
    margin: float = 3.0
    mesh_margin: float = MARGIN
    bounded: bool = False
    any_dtype: bool = False

    @property
    def places(self) -> Tensor:
        """Positions ``[M, 3]`` Å that a grid or a mesh must enclose: atoms, or the corners of a box.

        Points must have its dtype and device, unless ``any_dtype``.
        """
        raise TypeError(f"{type(self).__name__} does not implement places.")

    @property
    def num_molecules(self) -> int:
        """Number B of molecules."""
        return 1

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """Return ``[Q, C]`` for some checked points, at least one."""
        raise TypeError(f"{type(self).__name__} does not implement evaluate().")

    def single(self, molecule: int) -> FieldFunction:
        """Return the function of one molecule of the batch.

        Raises:
            ValueError: for an index that is not in the batch.
        """
        self.check_molecule(molecule)
        return self

    def detach(self) -> FieldFunction:
        """Return the same function without its autograd graph; it is cheaper to differentiate in the points."""
        return self

    def __call__(self, points: Tensor, points_batch: Tensor | None = None) -> Tensor:
        """Return the values ``[Q, C]`` at ``points [Q, 3]`` Å.

        Raises:
            ValueError: for malformed points.
        """
        return self._values(*self.check(points, points_batch))

    def gradient(self, points: Tensor, points_batch: Tensor | None = None, create_graph: bool = False) -> Tensor:
        """Return the gradient ∇_x f ``[Q, C, 3]``, in the units of the function per Å.

        Args:
            points: ``[Q, 3]`` Å.
            points_batch: ``[Q]`` sorted molecule of each point; ``None`` for one molecule.
            create_graph: whether the gradient can be differentiated again.

        Raises:
            ValueError: for malformed points.
        """
        points, points_batch = self.check(points, points_batch)
        with torch.enable_grad():
            if create_graph:
                x = points if points.requires_grad else points.detach().requires_grad_()
                return self._slopes(x, points_batch, True)
            pieces = self.pieces(points.detach(), points_batch)
            return torch.cat([self._slopes(x.requires_grad_(), owner, False) for x, owner in pieces])

    def to_grid(
        self,
        spacing: float,
        molecule: int = 0,
        margin: float | None = None,
        method: str = "cubic",
        outside: str = "zero",
    ) -> GridField:
        """Return the values of one molecule on a cubic grid of ``spacing`` Å, detached.

        The first node lies ``margin`` Å below :attr:`places` along x, y and z. The last one lies at least as far above
        them, or inside the box if the function is ``bounded``.

        Args:
            spacing: distance between the nodes, Å.
            molecule: index of the molecule in the batch.
            margin: distance in Å; by default the attribute ``margin``.
            method: interpolation of the grid, see :class:`~torch_molfield.functions.GridField`.
            outside: values outside the grid, see :class:`~torch_molfield.functions.GridField`.

        Raises:
            ValueError: for a molecule that is not in the batch, a spacing or margin that makes no grid, or a grid that
                does not fit into memory (the message gives its size).
        """
        from torch_molfield.functions.grid import GridField

        one = self.single(molecule)
        origin, shape = one.lattice(spacing, one.margin if margin is None else margin)
        # the parts and the whole
        check_grid(shape, len(one.channels), itemsize=2 * one.places.element_size(), spacing=spacing)
        with torch.no_grad():
            values = one.lattice_values(origin, spacing, shape)
        return GridField(values, origin, spacing, method, outside, one.channels, one.units)

    def to_mesh(
        self, level: float = 0.0, spacing: float = 0.2, molecule: int = 0, channel: int = 0, ascent: bool = False
    ) -> Mesh:
        """Return the ``level`` set of one molecule as a watertight mesh in Å, with faces that point outwards.

        Vertices are refined onto the level. The box grows until the surface fits, unless the function is ``bounded``.

        Args:
            level: value on the surface, in the units of the function.
            spacing: spacing of the lattice, Å.
            molecule: index of the molecule in the batch.
            channel: column of the function.
            ascent: whether the function is high inside, as densities are.

        Raises:
            ValueError: for an unknown molecule or channel, a level that the function does not reach, or a surface that
                does not fit into the box of a bounded function.
        """
        one = self.single(molecule)
        if not 0 <= channel < len(one.channels):
            names = ", ".join(one.channels)
            raise ValueError(f"channel {channel} does not exist; the {len(one.channels)} channels are {names}.")
        options = MeshOptions(
            level=level,
            ascent=ascent,
            lipschitz=one.slope(channel, ascent),
            on_lattice=one.on_lattice(channel),
            refine=2,
            chunk_size=one.chunk_size,
            dtype=one.places.dtype,
            device=one.places.device,
        )
        values = one.surface_values(channel)
        if not one.bounded:
            return mesh_around(values, one.places, None, spacing, options, one.mesh_margin)[0]
        box = molecule_bounds(one.places, None, 0.0)
        return mesh_fields(_kept_inside(values, one.places), box, spacing, options)[0]

    def show(self, level: float | None = None, spacing: float = 0.3, molecule: int = 0, channel: int = 0) -> Any:
        """Return an interactive page with one molecule and the surfaces of one channel, with a slider for the level.

        A notebook displays it as the value of a cell; ``show().save("field.html")`` writes it to a file.

        Args:
            level: the level shown first, in the units of the function; by default 0 for a signed distance, else one
                that encloses most of the values.
            spacing: spacing of the lattice, Å.
            molecule: index of the molecule in the batch.
            channel: column of the function.

        Raises:
            ValueError: for an unknown molecule or channel, or a level that the function does not reach.
        """
        return display(self, level=level, spacing=spacing, molecule=molecule, channel=channel)

    def slope(self, channel: int, ascent: bool) -> float | None:
        """Return an upper bound of |∇f| of a channel, used for meshing, or ``None`` (1 for a signed distance)."""
        return None

    def on_lattice(self, channel: int) -> Callable[[Lattice], Tensor] | None:
        """Return a function from a lattice to the values ``[X, Y, Z]`` of a channel at its nodes, used for meshing.

        ``None`` if there is no way that is cheaper than point by point.
        """
        return None

    def surface_values(self, channel: int) -> BatchedFunction:
        """Return ``(points, points_batch) -> [Q]``, the function in which the surfaces of a channel are searched."""
        return lambda points, points_batch: self(points, points_batch)[:, channel]

    def lattice(self, spacing: float, margin: float) -> tuple[Tensor, tuple[int, int, int]]:
        """Return the first node ``[3]`` (Å, float64) and the shape of the grid that :meth:`to_grid` makes.

        Raises:
            ValueError: for a spacing that is not positive or a negative margin.
        """
        if not 0 < spacing < math.inf:
            raise ValueError(f"spacing must be a positive number of Å, got {spacing}.")
        if not 0 <= margin < math.inf:
            raise ValueError(f"margin must be at least 0 Å, got {margin}.")
        places = self.places.detach()
        low, high = places.amin(0) - margin, places.amax(0) + margin
        steps = (high - low).double() / spacing
        steps = (steps + SLACK).floor() if self.bounded else (steps - SLACK).ceil()
        x, y, z = (int(n) + 1 for n in steps)
        return low.double(), (x, y, z)

    def lattice_values(self, origin: Tensor, spacing: float, shape: tuple[int, int, int]) -> Tensor:
        """Return ``[nx, ny, nz, C]`` at the nodes of a cubic grid from ``origin [3]`` (Å, float64) on, for one
        molecule.
        """
        steps = spacing * torch.eye(3, dtype=torch.float64, device=origin.device)
        nodes = lattice_points(origin, steps, shape)
        return torch.cat([self(part.to(self.places.dtype)) for part in nodes]).reshape(*shape, -1)

    def check(self, points: Tensor, points_batch: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the points and the molecule of each point.

        Raises:
            ValueError: for malformed points.
        """
        return check_points(points, points_batch, points if self.any_dtype else self.places, self.num_molecules)

    def check_molecule(self, molecule: int) -> None:
        """Raise ``ValueError`` for an index that is not in the batch."""
        if not 0 <= molecule < self.num_molecules:
            raise ValueError(
                f"molecule {molecule} is not in the batch; choose a number from 0 to {self.num_molecules - 1}."
            )

    def pieces(self, points: Tensor, points_batch: Tensor) -> Iterable[tuple[Tensor, Tensor]]:
        """Split the points into pieces of ``chunk_size``."""
        return zip(points.split(self.chunk_size), points_batch.split(self.chunk_size), strict=True)

    def _values(self, points: Tensor, points_batch: Tensor) -> Tensor:
        if len(points) == 0:
            return points[:, :1].expand(-1, len(self.channels))
        parts = [self.evaluate(*piece) for piece in self.pieces(points, points_batch)]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _slopes(self, x: Tensor, points_batch: Tensor, create_graph: bool) -> Tensor:
        values = self._values(x, points_batch)
        return torch.stack([derivative(column, x, create_graph) for column in values.unbind(1)], dim=1)


class OneOfBatch(FieldFunction):
    """One molecule of a function of several molecules, for functions that cannot be split.

    Args:
        whole: the function of the batch.
        molecule: index of the molecule.
        places: ``[M, 3]`` Å of this molecule.
    """

    def __init__(self, whole: FieldFunction, molecule: int, places: Tensor) -> None:
        self.whole, self.molecule, self._places = whole, molecule, places
        self.channels, self.units, self.chunk_size = whole.channels, whole.units, whole.chunk_size

    @property
    def places(self) -> Tensor:
        return self._places

    def evaluate(self, points: Tensor, points_batch: Tensor) -> Tensor:
        """``[Q, C]`` for one chunk of checked points."""
        return self.whole.evaluate(points, torch.full_like(points_batch, self.molecule))

    def slope(self, channel: int, ascent: bool) -> float | None:
        """The bound of the whole function."""
        return self.whole.slope(channel, ascent)


def _kept_inside(values: BatchedFunction, places: Tensor) -> BatchedFunction:
    """Points outside the box of the places have the value of the nearest point inside."""
    low, high = places.detach().amin(0), places.detach().amax(0)
    return lambda points, points_batch: values(points.clamp(low, high), points_batch)
