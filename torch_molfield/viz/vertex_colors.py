"""Colours of the vertices of painted meshes."""

from __future__ import annotations

import colorsys

import numpy as np

from torch_molfield.surface.mesh import Floats, Integers

#: share of a turn of the colour wheel between successive numbers: the golden ratio, so that neighbours differ
TURN = 0.618034


def number_colors(numbers: Integers) -> Floats:
    """RGB ``[V, 3]`` in 0..1 of numbers ``[V]`` from 0, such as those of residues."""
    wheel = [colorsys.hsv_to_rgb(k * TURN % 1, 0.55, 0.9) for k in range(int(numbers.max(initial=0)) + 1)]
    return np.array(wheel)[numbers]


def scale_colors(values: Floats, limit: float, name: str) -> Floats:
    """RGB ``[V, 3]`` in 0..1 of ``values [V]`` on the colour map of matplotlib called ``name``, whose ends are
    ∓``limit`` and beyond."""
    from matplotlib import colormaps

    return colormaps[name](np.clip(0.5 + values / (2 * limit), 0, 1))[:, :3]
