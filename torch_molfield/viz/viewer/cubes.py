"""Cube files for the viewer."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch

from torch_molfield.functions import GridField
from torch_molfield.functions.cube import read_cube
from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.viz.viewer.levels import grid_surface
from torch_molfield.viz.viewer.molecules import formula_facts
from torch_molfield.viz.viewer.scene import ShownMolecule

#: how the package's own cube files tell their unit
_UNIT = re.compile(r"values in (\S+?),")


def show_cube(path: Path, level: float | None = None) -> ShownMolecule:
    """The atoms of a cube file and the level surfaces of each of its datasets; ``level`` is shown at first.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no complete cube file, holds only zeros, or never reaches the level.
    """
    cube = read_cube(path)
    found = _UNIT.search(cube.comment[1])
    unit = found[1].replace("^3", "³") if found else ""
    values, count = torch.from_numpy(cube.values), cube.values.shape[3]
    grid = GridField(values, torch.from_numpy(cube.origin), torch.from_numpy(cube.axes), units=unit)
    labels = cube.labels or tuple(range(count))
    names = ["values"] if count == 1 else [f"dataset {label}" for label in labels]
    surfaces = [grid_surface(name, grid, level, channel) for channel, name in enumerate(names)]
    real = cube.z > 0
    z, pos = cube.z[real], cube.pos[real]
    bonds = find_bonds(z, pos) if len(z) > 1 else np.zeros((0, 2), dtype=int)
    facts = {**formula_facts(torch.from_numpy(z)), "grid": " × ".join(str(n) for n in cube.values.shape[:3])}
    return ShownMolecule(path.stem, z, [pos], [(int(a), int(b), 1) for a, b in bonds], surfaces, facts)
