"""Pictures of surfaces and fields, and the self-contained HTML report."""

from torch_molfield.viz.animation import layers_gif, surface_gif
from torch_molfield.viz.camera import Camera
from torch_molfield.viz.encoding_curves import encoding_figure
from torch_molfield.viz.field_slices import FieldPlane, cut_fields, plane_figure
from torch_molfield.viz.figures import curves_figure, figure_png, save_figure, slice_figure, surfaces_figure
from torch_molfield.viz.latent_map import latent_map
from torch_molfield.viz.level_surfaces import find_parts, level_figure, level_layers, surfaces_camera
from torch_molfield.viz.molecule import ball_and_stick
from torch_molfield.viz.over_time import SurfaceHistory, history_figure, surface_history
from torch_molfield.viz.potential import potential_colors, potential_figure
from torch_molfield.viz.render import Layer, render
from torch_molfield.viz.report import render_report, write_report
from torch_molfield.viz.report_data import (
    Curve,
    FieldSlice,
    MoleculeReport,
    Provenance,
    ReportData,
    SurfaceFrame,
)
from torch_molfield.viz.similarity import similarity_figure
from torch_molfield.viz.slicing import slice_fields
from torch_molfield.viz.viewer import Opened, Paint, ShownMolecule, ShownSurface, View

__all__ = [
    "Camera",
    "Curve",
    "FieldPlane",
    "FieldSlice",
    "Layer",
    "MoleculeReport",
    "Opened",
    "Paint",
    "Provenance",
    "ReportData",
    "ShownMolecule",
    "ShownSurface",
    "SurfaceFrame",
    "SurfaceHistory",
    "View",
    "ball_and_stick",
    "curves_figure",
    "cut_fields",
    "encoding_figure",
    "figure_png",
    "find_parts",
    "history_figure",
    "latent_map",
    "layers_gif",
    "level_figure",
    "level_layers",
    "plane_figure",
    "potential_colors",
    "potential_figure",
    "render",
    "render_report",
    "save_figure",
    "similarity_figure",
    "slice_fields",
    "slice_figure",
    "surface_gif",
    "surface_history",
    "surfaces_camera",
    "surfaces_figure",
    "write_report",
]
