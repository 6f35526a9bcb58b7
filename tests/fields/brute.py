"""Brute-force surfaces of balls, for the tests of the signed distance: points, not formulas."""

import numpy as np
import torch


def sphere(count):
    """Nearly even unit vectors ``[count, 3]``."""
    k = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * k / count), np.pi * (1 + 5**0.5) * k
    return np.stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], axis=1)


def boundary_points(pos, radius, per_sphere=8000, per_circle=1500):
    """Points of the boundary of the union of balls: of every sphere and of every circle of two, kept if outside all."""
    parts = [x + r * sphere(per_sphere) for x, r in zip(pos, radius, strict=True)]
    turn = np.linspace(0, 2 * np.pi, per_circle, endpoint=False)[:, None]
    for i in range(len(pos)):
        for j in range(i):
            distance = np.linalg.norm(pos[j] - pos[i])
            if abs(radius[i] - radius[j]) < distance < radius[i] + radius[j]:
                axis = (pos[j] - pos[i]) / distance
                height = (distance**2 + radius[i] ** 2 - radius[j] ** 2) / (2 * distance)
                u, v = np.linalg.svd(axis[None])[2][1:]
                ring = np.sqrt(radius[i] ** 2 - height**2) * (np.cos(turn) * u + np.sin(turn) * v)
                parts.append(pos[i] + height * axis + ring)
    points = np.concatenate(parts)
    gap = np.min([np.linalg.norm(points - x, axis=1) - r for x, r in zip(pos, radius, strict=True)], axis=0)
    return points[gap >= -1e-9]


def box_points(pos, count, margin=3.0, seed=0):
    """Uniform points in the box of the atoms, grown by ``margin``."""
    low, high = pos.min(0).values - margin, pos.max(0).values + margin
    random = torch.rand(count, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(pos)
    return low + random * (high - low)


def grid_points(low, high, spacing):
    """Lattice ``[X, Y, Z, 3]`` from ``low`` to ``high`` (tensors of 3)."""
    axes = [
        torch.arange(float(a), float(b) + spacing, spacing, dtype=low.dtype) for a, b in zip(low, high, strict=True)
    ]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
