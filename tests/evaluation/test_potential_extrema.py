import numpy as np
import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.data.units import BOHR, KCAL_PER_MOL
from torch_molfield.evaluation.potential_extrema import _apart, _peaks, space_minima, surface_extrema
from torch_molfield.models import ElectronDensityMolField
from torch_molfield.surface import Mesh

LEVEL = 0.001 / BOHR**3


@pytest.fixture(scope="module")
def chloride():
    """Chloromethane: a σ-hole at the chlorine, on the axis."""
    data = from_smiles("CCl")
    with torch.no_grad():
        return ElectronDensityMolField.from_pretrained("organic-density")(data.z, data.pos.double())


def test_sigma_hole_and_belt(chloride):
    mesh = chloride.to_mesh(LEVEL, 0.3, ascent=True)
    found = surface_extrema(chloride, mesh, LEVEL)
    axis = chloride.pos[1] - chloride.pos[0]
    axis = (axis / axis.norm()).numpy()
    at_chlorine = found.maximum & (found.atom == 1)
    assert at_chlorine.sum() == 1
    away = found.points[at_chlorine][0] - chloride.pos[1].numpy()
    assert away @ axis == pytest.approx(np.linalg.norm(away), rel=0.02)
    assert float(chloride(torch.from_numpy(found.points)).sub(LEVEL).abs().max()) < 0.02 * LEVEL
    hole, belt = found.values[at_chlorine][0], found.values[~found.maximum].min()
    assert belt / KCAL_PER_MOL < -8 and hole - belt > 5 * KCAL_PER_MOL
    assert list(found.maximum) == sorted(found.maximum, reverse=True)


def test_lone_pairs(chloride):
    found = space_minima(chloride)
    assert 1 <= len(found.values) <= 4 and set(found.atom) == {1}
    assert np.all(np.diff(found.values) >= 0) and found.values[0] / KCAL_PER_MOL < -8
    slope = chloride.potential.gradient(torch.from_numpy(found.points))
    assert float(slope.abs().max()) < 0.02


def test_the_place_of_a_maximum_lies_between_vertices():
    rows = np.linspace(-2, 2, 21)
    x, y = np.meshgrid(rows, rows, indexing="ij")
    k = np.arange(20)[:, None] * 21 + np.arange(20)
    faces = np.concatenate([np.stack([k, k + 21, k + 1], -1), np.stack([k + 21, k + 22, k + 1], -1)]).reshape(-1, 3)
    mesh = Mesh(np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1), faces)
    inside = np.exp(-((mesh.vertices[:, 0] - 0.27) ** 2 + (mesh.vertices[:, 1] + 0.09) ** 2) / 4)
    (place,) = _peaks(mesh, inside)
    assert place == pytest.approx([0.27, -0.09, 0], abs=0.02)


def test_points_of_one_basin_are_one():
    points, values = np.array([[0.0, 0, 0], [0.3, 0, 0], [2.0, 0, 0]]), np.array([1.0, 1.1, 0.5])
    assert _apart(points, values).tolist() == [1, 2]
    assert _apart(points[:0], values[:0]).tolist() == []
