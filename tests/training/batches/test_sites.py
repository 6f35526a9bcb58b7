import pytest
import torch

from tests.g2 import molecule
from torch_molfield.geometry.united_atoms import Sites, pad_sites, to_sites
from torch_molfield.nn.generative.coupling import assign_noise, axis_signs
from torch_molfield.training.batches.sites import LAST_TIME, SiteBatches, SiteTable


@pytest.fixture
def table():
    molecules = [to_sites(*molecule(name)).canonical() for name in ("CH3OH", "H2O", "CH3CONH2", "C6H6")]
    labels = sorted({label for each in molecules for label in each.labels})
    return SiteTable(pad_sites(molecules, labels), labels, torch.zeros(len(molecules), 0))


def batches(table, **options):
    spread = torch.tensor([1.5, 1.0, 0.5]).double().expand(7, 3)
    return SiteBatches(table, spread, axis_signs(True), 4, seed=0, **options)


def test_an_epoch_has_every_molecule_once(table):
    batch = batches(table)[0]
    assert batch.label.shape == (4, 6) and batch.batch.tolist() == [0, 1, 2, 3]
    assert sorted((batch.label >= 0).sum(1).tolist()) == [1, 2, 4, 6]


def test_a_batch_depends_on_its_step_alone(table):
    one, two = batches(table)[5], batches(table, first=3)[2]
    assert all(torch.equal(one[name], two[name]) for name in one.keys())
    assert not torch.equal(one.noise_pos, batches(table)[6].noise_pos)


def test_the_noise_is_the_nearest(table):
    batch = batches(table)[0]
    sites = Sites(batch.label, batch.pos, batch.hydrogens)
    noise = Sites(batch.label, batch.noise_pos.double(), batch.noise_hydrogens.double())
    again = assign_noise(sites, noise, axis_signs(True))
    torch.testing.assert_close(again.pos, noise.pos)
    torch.testing.assert_close(again.hydrogens, noise.hydrogens)


def test_times_are_all_before_the_last(table):
    times = torch.cat([batches(table)[k].time for k in range(200)])
    assert 0 <= float(times.min()) < 0.05 and 0.95 < float(times.max()) < LAST_TIME
    assert 0.6 < float(((times > 0.35) & (times < 0.98)).float().mean()) < 0.95


def test_no_padding_beyond_the_largest(table):
    assert table.take(torch.tensor([0, 1])).label.shape == (2, 2)
    assert table.atoms[table.sites.label].sum(1).tolist() == [6, 3, 9, 12]
