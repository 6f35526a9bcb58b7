import pytest
import torch

from torch_molfield.fields import SignedDistanceField
from torch_molfield.surface import mesh_molecules
from torch_molfield.transforms.distance_points import sample_distances


@pytest.mark.parametrize("surface", ["vdw", "sas", "ses"])
def test_samples_are_exact(molecules, surface):
    field = SignedDistanceField(surface)
    chosen = [molecules[0], molecules[5], molecules[8]]
    z = torch.cat([m.z for m in chosen])
    pos = torch.cat([m.pos for m in chosen]).double()
    batch = torch.arange(3).repeat_interleave(torch.tensor([len(m.z) for m in chosen]))
    generator = torch.Generator().manual_seed(0)
    samples = sample_distances(field, z, pos, batch, 400, generator)
    assert samples.points.shape == (1200, 3)
    assert not samples.points.requires_grad
    true = field(samples.points, z, pos, samples.points_batch, batch)[:, 0]
    torch.testing.assert_close(samples.values, true)
    lengths = samples.gradients.norm(dim=1)
    assert float((lengths - 1).abs().quantile(0.99)) < 1e-3
    assert 0.3 < float((true < 0).double().mean()) < 0.7
    assert 0.05 < float(true.abs().median()) < 0.3
    assert 0.01 < float((true.abs() > 1).double().mean()) < 0.1
    for m in range(3):
        mine, asked = pos[batch == m], samples.points[samples.points_batch == m]
        assert (asked.amin(0) < mine.amin(0)).all()
        assert (asked.amax(0) > mine.amax(0)).all()


def test_the_gradient_is_that_of_the_distance(molecules):
    field, frame = SignedDistanceField("ses"), molecules[0]
    z, pos, batch = frame.z, frame.pos.double(), torch.zeros_like(frame.z)
    samples = sample_distances(field, z, pos, batch, 500, torch.Generator().manual_seed(0))
    moved = samples.points + 0.01 * samples.gradients
    out = field(moved, z, pos, batch=batch, points_batch=samples.points_batch)[:, 0]
    assert float((out - samples.values - 0.01).abs().quantile(0.9)) < 1e-4


def test_every_part_of_the_surface_is_met_from_both_sides(molecules):
    """Feet of the points cover the exact mesh: no hole larger than half an Å, inside and outside."""
    field, frame = SignedDistanceField("ses"), molecules[0]
    z, pos, batch = frame.z, frame.pos.double(), torch.zeros_like(frame.z)
    vertices = torch.as_tensor(mesh_molecules(field, z, pos)[0].vertices).to(pos)
    samples = sample_distances(field, z, pos, batch, 3000, torch.Generator().manual_seed(0))
    for side in (samples.values < 0, samples.values > 0):
        points = samples.points[side & (samples.values.abs() < 0.5)]
        assert float(torch.cdist(vertices, points).amin(1).max()) < 0.6
