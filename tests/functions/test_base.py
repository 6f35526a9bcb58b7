"""Every function of space keeps the protocol."""

import math

import numpy as np
import pytest
import torch

from tests.functions.functions import FUNCTIONS, latent_field, make, organic
from torch_molfield.fields import FIELDS, GaussianField, SignedDistanceField
from torch_molfield.functions import FieldFunction
from torch_molfield.functions.base import OneOfBatch
from torch_molfield.models import DynamicSurface
from torch_molfield.surface import mesh_molecules
from torch_molfield.testing import check_field_function, molecule


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_protocol(name):
    check_field_function(make(name))


@pytest.mark.parametrize("name", ["gaussian", "signed_distance"])
def test_single_precision_gives_single_precision(name):
    z, pos, batch = organic()
    double, single = (FIELDS.get(name)().bind(z, x, batch) for x in (pos, pos.float()))
    for k in range(3):
        values = single.single(k)(pos[:4].float())
        assert values.dtype == torch.float32
        torch.testing.assert_close(values.double(), double.single(k)(pos[:4]), atol=1e-4, rtol=1e-4)
    assert single.to_grid(1.0).values.dtype == torch.float32


def test_closed_form_gradients_are_those_of_the_formula():
    z, pos = molecule("He")
    points = pos + torch.tensor([[1.0, 2.0, 2.0], [0.0, 0.0, 0.5]], dtype=torch.float64)
    unit = torch.tensor([[1 / 3, 2 / 3, 2 / 3], [0.0, 0.0, 1.0]], dtype=torch.float64)
    distance = SignedDistanceField().bind(z, pos)
    torch.testing.assert_close(distance.gradient(points)[:, 0], unit)
    gaussian = GaussianField(sigma=0.6, channels=("all",)).bind(z, pos)
    radius = (points - pos).norm(dim=1, keepdim=True)
    slope = -radius / 0.36 * torch.exp(-(radius**2) / 0.72) * unit
    torch.testing.assert_close(gaussian.gradient(points)[:, 0], slope, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("spacing", [0.2, 0.25])
def test_a_mesh_of_a_closed_form_field_is_that_of_its_molecule(spacing):
    z, pos, batch = organic()
    field = SignedDistanceField()
    exact = mesh_molecules(field, z, pos, batch, spacing)
    for k, mesh in enumerate(exact):
        found = field.bind(z, pos, batch).to_mesh(spacing=spacing, molecule=k)
        assert found.volume == pytest.approx(mesh.volume, rel=1e-3)
        assert abs(found.vertices.mean(0) - mesh.vertices.mean(0)).max() < 1e-2


def test_a_mesh_of_a_density_lies_on_its_level():
    z, pos = molecule("He")
    density = GaussianField(sigma=0.6, channels=("all",)).bind(z, pos)
    mesh = density.to_mesh(level=0.5, spacing=0.15, ascent=True)
    radius = 0.6 * math.sqrt(2 * math.log(2))
    assert abs(np.linalg.norm(mesh.vertices - pos.numpy(), axis=1) - radius).max() < 1e-3


def test_a_mesh_of_a_grid_stays_in_its_box():
    z, pos = molecule("He")
    distance = SignedDistanceField().bind(z, pos)
    radius = -float(distance(pos))
    grid = distance.to_grid(0.1, margin=2.0)
    mesh = grid.to_mesh(spacing=0.15)
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * radius**3, rel=0.02)
    with pytest.raises(ValueError, match="touches the box"):
        distance.to_grid(0.1, margin=1.0).to_mesh(level=0.0, spacing=0.15)


def test_a_mesh_of_a_moving_surface():
    torch.manual_seed(0)
    model = DynamicSurface(hidden=64, depth=4, skip=2, latent=4, scale=3.0, center=(1.0, 2.0, 3.0))
    mesh = model.at(0.3).to_mesh(spacing=0.3)
    assert mesh.is_watertight and mesh.volume > 1.0
    assert float(model(torch.as_tensor(mesh.vertices, dtype=torch.float32), 0.3).detach().abs().max()) < 1e-2


def test_grids_of_functions_of_a_box_end_inside_it():
    field = latent_field()
    for count in (5, 8, 33):
        grid = field.to_grid(field.spacing(count))
        assert grid.values.shape == (count, count, count, 2)
        torch.testing.assert_close(grid.points()[-1], field.center + 4.0)
    assert field.to_grid(3.0).values.shape == (3, 3, 3, 2)


def test_a_function_without_formula_says_so():
    with pytest.raises(TypeError, match="does not implement places"):
        FieldFunction().to_grid(1.0)
    with pytest.raises(TypeError, match=r"does not implement evaluate\(\)"):
        OneOfBatch(distance_of_nothing(), 0, torch.zeros(1, 3))(torch.zeros(1, 3))


def distance_of_nothing():
    nothing = FieldFunction()
    nothing.channels = ("nothing",)
    return nothing
