import pytest
import torch

from torch_molfield.geometry.united_atoms import SiteLabel, Sites
from torch_molfield.nn.generative.denoiser import SiteDenoiser

NOTHING = torch.zeros(1, 0).double()
LABELS = [SiteLabel(6, 3, 1), SiteLabel(8, 1, 1), SiteLabel(7, 0, 2)]


@pytest.fixture
def denoiser():
    torch.manual_seed(0)
    network = SiteDenoiser(LABELS, 16, 2, 2).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return network


def sites(seed=0):
    generator = torch.Generator().manual_seed(seed)
    label = torch.tensor([[0, 2, 0, 1]])
    there = torch.tensor([[3, 0, 3, 1]])[..., None] > torch.arange(3)
    pos = torch.randn(1, 4, 3, generator=generator, dtype=torch.float64)
    hydrogens = torch.randn(1, 4, 3, 3, generator=generator, dtype=torch.float64) * there[..., None]
    return Sites(label, pos, hydrogens)


def test_velocities_leave_the_centroid_and_absent_hydrogens(denoiser):
    found = denoiser(sites(), torch.tensor([0.3]).double(), NOTHING)
    torch.testing.assert_close(found.pos.sum(1), torch.zeros(1, 3).double(), rtol=0, atol=1e-12)
    given = sites().hydrogens.abs().sum(-1) > 0
    assert torch.equal(found.hydrogens.abs().sum(-1) > 0, given)
    torch.testing.assert_close(found.bonded, found.bonded.transpose(1, 2))


def test_the_order_of_sites_does_not_matter(denoiser):
    order, given, time = [2, 0, 3, 1], sites(), torch.tensor([0.6]).double()
    found = denoiser(Sites(*(column[:, order] for column in given)), time, NOTHING)
    expected = denoiser(given, time, NOTHING)
    torch.testing.assert_close(found.pos, expected.pos[:, order])
    torch.testing.assert_close(found.hydrogens, expected.hydrogens[:, order])
    torch.testing.assert_close(found.bonded, expected.bonded[:, order][:, :, order])


def test_padding_does_not_matter(denoiser):
    given, time = sites(), torch.tensor([0.6]).double()
    more = torch.full((1, 2), -1)
    padded = Sites(
        torch.cat([given.label, more], 1),
        torch.cat([given.pos, torch.zeros(1, 2, 3)], 1),
        torch.cat([given.hydrogens, torch.zeros(1, 2, 3, 3)], 1),
    )
    with torch.no_grad():
        found, expected = denoiser(padded, time, NOTHING), denoiser(given, time, NOTHING)
    torch.testing.assert_close(found.pos[:, :4], expected.pos)
    assert float(found.pos[:, 4:].abs().max()) == 0
    torch.testing.assert_close(found.bonded[:, :4, :4], expected.bonded)


def test_time_matters(denoiser):
    early, late = (denoiser(sites(), torch.tensor([time]).double(), NOTHING).pos.detach() for time in (0.1, 0.9))
    assert float((early - late).abs().max()) > 1e-3
