"""Interactive pages with molecules, for browsers and notebooks, drawn by 3Dmol.js."""

from torch_molfield.viz.viewer.scene import Opened, Paint, ShownMolecule, ShownSurface
from torch_molfield.viz.viewer.view import View

__all__ = ["Opened", "Paint", "ShownMolecule", "ShownSurface", "View"]
