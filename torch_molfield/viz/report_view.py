"""The molecules of a report for its viewer: exact and learned surface side by side."""

from __future__ import annotations

import numpy as np

from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.viz.report_data import MoleculeReport
from torch_molfield.viz.viewer.scene import Opened, ShownMolecule, ShownSurface
from torch_molfield.viz.viewer.surfaces import with_error

#: exact to the left, learned to the right
OPENED = (Opened(0, 0), Opened(0, 1))


def reported_molecule(molecule: MoleculeReport) -> ShownMolecule:
    """The frames of the movie, or the still one, with both surfaces; the learned one is painted with its error."""
    frames = molecule.movie or (molecule.still,)
    axis = "frame" if len(frames) > 1 else ""
    exact = ShownSurface("exact", [frame.true for frame in frames], axis)
    learned = with_error(ShownSurface("learned", [frame.learned for frame in frames], axis), [f.error for f in frames])
    return ShownMolecule(
        molecule.name,
        molecule.z,
        [frame.pos for frame in frames],
        [(int(a), int(b), 1) for a, b in find_bonds(molecule.z, frames[0].pos)],
        [exact, learned],
        {"geometry": molecule.kind},
        molecule.frame_interval * np.arange(len(frames)),
        molecule.frame_unit if len(frames) > 1 else "",
    )
