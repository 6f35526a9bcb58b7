import numpy as np
import pytest

from torch_molfield.calculators import SurfaceFile
from torch_molfield.calculators.dynamics import Moment
from torch_molfield.calculators.surface_file import SurfaceRecord
from torch_molfield.cli import md_page
from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import mesh_molecules
from torch_molfield.testing import molecule


@pytest.fixture
def file(tmp_path):
    z, pos = molecule("H2O")
    mesh = mesh_molecules(SignedDistanceField("vdw"), z, pos, spacing=0.6)[0]
    made = SurfaceFile.create(tmp_path / "run.surfaces", z.tolist(), "vdw", 0.6)
    for step in range(5):
        made.append(SurfaceRecord(step, 0.5 * step, pos.numpy(), mesh))
    return made


def test_shows_the_whole_run_in_few_frames(file, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(md_page, "SHOWN", 3)
    monkeypatch.setattr("torch_molfield.viz.viewer.View.save", lambda view, path: shown.append(view))
    moments = [Moment(k, 0.5 * k, -10.0 + k, 0.1, 300.0 + k) for k in range(5)]
    md_page.write_run_page(tmp_path / "motion.html", "water", file, moments)
    (view,) = shown
    (water,) = view.molecules
    assert np.allclose(water.times, [0.0, 1.0, 2.0])
    assert [len(surface.meshes) for surface in water.surfaces] == [3]
    assert len(water.tracks["area, Å²"][0]) == 5
    assert water.tracks["potential energy, eV"][1].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert water.tracks["temperature, K"][1].tolist() == [300.0, 301.0, 302.0, 303.0, 304.0]
