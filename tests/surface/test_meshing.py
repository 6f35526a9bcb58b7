import math

import numpy as np
import pytest
import torch

from torch_molfield.surface import mesh_field
from torch_molfield.surface.meshing import MeshOptions, SurfaceTouchesBox, mesh_fields
from torch_molfield.testing.shapes import BOX, sphere, union


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("lipschitz", [None, 1.0])
def test_a_sphere_is_closed_outward_and_of_the_right_size(dtype, lipschitz):
    mesh = mesh_field(sphere(), BOX, 0.1, lipschitz=lipschitz, refine=2, dtype=dtype)
    assert mesh.is_watertight
    assert mesh.num_components == 1
    assert mesh.area == pytest.approx(4 * math.pi * 1.7**2, rel=2e-3)
    assert mesh.volume == pytest.approx(4 / 3 * math.pi * 1.7**3, rel=2e-3)
    assert np.abs(np.linalg.norm(mesh.vertices, axis=1) - 1.7).max() < 1e-5
    assert ((mesh.vertex_normals * mesh.vertices).sum(axis=1) > 1.69).all()


def test_narrow_band_gives_the_mesh_of_the_full_grid():
    fn = union(sphere(1.2, (-0.8, 0, 0)), sphere(1.0, (0.9, 0.1, 0)))
    dense, band = (mesh_field(fn, BOX, 0.13, lipschitz=lipschitz) for lipschitz in (None, 1.0))
    assert np.array_equal(dense.faces, band.faces)
    assert np.allclose(dense.vertices, band.vertices)


def test_values_of_exactly_zero_at_nodes_keep_the_mesh_closed():
    # an octahedron |x| + |y| + |z| = 1 passes through nodes of a lattice of 0.25 Å
    mesh = mesh_field(lambda p: p.abs().sum(dim=1) - 1.0, [[-2] * 3, [2] * 3], 0.25)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3, rel=1e-2)


def test_a_density_is_high_inside():
    mesh = mesh_field(lambda p: (-p.square().sum(dim=1)).exp(), BOX, 0.2, level=0.5, ascent=True, refine=3)
    assert mesh.volume > 0
    assert np.linalg.norm(mesh.vertices, axis=1) == pytest.approx(math.sqrt(math.log(2)), abs=1e-5)


def test_components_and_cavities_are_kept():
    pair = union(sphere(0.8, (-1.5, 0, 0)), sphere(0.8, (1.5, 0, 0)))
    assert mesh_field(pair, BOX, 0.2).num_components == 2

    shell = mesh_field(lambda p: (p.norm(dim=1) - 1.5).abs() - 0.5, BOX, 0.1)
    assert shell.num_components == 2
    assert shell.volume == pytest.approx(4 / 3 * math.pi * (2**3 - 1), rel=1e-2)


def test_many_molecules_equal_one_at_a_time():
    radii = torch.tensor([0.7, 1.1, 1.6])
    bounds = np.array([[[-2.5] * 3, [2.5] * 3], [[-3.0] * 3, [2.0] * 3], BOX])
    options = MeshOptions(lipschitz=1.0, refine=1)
    together = mesh_fields(lambda p, owner: p.norm(dim=1) - radii[owner], bounds, 0.2, options)
    for box, radius, mesh in zip(bounds, radii.tolist(), together, strict=True):
        alone = mesh_field(sphere(radius), box, 0.2, lipschitz=1.0, refine=1)
        assert np.array_equal(mesh.faces, alone.faces)
        assert np.allclose(mesh.vertices, alone.vertices, atol=1e-6)


def test_no_surface_is_said():
    with pytest.raises(ValueError, match="no surface in the box: all nodes are outside"):
        mesh_field(sphere(0.5, (9, 9, 9)), BOX, 0.5)
    with pytest.raises(ValueError, match="all nodes are inside"):
        mesh_field(sphere(99.0), BOX, 0.5)


def test_a_surface_that_leaves_the_box_is_said():
    with pytest.raises(SurfaceTouchesBox, match="enlarge the bounds"):
        mesh_field(sphere(1.7, (2.0, 0, 0)), BOX, 0.3)
    with pytest.raises(SurfaceTouchesBox, match="ascent=True"):
        mesh_field(lambda p: (-p.square().sum(dim=1)).exp(), BOX, 0.3, level=0.5)


@pytest.mark.parametrize("spacing", [0.0, -1.0, math.nan, math.inf])
def test_a_bad_spacing_is_refused(spacing):
    with pytest.raises(ValueError, match="spacing"):
        mesh_field(sphere(), BOX, spacing)


def test_bad_bounds_are_refused():
    with pytest.raises(ValueError, match="bounds"):
        mesh_field(sphere(), [[0, 0, 0], [1, 1, math.nan]], 0.2)
    with pytest.raises(ValueError, match="exceed"):
        mesh_field(sphere(), BOX[::-1], 0.2)


def test_memory_is_bounded_with_a_remedy():
    with pytest.raises(ValueError, match=r"use spacing=0\.\d+ or more.*max_memory"):
        mesh_field(sphere(), BOX, 0.01, max_memory=50 * 2**20)
