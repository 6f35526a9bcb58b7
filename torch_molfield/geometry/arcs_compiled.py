"""The arcs of :mod:`~torch_molfield.geometry.arcs` circle by circle, compiled by numba."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from torch_molfield.geometry.arcs import POWER_SLACK, Arcs, Circles
from torch_molfield.optional import import_extra

numba = import_extra("numba", "fast", "compiled loops need numba")
_compiled: Any = numba.njit(cache=True, nogil=True)

Array = NDArray[Any]


def arcs_of_circles(circles: Circles, table: Tensor, pos: Tensor, radius: Tensor) -> Arcs:
    """Arcs outside all balls; see :func:`torch_molfield.geometry.arcs.arcs_of_circles`."""
    first, second, centre, _, ring, u, v = (getattr(circles, name).numpy() for name in Circles.__dataclass_fields__)
    given = (first, second, centre, ring, u, v, table.numpy().copy(), pos.numpy(), radius.numpy())
    room = len(first) + 16
    while True:
        labels, angles = np.empty((room, 3), np.int64), np.empty((room, 2))
        count = _fill(*given, labels, angles)
        if count <= room:
            circle, enter, leave = torch.from_numpy(labels[:count]).unbind(1)
            start, stop = torch.from_numpy(angles[:count]).unbind(1)
            return Arcs(circles[circle], start, stop, enter, leave)
        room = count


@_compiled
def _fill(
    first: Array, second: Array, centre: Array, ring: Array, u: Array, v: Array, table: Array, pos: Array,
    radius: Array, labels: Array, angles: Array,
) -> int:  # fmt: skip
    """Number of arcs; as many as there is room for are written: circle, balls that end it, start and stop."""
    turn = 2.0 * np.pi
    begin, end, ball = np.empty(table.shape[1]), np.empty(table.shape[1]), np.empty(table.shape[1], np.int64)
    count = 0
    for e in range(len(first)):
        covers = _covering(e, first, second, centre, ring, u, v, table, pos, radius, begin, end, ball)
        if covers < 0:
            continue
        order = np.argsort(begin[:covers])
        reached, by = -np.inf, -1  # of the turn before
        for c in order:
            if end[c] - turn > reached:
                reached, by = end[c] - turn, ball[c]
        if covers == 0:
            order, reached = np.zeros(1, np.int64), 0.0
            begin[0], end[0], ball[0] = turn, turn, -1
        for c in order:
            if begin[c] - reached > -1e-12:
                if count < len(labels):
                    labels[count, 0], labels[count, 1], labels[count, 2] = e, by, ball[c]
                    angles[count, 0], angles[count, 1] = reached, begin[c]
                count += 1
            if end[c] >= reached:
                reached, by = end[c], ball[c]
    return count


@_compiled
def _power_and_reach(e: int, k: int, centre: Array, ring: Array, u: Array, v: Array, pos: Array, radius: Array) -> Any:
    """``(power, reach, x, y)``: ball k covers the angles θ of circle e with reach · cos(θ − atan2(y, x)) > power."""
    x, y, square = 0.0, 0.0, 0.0
    for d in range(3):
        away = pos[k, d] - centre[e, d]
        x += away * u[e, d]
        y += away * v[e, d]
        square += away * away
    power = square + ring[e] * ring[e] - radius[k] * radius[k] + POWER_SLACK
    return power, max(2.0 * ring[e] * np.sqrt(x * x + y * y), 1e-15), x, y


@_compiled
def _covering(
    e: int, first: Array, second: Array, centre: Array, ring: Array, u: Array, v: Array, table: Array, pos: Array,
    radius: Array, begin: Array, end: Array, ball: Array,
) -> int:  # fmt: skip
    """Number of the intervals of circle ``e`` that balls cover, which are written; -1 if one ball covers all of it."""
    covers, balls = 0, table[first[e]]
    for column in range(len(balls)):
        k = balls[column]
        if k >= 0 and k != second[e]:
            power, reach, _, _ = _power_and_reach(e, k, centre, ring, u, v, pos, radius)
            if power <= -reach:
                # It is likely to cover the next circles of this sphere too: let them ask it first.
                balls[column], balls[0] = balls[0], k
                return -1
    for k in balls:
        if k >= 0 and k != second[e]:
            power, reach, x, y = _power_and_reach(e, k, centre, ring, u, v, pos, radius)
            if power < reach:
                half = np.arccos(power / reach)
                begin[covers] = (np.arctan2(y, x) - half) % (2.0 * np.pi)
                end[covers] = begin[covers] + 2.0 * half
                ball[covers] = k
                covers += 1
    return covers
