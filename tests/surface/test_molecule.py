import numpy as np
import pytest
import torch

from torch_molfield.fields.base import Field
from torch_molfield.surface import mesh_molecule, mesh_molecules
from torch_molfield.surface.meshing import MeshOptions
from torch_molfield.surface.molecule import mesh_around, molecule_bounds

WATER_Z = torch.tensor([8, 1, 1])
WATER = torch.tensor([[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]])


class Balls(Field):
    """Least distance to spheres of one radius around the atoms, counting how often it is prepared."""

    channels = ("distance",)
    units = "Å"

    def __init__(self, radius=1.2):
        self.radius, self.prepared = radius, 0

    def prepare(self, z, pos, batch):
        self.prepared += 1

    def evaluate(self, points, points_batch, z, pos, batch, state):
        distance = torch.linalg.vector_norm(points[:, None] - pos, dim=2)
        foreign = points_batch[:, None] != batch
        return (distance.masked_fill(foreign, torch.inf).amin(dim=1) - self.radius)[:, None]


class Cloud(Balls):
    """A density: high inside, in no length unit."""

    units = "e/Å³"

    def evaluate(self, points, points_batch, z, pos, batch, state):
        return (-super().evaluate(points, points_batch, z, pos, batch, state)).exp()


def test_a_molecule_is_meshed_with_one_preparation():
    field = Balls()
    mesh = mesh_molecule(field, WATER_Z, WATER, spacing=0.2)
    assert mesh.is_watertight
    assert mesh.num_components == 1
    assert field.prepared == 1
    values = field(torch.as_tensor(mesh.vertices).float(), WATER_Z, WATER)
    # vertices beside a crease of the union stay where the step did not help
    assert float(values.abs().quantile(0.95)) < 1e-5


def test_fragments_far_apart_are_both_there():
    z, pos = torch.cat([WATER_Z, WATER_Z]), torch.cat([WATER, WATER + torch.tensor([30.0, 0, 0])])
    mesh = mesh_molecule(Balls(), z, pos, spacing=0.3)
    assert mesh.num_components == 2
    assert mesh.volume == pytest.approx(2 * mesh_molecule(Balls(), WATER_Z, WATER, spacing=0.3).volume, rel=0.02)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_batch_equals_single_molecules(dtype):
    z = torch.cat([WATER_Z, torch.tensor([6])])
    pos = torch.cat([WATER, torch.tensor([[4.0, 5.0, 6.0]])]).to(dtype)
    meshes = mesh_molecules(Balls(), z, pos, torch.tensor([0, 0, 0, 1]), spacing=0.25)
    singles = [mesh_molecule(Balls(), z[:3], pos[:3]), mesh_molecule(Balls(), z[3:], pos[3:])]
    for mesh, single in zip(meshes, singles, strict=True):
        assert np.array_equal(mesh.faces, single.faces)
        assert np.allclose(mesh.vertices, single.vertices, atol=1e-5)


def test_a_density_is_meshed_at_its_level():
    mesh = mesh_molecule(Cloud(), WATER_Z, WATER, level=1.0, ascent=True)
    assert mesh.volume == pytest.approx(mesh_molecule(Balls(), WATER_Z, WATER).volume, rel=2e-3)


def test_the_box_grows_until_the_surface_fits():
    large = mesh_molecule(Balls(radius=7.0), WATER_Z, WATER, spacing=0.5)
    assert large.is_watertight
    assert large.vertices.max() > 7


def test_a_surface_that_lies_around_the_first_box():
    mesh = mesh_molecule(Balls(radius=12.0), WATER_Z[:1], WATER[:1], spacing=1.0)
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices - WATER[0].numpy(), axis=1), 12.0, atol=1e-4)
    with pytest.raises(ValueError, match="the box lies inside the surface of molecule 0.* already reaches 64 Å"):
        mesh_molecule(Balls(radius=200.0), WATER_Z[:1], WATER[:1], spacing=4.0)


def test_a_surface_without_end_is_refused():
    with pytest.raises(ValueError, match="already reaches 64 Å"):
        mesh_around(lambda p, _: p[:, 0], WATER, None, 2.0, MeshOptions())


def test_malformed_input_is_refused():
    with pytest.raises(ValueError, match="channel 2"):
        mesh_molecules(Balls(), WATER_Z, WATER, channel=2)
    with pytest.raises(ValueError, match="pos"):
        mesh_molecule(Balls(), WATER_Z, WATER * torch.nan)


def test_bounds_of_a_batch():
    bounds = molecule_bounds(torch.tensor([[0.0, 0, 0], [1, 2, 3], [9, 9, 9]]), torch.tensor([0, 0, 1]), margin=1.0)
    assert np.array_equal(bounds, [[[-1, -1, -1], [2, 3, 4]], [[8, 8, 8], [10, 10, 10]]])
