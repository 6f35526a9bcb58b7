from types import SimpleNamespace

import pytest
import torch

from torch_molfield.fields import GaussianField, GridField, SignedDistanceField
from torch_molfield.geometry import canonical_frames
from torch_molfield.geometry.memory import memory_of, require_memory
from torch_molfield.models import EnergyMolField, MolField
from torch_molfield.nn.common.pair_memory import check_pairs
from torch_molfield.nn.inr.feature_lattice import FeatureLattice

CPU = torch.device("cpu")
Z, POS = torch.tensor([6, 8]), torch.tensor([[0.0, 0, 0], [1.2, 0, 0]])


def test_what_fits_and_what_does_not():
    assert 1e8 < memory_of("cpu") < 1e15
    require_memory(1e6, "a thing", "take less", CPU)
    with pytest.raises(ValueError, match=r"a thing takes 931322574.6 GiB, more than the .* GiB there are; take less\."):
        require_memory(1e18, "a thing", "take less", CPU)


def test_grids_are_refused_with_their_size():
    with pytest.raises(ValueError, match="GiB of memory, more than the limit"):
        GridField.from_field(SignedDistanceField(), Z, POS, spacing=0.002)
    field = MolField(hidden=8, depth=1, num_frequencies=8, width=8, vectors=2, heads=2).eval()(Z, POS)
    with pytest.raises(ValueError, match="GiB of memory, more than the limit"):
        field.to_grid(0.002)
    with pytest.raises(ValueError, match="a lattice of 100002 × 100002 × 100002 points .* take a coarser lattice"):
        FeatureLattice(100_000, 16)


def test_a_grid_made_in_parts_is_that_of_one_call(monkeypatch):
    monkeypatch.setattr(GaussianField, "chunk_size", 100)
    grid = GridField.from_field(GaussianField(), Z, POS, spacing=0.5)
    expected = GaussianField()(grid.points().float(), Z, POS)
    torch.testing.assert_close(grid.values.reshape(expected.shape), expected)


@pytest.fixture
def little(monkeypatch):
    monkeypatch.setattr("torch_molfield.geometry.memory.memory_of", lambda *_: 1000.0)


def test_molecules_are_refused_with_their_size(little):
    z, pos = torch.ones(9, dtype=torch.long), 2 * torch.randn(9, 3, generator=torch.Generator().manual_seed(0))
    small = {"width": 8, "vectors": 2}
    with pytest.raises(ValueError, match=r"listing \d+ pairs of 9 atoms takes .* GiB .*; take smaller"):
        EnergyMolField(**small).eval()(z, pos)
    with pytest.raises(ValueError, match=r"a table of all pairs of 9 atoms takes .* GiB .*; take smaller"):
        check_pairs(SimpleNamespace(numbers_per_pair=84), 1, 9, CPU)
    with pytest.raises(ValueError, match=r"pairing axes and atoms, 9 pairs, takes"):
        MolField(hidden=8, depth=1, num_frequencies=8, heads=2, **small).eval()(z, pos)
    with pytest.raises(ValueError, match="pairing axes and atoms, .* pairs, takes"):
        canonical_frames(z, pos)


def test_batches_are_named():
    trunk = SimpleNamespace(numbers_per_pair=84)
    check_pairs(trunk, 3, 20, CPU)
    check_pairs(EnergyMolField(width=8, vectors=2).trunk, 2, 1_000_000, CPU)
    with pytest.raises(ValueError, match="all pairs of 1000000 atoms in each of 2 molecules"):
        check_pairs(trunk, 2, 1_000_000, CPU)
