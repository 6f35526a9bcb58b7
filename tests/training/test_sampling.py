import pytest
import torch

from torch_molfield.fields import SignedDistanceField
from torch_molfield.training.sampling import sample_distances


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
    settled = samples.values == 0
    assert 0.15 < float(settled.double().mean()) < 0.35
    torch.testing.assert_close(samples.values[~settled], true[~settled])
    assert float(true[settled].abs().quantile(0.99)) < 1e-3
    lengths = samples.gradients.norm(dim=1)
    assert float((lengths - 1).abs().quantile(0.99)) < 1e-3
    assert 0.3 < float((true < 0).double().mean()) < 0.7
    assert float(true.abs().quantile(0.7)) < 1.0
    for m in range(3):
        mine, asked = pos[batch == m], samples.points[samples.points_batch == m]
        assert (asked.amin(0) < mine.amin(0)).all()
        assert (asked.amax(0) > mine.amax(0)).all()


def test_the_gradient_at_a_surface_point_is_its_normal(molecules):
    field, frame = SignedDistanceField("ses"), molecules[0]
    z, pos, batch = frame.z, frame.pos.double(), torch.zeros_like(frame.z)
    samples = sample_distances(field, z, pos, batch, 500, torch.Generator().manual_seed(0))
    foot = (samples.values == 0) & (samples.gradients.norm(dim=1) > 0.99)
    point, normal = samples.points[foot], samples.gradients[foot]
    out = field(point + 0.01 * normal, z, pos, batch=batch, points_batch=batch.new_zeros(len(point)))[:, 0]
    assert float((out - 0.01).abs().quantile(0.9)) < 1e-4
