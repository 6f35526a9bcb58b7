import pytest
import torch

from torch_molfield.nn import ClusterTrunk
from torch_molfield.testing import molecule


def test_angles_are_seen():
    """Two geometries with the same distances from the centre: water and its linear form."""
    torch.manual_seed(0)
    trunk = ClusterTrunk(width=8, vectors=4, layers=1, cutoff=1.2).double()
    z, batch = torch.tensor([8, 1, 1]), torch.zeros(3, dtype=torch.long)
    bent, straight = torch.zeros(3, 3, dtype=torch.float64), torch.zeros(3, 3, dtype=torch.float64)
    bent[1, 0] = bent[2, 1] = straight[1, 0] = 1.0
    straight[2, 0] = -1.0
    assert (trunk(z, bent, batch)[0][0] - trunk(z, straight, batch)[0][0]).abs().max() > 1e-3


def test_padding_changes_nothing():
    torch.manual_seed(0)
    trunk = ClusterTrunk(width=8, vectors=4).double()
    z, pos = molecule("NH3")
    padded_z, x = torch.zeros(1, 7, dtype=torch.long), torch.zeros(1, 7, 3, dtype=torch.float64)
    padded_z[0, :4], x[0, :4] = z, pos
    mask = torch.arange(7).unsqueeze(0) < 4
    h, v = trunk.padded(padded_z, x, mask)
    alone_h, alone_v = trunk(z, pos, torch.zeros_like(z))
    torch.testing.assert_close(h[0, :4], alone_h)
    torch.testing.assert_close(v[0, :4].transpose(1, 2), alone_v)


def test_second_derivatives():
    torch.manual_seed(0)
    trunk = ClusterTrunk(width=4, vectors=2, radial=3, sources=2).double()
    z, pos = molecule("H2O")

    def total(x):
        return trunk(z, x, torch.zeros_like(z))[0].square().sum()

    assert torch.autograd.gradgradcheck(total, pos.clone().requires_grad_())


def test_one_layer_at_least():
    with pytest.raises(ValueError, match="layers and vectors of the trunk must be at least 1"):
        ClusterTrunk(layers=0)
