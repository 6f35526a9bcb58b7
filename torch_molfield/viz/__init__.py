"""Pictures of surfaces and fields, and the self-contained HTML report."""

from torch_molfield.viz.animation import surface_gif
from torch_molfield.viz.camera import Camera
from torch_molfield.viz.encoding_curves import encoding_figure
from torch_molfield.viz.figures import save_figure, surfaces_figure
from torch_molfield.viz.latent_map import latent_map
from torch_molfield.viz.molecule import ball_and_stick
from torch_molfield.viz.potential import potential_figure
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
    "latent_map",
    "potential_figure",
    "render",
    "save_figure",
    "similarity_figure",
    "surface_gif",
    "surfaces_figure",
]
