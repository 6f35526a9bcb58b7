"""The search of ``_accessible`` point by point in cell lists, compiled by numba; exact as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from torch_molfield.fields._accessible import Nearest
from torch_molfield.geometry.union_boundary import UnionBoundary
from torch_molfield.optional import import_extra

numba = import_extra("numba", "fast", "compiled loops need numba")
_compiled: Any = numba.njit(cache=True, nogil=True)

Array = NDArray[Any]
#: edges of the cells (Å) of atoms and of arcs, and the step at which arcs are put into cells
ATOM_CELL, EDGE_CELL, STEP = 2.25, 1.0, 0.5


class AccessibleSearch:
    """Nearest accessible points of a batch of unions of balls; the cell lists are built once.

    Args:
        balls: on a CPU, in float64.
    """

    def __init__(self, balls: UnionBoundary) -> None:
        pos, radius = balls.pos.numpy(), balls.radius.numpy()
        edges = tuple(column.numpy() for column in (balls.centre, balls.frame, balls.ring, balls.cosine))
        atom_molecule, edge_molecule = _owners(balls.atom_pointers), _owners(balls.edge_pointers)
        seen = radius > -np.inf
        count = len(balls.atom_pointers) - 1
        atoms = _Cells(pos[seen], np.flatnonzero(seen), atom_molecule[seen], count, ATOM_CELL)
        marks, edge = _marks(*edges, STEP)
        arcs = _Cells(marks, edge, edge_molecule[edge], count, EDGE_CELL)
        largest = float(radius[seen].max())
        caps = (balls.exposed.numpy(), balls.caps.numpy())
        self._tables = (pos, radius, largest, *atoms.tables, *caps, *edges, balls.atoms.numpy(), *arcs.tables)

    def __call__(self, x: Tensor, molecule: Tensor) -> Nearest:
        """As :func:`~torch_molfield.fields._accessible.nearest_accessible`; ``x [P, 3]`` in float64."""
        found = _nearest(x.contiguous().numpy(), molecule.contiguous().numpy(), *self._tables)
        return Nearest(*(torch.from_numpy(column) for column in found))


class _Cells:
    """Places ``[M, 3]`` of objects sorted into the cells of their molecules' boxes.

    ``tables``: cell edge; per molecule the box's corner ``[B, 3]``, cells along each axis ``[B, 3]`` and first cell
    ``[B]``; where each cell begins; the objects, cell by cell.
    """

    def __init__(self, places: Array, objects: Array, molecule: Array, count: int, edge: float) -> None:
        low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
        np.minimum.at(low, molecule, places)
        np.maximum.at(high, molecule, places)
        filled = np.isfinite(low).all(axis=1)
        low, extent = np.where(filled[:, None], low, 0.0), np.where(filled[:, None], high - low, 0.0)
        # Few objects in a wide space: larger cells, so that memory grows with the objects.
        edge = max(edge, float((np.prod(extent + edge, axis=1).sum() / (8 * len(objects) + 1000)) ** (1 / 3)))
        shape = (extent // edge).astype(np.int64) + 1
        shape[~filled] = 0
        sizes = shape.prod(axis=1)
        first = np.cumsum(sizes) - sizes
        cell = ((places - low[molecule]) // edge).astype(np.int64)
        _, ny, nz = shape[molecule].T
        key = first[molecule] + (cell[:, 0] * ny + cell[:, 1]) * nz + cell[:, 2]
        order = np.argsort(key, kind="stable")
        pointers = np.zeros(int(sizes.sum()) + 1, np.int64)
        np.cumsum(np.bincount(key, minlength=int(sizes.sum())), out=pointers[1:])
        self.tables = (edge, low, shape, first, pointers, objects[order])


def _owners(pointers: Tensor) -> Array:
    return np.repeat(np.arange(len(pointers) - 1), np.diff(pointers.numpy()))


@_compiled
def _marks(centre: Array, frame: Array, ring: Array, cosine: Array, step: float) -> Any:
    """Places ``[M, 3]`` at most ``step`` apart on each arc, its ends among them, and the arc ``[M]`` of each."""
    counts = np.empty(len(ring), np.int64)
    for e in range(len(ring)):
        counts[e] = 1 + int(np.ceil(2.0 * np.arccos(max(cosine[e], -1.0)) * ring[e] / step))
    places, edges, row = np.empty((counts.sum(), 3)), np.empty(counts.sum(), np.int64), 0
    for e in range(len(ring)):
        half = np.arccos(max(cosine[e], -1.0))
        for k in range(counts[e]):
            angle = -half + 2.0 * half * k / max(counts[e] - 1, 1)
            for d in range(3):
                turned = np.cos(angle) * frame[e, 0, d] + np.sin(angle) * frame[e, 1, d]
                places[row, d] = centre[e, d] + ring[e] * turned
            edges[row] = e
            row += 1
    return places, edges


@_compiled
def _shells(x: Array, edge: float, low: Array, shape: Array) -> Any:
    """Cell of a point (it may lie outside the box), first and last shell of cells around it that meet the box, and
    the least distance from the point to a face of its cell."""
    cell, first, last, inset = np.empty(3, np.int64), 0, 0, edge
    for d in range(3):
        place = (x[d] - low[d]) / edge
        cell[d] = int(np.floor(place))
        inset = min(inset, edge * min(place - cell[d], cell[d] + 1 - place))
        first = max(first, -cell[d], cell[d] - shape[d] + 1)
        last = max(last, cell[d], shape[d] - 1 - cell[d])
    return cell, first, last, inset


@_compiled
def _deepest_ball(
    x: Array, m: int, pos: Array, radius: Array, largest: float, edge: float, low: Array, shape: Array, begin: Array,
    pointers: Array, objects: Array,
) -> int:  # fmt: skip
    cell, first, last, inset = _shells(x, edge, low[m], shape[m])
    nx, ny, nz = shape[m]
    ball, least = -1, np.inf
    for shell in range(first, last + 1):
        for i in range(max(cell[0] - shell, 0), min(cell[0] + shell + 1, nx)):
            for j in range(max(cell[1] - shell, 0), min(cell[1] + shell + 1, ny)):
                side = abs(i - cell[0]) == shell or abs(j - cell[1]) == shell
                step = 1 if side or shell == 0 else 2 * shell
                for k in range(cell[2] - shell, cell[2] + shell + 1, step):
                    if 0 <= k < nz:
                        here = begin[m] + (i * ny + j) * nz + k
                        for entry in range(pointers[here], pointers[here + 1]):
                            a = objects[entry]
                            square = (x[0] - pos[a, 0]) ** 2 + (x[1] - pos[a, 1]) ** 2 + (x[2] - pos[a, 2]) ** 2
                            gap = np.sqrt(square) - radius[a]
                            if gap < least:
                                ball, least = a, gap
        if least <= shell * edge + inset - largest:
            break
    return ball


@_compiled
def _nearest_edge(
    x: Array, m: int, centre: Array, frame: Array, ring: Array, cosine: Array, edge: float, low: Array, shape: Array,
    begin: Array, pointers: Array, objects: Array,
) -> int:  # fmt: skip
    cell, first, last, inset = _shells(x, edge, low[m], shape[m])
    nx, ny, nz = shape[m]
    found, least = -1, np.inf
    for shell in range(first, last + 1):
        for i in range(max(cell[0] - shell, 0), min(cell[0] + shell + 1, nx)):
            for j in range(max(cell[1] - shell, 0), min(cell[1] + shell + 1, ny)):
                side = abs(i - cell[0]) == shell or abs(j - cell[1]) == shell
                step = 1 if side or shell == 0 else 2 * shell
                for k in range(cell[2] - shell, cell[2] + shell + 1, step):
                    if 0 <= k < nz:
                        here = begin[m] + (i * ny + j) * nz + k
                        for entry in range(pointers[here], pointers[here + 1]):
                            e = objects[entry]
                            a, b, c = x[0] - centre[e, 0], x[1] - centre[e, 1], x[2] - centre[e, 2]
                            along = frame[e, 0, 0] * a + frame[e, 0, 1] * b + frame[e, 0, 2] * c
                            beside = frame[e, 1, 0] * a + frame[e, 1, 1] * b + frame[e, 1, 2] * c
                            height = frame[e, 2, 0] * a + frame[e, 2, 1] * b + frame[e, 2, 2] * c
                            across = np.sqrt(along * along + beside * beside)
                            square = (across - ring[e]) ** 2 + height * height
                            if square < least and along >= across * cosine[e]:
                                found, least = e, square
        # An arc that is not in the cells seen has every mark, and so all of itself but half a step, beyond them.
        reach = shell * edge + inset - STEP / 2
        if reach > 0 and least <= reach * reach:
            break
    return found


@_compiled
def _is_covered(out: Array, caps: Array) -> bool:
    for cap in range(len(caps)):
        if caps[cap, 0] * out[0] + caps[cap, 1] * out[1] + caps[cap, 2] * out[2] > caps[cap, 3] + 1e-12:
            return True
    return False


@_compiled
def _foot_on_edge(x: Array, centre: Array, frame: Array, ring: float) -> Array:
    """The nearest point of a circle; on its axis the middle of the arc."""
    away = x - centre
    across = away - (away * frame[2]).sum() * frame[2]
    length = np.sqrt((across * across).sum())
    return centre + ring * (across / length if length > 1e-12 else frame[0])


@_compiled
def _nearest(
    x: Array, molecule: Array, pos: Array, radius: Array, largest: float, atom_edge: float, atom_low: Array,
    atom_shape: Array, atom_begin: Array, atom_pointers: Array, atom_objects: Array, exposed: Array, caps: Array,
    centre: Array, frame: Array, ring: Array, cosine: Array, atoms: Array, edge_edge: float, edge_low: Array,
    edge_shape: Array, edge_begin: Array, edge_pointers: Array, edge_objects: Array,
) -> Any:  # fmt: skip
    depth, foot, holders = np.empty(len(x)), np.empty((len(x), 3)), np.full((len(x), 3), -1)
    out = np.empty(3)
    for p in range(len(x)):
        m = molecule[p]
        ball = _deepest_ball(
            x[p], m, pos, radius, largest, atom_edge, atom_low, atom_shape, atom_begin, atom_pointers, atom_objects
        )
        step = x[p] - pos[ball]
        distance = np.sqrt((step * step).sum())
        for d in range(3):
            out[d] = step[d] / distance if distance > 1e-12 else (1.0 if d == 2 else 0.0)
            foot[p, d] = pos[ball, d] + radius[ball] * out[d]
        depth[p], holders[p, 0] = radius[ball] - distance, ball
        if depth[p] > 0 and (not exposed[ball] or _is_covered(out, caps[ball])):
            edge = _nearest_edge(
                x[p], m, centre, frame, ring, cosine, edge_edge, edge_low, edge_shape, edge_begin, edge_pointers,
                edge_objects,
            )  # fmt: skip
            if edge >= 0:
                foot[p] = _foot_on_edge(x[p], centre[edge], frame[edge], ring[edge])
                away = x[p] - foot[p]
                depth[p], holders[p] = np.sqrt((away * away).sum()), atoms[edge]
    return depth, foot, holders
