"""Meshes of closed-form surfaces: a batch is its molecules, and a pose changes no more than the grid does."""

import numpy as np
import pytest
from hypothesis import given

from tests.invariance.generated import batches, molecules, moved, seeds, together
from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import mesh_molecules

VDW, SPACING = SignedDistanceField("vdw"), 0.5


@given(parts=batches(num_points=1))
def test_a_batch_of_meshes_is_its_molecules_one_by_one(parts):
    many = together(parts)
    for part, mesh in zip(parts, mesh_molecules(VDW, many.z, many.pos, many.batch, SPACING), strict=True):
        (alone,) = mesh_molecules(VDW, part.z, part.pos, spacing=SPACING)
        assert np.array_equal(mesh.faces, alone.faces)
        np.testing.assert_allclose(mesh.vertices, alone.vertices, atol=1e-9)
        assert mesh.is_watertight


@given(molecule=molecules(num_points=1), seed=seeds)
def test_area_and_volume_do_not_depend_on_the_pose(molecule, seed):
    turned, _ = moved(molecule, seed)
    one, other = (mesh_molecules(VDW, m.z, m.pos, spacing=SPACING)[0] for m in (molecule, turned))
    assert one.volume == pytest.approx(other.volume, rel=0.03)
    assert one.area == pytest.approx(other.area, rel=0.03)
