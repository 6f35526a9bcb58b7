import math

import pytest
import torch

from torch_molfield.nn.trunks.radial_basis import SmoothBessel, SmoothGaussians


def test_gaussians_peak_at_their_centres():
    basis = SmoothGaussians(13, 6.0).double()
    d = basis.centers[1:4].double()
    bare = basis(d) / ((1 - (d / 6.0) ** 2) ** 3)[:, None]
    torch.testing.assert_close(bare.diagonal(1), torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close(bare[0, 2:4], torch.exp(-torch.tensor([0.5, 2.0], dtype=torch.float64)))


def test_bessel_functions_are_orthonormal_without_their_envelope():
    d = torch.linspace(1e-3, 5.0, 4001, dtype=torch.float64)
    bare = SmoothBessel(4, 5.0).double()(d[:-1]) / ((1 - (d[:-1] / 5.0) ** 2) ** 3)[:, None]
    overlap = torch.einsum("dr,ds,d->rs", bare, bare, d[:-1] ** 2) * float(d[1] - d[0])
    torch.testing.assert_close(overlap, torch.eye(4, dtype=torch.float64), atol=2e-3, rtol=0)
    near = torch.tensor([1e-6], dtype=torch.float64)
    torch.testing.assert_close(SmoothBessel(1, 5.0).double()(near)[0, 0].item(), math.sqrt(0.4) * math.pi / 5)


@pytest.mark.parametrize("kind", [SmoothGaussians, SmoothBessel])
def test_it_ends_at_the_cutoff_with_two_derivatives(kind):
    basis = kind(8, 6.0).double()
    near = torch.tensor(6.0 - 1e-4, dtype=torch.float64)
    assert torch.equal(basis(torch.tensor([6.0, 7.5, 100.0])), torch.zeros(3, 8))
    assert basis(near).abs().max() < 1e-12
    assert torch.func.jacfwd(basis)(near).abs().max() < 1e-8
    assert torch.func.jacfwd(torch.func.jacfwd(basis))(near).abs().max() < 1e-3


@pytest.mark.parametrize("kind", [SmoothGaussians, SmoothBessel])
def test_shape_and_type(kind):
    basis = kind(5, 4.0)
    assert basis(torch.rand(2, 3)).shape == (2, 3, 5)
    assert basis(torch.rand(4, dtype=torch.float64)).dtype == torch.float64
    assert not basis.state_dict()
