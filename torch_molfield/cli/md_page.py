"""The page of ``molfield md``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch_molfield.calculators import SurfaceFile
    from torch_molfield.calculators.dynamics import Moment
    from torch_molfield.nn.gaussians import AtomCenteredDensity
    from torch_molfield.surface.mesh import Floats

#: frames that a page shows at most; more make it slow
SHOWN = 200


def write_run_page(
    path: Path,
    name: str,
    file: SurfaceFile,
    moments: list[Moment],
    density: Callable[[Floats], AtomCenteredDensity] | None = None,
) -> None:
    """Molecule and surface in motion, and area, volume, energy and temperature over time; where there is a ``density``
    of positions ``[N, 3]`` Å, the surface is painted with its potential."""
    from dataclasses import replace

    import numpy as np

    from torch_molfield.cli.view_run import show_surfaces
    from torch_molfield.viz.viewer import View
    from torch_molfield.viz.viewer.surfaces import with_potential

    times = np.array([now.time for now in moments])
    tracks = {
        "potential energy, eV": (times, np.array([now.potential - moments[0].potential for now in moments])),
        "temperature, K": (times, np.array([now.temperature for now in moments])),
    }
    molecule = show_surfaces(name, file, tracks, SHOWN)
    if density is not None:
        (surface,) = molecule.surfaces
        painted = with_potential(surface, [density(positions) for positions in molecule.frames])
        molecule = replace(molecule, surfaces=[replace(painted, paint="potential")])
    View(f"{name} in motion", [molecule], footer=shlex.join(["molfield", *sys.argv[1:]])).save(path)
