import pytest
import torch

from torch_molfield.geometry.compact import compact_groups


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_every_atom_is_in_one_group(size):
    pos = torch.randn(300, 3, generator=torch.Generator().manual_seed(0))
    groups = compact_groups(pos, torch.arange(3).repeat_interleave(100), size)
    assert sorted(torch.cat(groups).tolist()) == list(range(300))
    assert all(1 <= len(group) <= size for group in groups)


def test_groups_are_compact_and_follow_their_neighbours():
    pos = 16 * torch.rand(4096, 3, generator=torch.Generator().manual_seed(0))
    groups = compact_groups(pos, torch.zeros(4096, dtype=torch.long), 64)
    assert len(groups) == 64
    assert max(float((pos[group].amax(0) - pos[group].amin(0)).max()) for group in groups) < 6.0
    centre = torch.stack([pos[group].mean(0) for group in groups])
    assert float((centre[1:] - centre[:-1]).norm(dim=1).median()) < 6.0


def test_molecules_are_apart_wherever_they_are():
    pos = torch.randn(80, 3, generator=torch.Generator().manual_seed(0)).repeat(4, 1)
    batch = torch.arange(4).repeat_interleave(80)
    assert all(len(batch[group].unique()) == 1 for group in compact_groups(pos, batch, 80))


def test_places_that_are_all_the_same():
    groups = compact_groups(torch.zeros(10, 3), torch.zeros(10, dtype=torch.long), 3)
    assert sorted(torch.cat(groups).tolist()) == list(range(10))
