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

    from torch_molfield.viz import Motion, write_motion

    table = file.table()
    records = list(file.records(every=max(1, -(-len(table["step"]) // SHOWN))))
    times = np.array([now.time for now in moments])
    columns = {
        "area, Å²": (table["time"], table["area"]),
        "volume, Å³": (table["time"], table["volume"]),
        "potential energy, eV": (times, np.array([now.potential - moments[0].potential for now in moments])),
        "temperature, K": (times, np.array([now.temperature for now in moments])),
    }
    motion = Motion(
        name,
        np.array(file.numbers),
        f"{file.kind} surface",
        [record.positions for record in records],
        [record.mesh for record in records],
        np.array([record.time for record in records]),
        columns=columns,
    )
    write_motion(path, motion, shlex.join(["molfield", *sys.argv[1:]]))
