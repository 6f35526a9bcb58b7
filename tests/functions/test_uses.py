"""What takes a function of space takes all of them: files, slices, surfaces, comparisons."""

import numpy as np
import pytest
import torch

from tests.functions.functions import FUNCTIONS, make, organic
from torch_molfield.fields import FIELDS, GridField
from torch_molfield.surface import Surface, compare_surfaces
from torch_molfield.viz import SurfaceFrame
from torch_molfield.viz.field_slices import cut_fields
from torch_molfield.viz.level_surfaces import find_parts, level_layers
from torch_molfield.viz.slicing import slice_fields

#: a value on a closed surface of the closed-form fields in the table, by name
LEVELS = {
    "gaussian": 0.7,
    "occupancy": 0.3,
    "property": 1.0,
    "promolecular": 0.05,
    "electrostatic_potential": 200.0,
    "signed_distance": 0.0,
}


@pytest.fixture(params=FUNCTIONS)
def function(request):
    whole = make(request.param)
    return whole.single(whole.num_molecules - 1)


def coarse(function):
    """A spacing (Å) that makes some five nodes along an edge."""
    places = function.places.detach()
    return float((places.amax(0) - places.amin(0)).max() + 2 * function.margin) / 5


def test_a_cube_file_holds_its_values(function, tmp_path):
    z, pos, _ = organic()
    grid = function.to_grid(coarse(function))
    grid.to_cube(tmp_path / "f.cube", z, pos)
    again = GridField.from_cube(tmp_path / "f.cube", dtype=torch.float64)
    torch.testing.assert_close(
        again.values, function(grid.points()).detach().view_as(grid.values), rtol=1e-5, atol=1e-9
    )
    torch.testing.assert_close(again.points(), grid.points(), atol=1e-6, rtol=0)


def test_a_map_holds_the_values_of_a_channel(function, tmp_path):
    pytest.importorskip("mrcfile")
    last = len(function.channels) - 1
    grid = function.to_grid(coarse(function))
    grid.to_map(tmp_path / "f.mrc", channel=last)
    again = GridField.from_map(tmp_path / "f.mrc", dtype=torch.float64)
    torch.testing.assert_close(again.values[..., 0], grid.values[..., last], rtol=1e-5, atol=1e-6)


def test_a_slice_shows_a_channel(function):
    last = len(function.channels) - 1
    pos = function.places[:3] if len(function.places) > 2 else function.places
    cut = slice_fields(pos, function, lambda x: function(x)[:, last], spacing=coarse(function), channel=last)
    assert cut.true.shape == (len(cut.y), len(cut.x)) and np.isfinite(cut.true).all()
    np.testing.assert_array_equal(cut.true, cut.learned)


def test_a_plane_of_a_box(function):
    center = function.places.detach().mean(0)
    plane = cut_fields(function, function, half_width=1.0, height=0.3, count=3, center=center)
    point = center + torch.tensor([plane.axis[2], plane.axis[0], 0.3], dtype=torch.float64)
    np.testing.assert_allclose(plane.exact[2, 0], function(point[None])[0].detach(), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(plane.exact, plane.learned)


@pytest.mark.parametrize("name", ["gaussian", "occupancy", "quantum deep field"])
def test_level_surfaces_in_a_box_around_the_atoms(name):
    whole = make(name)
    function = whole.single(2)
    center = function.places.mean(0)
    parts = find_parts(function, function.channels, 5.0, center)
    (layer,) = level_layers(function, function.channels, parts, 5.0, center)
    found = function(torch.as_tensor(layer.mesh.vertices) + center)[:, parts[0].columns].sum(1)
    assert float((found / parts[0].level - 1).abs().median()) < 0.05


def test_every_registered_field_has_a_level_here():
    assert set(LEVELS) == set(FIELDS)


@pytest.mark.parametrize("name", LEVELS)
def test_a_surface_and_its_comparison_with_a_coarser_one(name):
    function = make(name).single(2)
    level, ascent = LEVELS[name], name != "signed_distance"
    fine, rough = (function.to_mesh(level, spacing, ascent=ascent) for spacing in (0.12, 0.16))
    assert fine.is_watertight
    values = function(torch.as_tensor(fine.vertices))[:, 0]
    slope = function.gradient(torch.as_tensor(fine.vertices))[:, 0].norm(dim=1)
    assert float(((values - level).abs() / slope).quantile(0.9)) < 0.02  # Å
    sign = -1.0 if ascent else 1.0

    def inside_is_negative(points):
        return sign * (function(points)[:, :1] - level)

    pair = [Surface(mesh, inside_is_negative, dtype=torch.float64) for mesh in (fine, rough)]
    figures = compare_surfaces(*pair, 500).as_dict()
    assert figures["volume_ratio"] == pytest.approx(1.0, abs=0.04)


def test_a_frame_of_a_report_takes_a_distance():
    distance = make("signed_distance").single(2)
    mesh = distance.to_mesh(spacing=0.3)
    frame = SurfaceFrame.measured(distance.places, mesh, mesh, distance)
    assert frame.error.shape == (len(mesh.vertices),) and abs(frame.error).max() < 0.05
