import numpy as np
import pytest
import torch

from torch_molfield.surface import Surface, compare_surfaces, mesh_field
from torch_molfield.testing.shapes import sphere, union
from torch_molfield.viz import SurfaceFrame
from torch_molfield.viz.report_data import MoleculeReport, Provenance, ReportData
from torch_molfield.viz.slicing import slice_fields

WATER_Z = np.array([8, 1, 1])
WATER = torch.tensor([[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]])
BOX = [[-4.0] * 3, [4.0] * 3]
SHIFT = 0.03


def true(points):
    return union(*(sphere(r, c) for r, c in zip((1.52, 1.2, 1.2), WATER.tolist(), strict=True)))(points)


def learned(points):
    """Everywhere outside the true surface by 0.03 Å."""
    return true(points) - SHIFT


@pytest.fixture(scope="session")
def water_frame():
    true_mesh, learned_mesh = (mesh_field(fn, BOX, 0.35, refine=2) for fn in (true, learned))
    return SurfaceFrame.measured(WATER, true_mesh, learned_mesh, true)


@pytest.fixture(scope="session")
def water_report(water_frame):
    figures = compare_surfaces(Surface(water_frame.true, true), Surface(water_frame.learned, learned), samples=500)
    water = MoleculeReport(
        name="water <dimer & co>",
        z=WATER_Z,
        kind="frames",
        count=7,
        metrics=figures.as_dict(),
        still=water_frame,
        slice=slice_fields(WATER, true, learned, spacing=0.2),
        movie=(water_frame, water_frame),
        frame_interval=8.0,
    )
    made = Provenance("molfield demo --seed 5", 5, {"torch": "2.13"}, {"processor": "two cores"}, ("A note.",))
    return ReportData("A title", "A summary.", (water,), made, targets={"mean_distance": 0.02, "iou": 0.5})
