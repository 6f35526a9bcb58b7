"""Pictures of surfaces and fields, and the self-contained HTML report."""

from torch_molfield.viz.camera import Camera
from torch_molfield.viz.encoding_curves import encoding_figure
from torch_molfield.viz.figures import save_figure, surfaces_figure
from torch_molfield.viz.molecule import ball_and_stick
from torch_molfield.viz.render import Layer, render
from torch_molfield.viz.report_data import SurfaceFrame
from torch_molfield.viz.similarity import similarity_figure
from torch_molfield.viz.viewer import Paint, ShownMolecule, ShownSurface, View

__all__ = [
    "Camera",
    "Layer",
    "Paint",
    "ShownMolecule",
    "ShownSurface",
    "SurfaceFrame",
    "View",
    "ball_and_stick",
    "encoding_figure",
    "render",
    "save_figure",
    "similarity_figure",
    "surfaces_figure",
]
