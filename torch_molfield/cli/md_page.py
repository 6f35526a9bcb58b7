"""The page of ``molfield md``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch_molfield.calculators import SurfaceFile
    from torch_molfield.calculators.dynamics import Moment

#: frames that a page shows at most; more make it slow
SHOWN = 200


def write_run_page(path: Path, name: str, file: SurfaceFile, moments: list[Moment]) -> None:
    """Molecule and surface in motion, and area, volume, energy and temperature over time."""
    import numpy as np

    from torch_molfield.cli.view_run import show_surfaces
    from torch_molfield.viz.viewer import View

    times = np.array([now.time for now in moments])
    tracks = {
        "potential energy, eV": (times, np.array([now.potential - moments[0].potential for now in moments])),
        "temperature, K": (times, np.array([now.temperature for now in moments])),
    }
    molecule = show_surfaces(name, file, tracks, SHOWN)
    View(f"{name} in motion", [molecule], footer=shlex.join(["molfield", *sys.argv[1:]])).save(path)
