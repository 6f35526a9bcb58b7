"""Balls and sticks: a molecule as coloured triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.surface.mesh import Floats, Integers, Mesh
from torch_molfield.viz.render import Layer

STICK_RADIUS = 0.11
STICK_COLOR = (0.55, 0.55, 0.58)


def element_colors(z: ArrayLike) -> Floats:
    """RGB in 0..1 for atomic numbers ``[N]`` (Jmol's scheme, carbon darker so that it shows on white)."""
    from ase.data.colors import jmol_colors

    table = np.array(jmol_colors, dtype=np.float64)
    table[6], table[1] = (0.32, 0.32, 0.34), (0.88, 0.88, 0.88)
    return table[np.asarray(z)]


def ball_radii(z: ArrayLike) -> Floats:
    """Radii (Å) at which atoms are drawn, ``[N]``."""
    return np.where(np.asarray(z) == 1, 0.21, 0.32)


def ball_and_stick(z: ArrayLike, pos: Floats) -> Layer:
    """Return the molecule ``z [N]``, ``pos [N, 3]`` Å as one opaque layer of balls and sticks."""
    z, pos = np.asarray(z), np.asarray(pos, dtype=np.float64)
    bonds = find_bonds(z, pos)
    ball, stick = _ball(), _stick(12)
    balls = pos[:, None] + ball.vertices * ball_radii(z)[:, None, None]
    start, along = pos[bonds[:, 0]], pos[bonds[:, 1]] - pos[bonds[:, 0]]
    across = np.cross(along, np.where(np.abs(along[:, :1]) < np.abs(along[:, 1:2]), [[1.0, 0, 0]], [[0, 1.0, 0]]))
    across *= STICK_RADIUS / np.linalg.norm(across, axis=1, keepdims=True)
    third = np.cross(along, across) / np.linalg.norm(along, axis=1, keepdims=True)
    frame = np.stack([across, third, along], axis=1)
    sticks = start[:, None] + stick.vertices @ frame
    faces = [_repeated(ball.faces, len(pos), len(ball.vertices))]
    faces.append(_repeated(stick.faces, len(bonds), len(stick.vertices)) + balls.shape[0] * balls.shape[1])
    colors = np.concatenate(
        [
            np.repeat(element_colors(z), len(ball.vertices), axis=0),
            np.broadcast_to(STICK_COLOR, (len(bonds) * len(stick.vertices), 3)),
        ]
    )
    vertices = np.concatenate([balls.reshape(-1, 3), sticks.reshape(-1, 3)])
    return Layer(Mesh(vertices, np.concatenate(faces)), colors)


def _repeated(faces: Integers, copies: int, step: int) -> Integers:
    return (np.arange(copies)[:, None, None] * step + faces).reshape(-1, 3)


def _ball(rings: int = 12) -> Mesh:
    """A unit sphere of rings between two poles."""
    around = 2 * rings
    polar = np.pi * np.arange(1, rings) / rings
    azimuth = 2 * np.pi * np.arange(around) / around
    x = np.sin(polar)[:, None] * np.cos(azimuth)
    y = np.sin(polar)[:, None] * np.sin(azimuth)
    z = np.broadcast_to(np.cos(polar)[:, None], x.shape)
    vertices = np.concatenate([[[0, 0, 1.0]], np.stack([x, y, z], axis=-1).reshape(-1, 3), [[0, 0, -1.0]]])
    here = np.arange(around)
    there = (here + 1) % around
    top = np.stack([np.zeros_like(here), 1 + here, 1 + there], axis=1)
    last = 1 + (rings - 2) * around
    bottom = np.stack([np.full_like(here, len(vertices) - 1), last + there, last + here], axis=1)
    row = 1 + np.arange(rings - 2)[:, None] * around
    a, b, c, d = (np.ravel(row + k) for k in (here, there, here + around, there + around))
    return Mesh(vertices, np.concatenate([top, np.stack([a, c, b], 1), np.stack([b, c, d], 1), bottom]))


def _stick(around: int) -> Mesh:
    """An open tube of radius 1 along z from 0 to 1."""
    angle = 2 * np.pi * np.arange(around) / around
    circle = np.stack([np.cos(angle), np.sin(angle), np.zeros(around)], axis=1)
    here = np.arange(around)
    there = (here + 1) % around
    faces = np.concatenate(
        [np.stack([here, there, there + around], 1), np.stack([here, there + around, here + around], 1)]
    )
    return Mesh(np.concatenate([circle, circle + [0, 0, 1]]), faces)
