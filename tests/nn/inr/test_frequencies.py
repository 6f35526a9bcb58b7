import math

import pytest
import torch

from torch_molfield.nn import CanonicalINR, FunctionSpaceHyperNetwork
from torch_molfield.nn.inr.frequencies import gaussian_amplitudes, lattice_frequencies


@pytest.mark.parametrize("count", [1, 5, 256, 1000])
def test_the_shortest_points_of_a_body_centred_lattice_without_opposites(count):
    omega = lattice_frequencies(count, 3.0)
    length = omega.norm(dim=1)
    assert omega.shape == (count, 3)
    assert float(length[0]) == 0
    assert (length.diff() > -1e-6).all()
    if count > 1:
        assert float(length.max()) == pytest.approx(3.0)
        both = torch.cat([omega, -omega[1:]])
        distance = torch.cdist(both, both) + 99 * torch.eye(len(both))
        nearest = distance.amin(1)
        torch.testing.assert_close(nearest, nearest[:1].expand_as(nearest), atol=1e-4, rtol=0)


def test_a_kernel_is_a_gaussian_up_to_its_cutoff_and_has_no_ripples_below_its_period():
    """A cutoff at 4σ leaves exp(−8) of the spectrum out; random frequencies would leave ripples of 1/√2000 = 0.02."""
    scale = 1.5
    omega = lattice_frequencies(2000, 4 * scale).double()
    amplitude = gaussian_amplitudes(omega, scale)
    assert float(amplitude.sum()) == pytest.approx(1)
    direction = torch.nn.functional.normalize(
        torch.randn(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), dim=1
    )
    for radius in (0.0, 0.5, 1.0, 2.0, 4.0, 6.0):
        kernel = torch.cos(radius * direction @ omega.T) @ amplitude
        exact = math.exp(-((scale * radius) ** 2) / 2)
        torch.testing.assert_close(kernel, torch.full_like(kernel, exact), atol=2e-3, rtol=0)


def test_an_inr_and_its_structure_factor_start_on_the_lattice():
    inr = CanonicalINR(num_frequencies=100, frequency_scale=1.5)
    torch.testing.assert_close(inr.frequencies.detach(), lattice_frequencies(100, 3.0))
    atoms = FunctionSpaceHyperNetwork(inr, width=16, heads=2, kernels=3).atoms
    assert atoms.amplitude.shape == (3, 100)
    torch.testing.assert_close(atoms.amplitude.sum(1), torch.full((3,), 4.0))
