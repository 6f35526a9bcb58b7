"""Spherical free atoms, by splines through exact values."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class FreeAtoms(NamedTuple):
    """Radial densities and electron potentials of the elements, splines in t = ½ ln(1 + r²/s²).

    Both are smooth functions of r², without a cusp: the atoms are made of Gaussians.

    Attributes:
        log_density, potential: ``[E, intervals, 4]`` coefficients of ln ρ (e/Å³) and ∫ρ / distance (e/Å), float64.
        scale: s, Å. step: of t. reach: Å, the last knot.
    """

    log_density: Tensor
    potential: Tensor
    scale: float
    step: float
    reach: float

    def density(self, element: int, squared: Tensor) -> Tensor:
        """ρ in e/Å³ at squared distances (Å²) from an atom of the row ``element``."""
        return torch.exp(self._at(self.log_density, element, squared)) * (squared < self.reach**2)

    def repulsion(self, element: int, squared: Tensor) -> Tensor:
        """∫ρ(r') / |r − r'| in e/Å at squared distances below ``reach``²."""
        return self._at(self.potential, element, squared)

    def reach_of(self, element: int, bound: float) -> float:
        """Å beyond which the density is below ``bound``, e/Å³."""
        radius = torch.arange(0.0, self.reach, 0.05, dtype=torch.float64)
        above = (self.density(element, radius.square()) > bound).nonzero()
        return float(radius[above[-1]]) + 0.05 if len(above) else 0.0

    def _at(self, table: Tensor, element: int, squared: Tensor) -> Tensor:
        place = torch.log1p(squared / self.scale**2) * (0.5 / self.step)
        interval = place.detach().long().clamp(max=table.shape[1] - 1)
        a, b, c, d = table[element].to(squared)[interval].unbind(-1)
        within = place - interval
        return a + within * (b + within * (c + within * d))


def make_free_atoms(log_density: np.ndarray, potential: np.ndarray, scale: float, step: float) -> FreeAtoms:
    """Splines through values ``[E, knots]`` at t = 0, ``step``, 2 ``step``, …"""
    reach = scale * float(np.sqrt(np.expm1(2 * step * (log_density.shape[1] - 1))))
    return FreeAtoms(_spline(log_density), _spline(potential), scale, step, reach)


def _spline(values: np.ndarray) -> Tensor:
    """Coefficients ``[E, knots − 1, 4]`` of cubic splines, twice continuously differentiable; at the ends the second
    derivative goes on linearly."""
    y = torch.from_numpy(values).T
    second = torch.linalg.solve(_bending(len(y)), torch.cat([y[:1] * 0, y[2:] - 2 * y[1:-1] + y[:-2], y[:1] * 0]))
    slope = y[1:] - y[:-1] - (2 * second[:-1] + second[1:])
    return torch.stack([y[:-1], slope, 3 * second[:-1], second[1:] - second[:-1]], dim=-1).transpose(0, 1).contiguous()


@cache
def _bending(count: int) -> Tensor:
    """Of a sixth of the second derivatives at the knots."""
    matrix = 4 * torch.eye(count, dtype=torch.float64)
    matrix += torch.diag(torch.ones(count - 1, dtype=torch.float64), 1)
    matrix += torch.diag(torch.ones(count - 1, dtype=torch.float64), -1)
    matrix[0] = matrix[-1] = 0
    matrix[0, :3] = matrix[-1, -3:] = torch.tensor([1.0, -2.0, 1.0])
    return matrix
