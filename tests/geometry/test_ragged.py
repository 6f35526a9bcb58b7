import pytest
import torch

from torch_molfield.geometry.ragged import expand_ranges, pad_rows, row_pointers, tiles


def test_expand_ranges_lists_each_row():
    row, value = expand_ranges(torch.tensor([3, 5, 0]), torch.tensor([5, 5, 1]))
    assert row.tolist() == [0, 0, 2]
    assert value.tolist() == [3, 4, 0]


def test_row_pointers_and_pad_rows_keep_empty_rows():
    row = torch.tensor([0, 0, 2])
    assert row_pointers(row, 4).tolist() == [0, 2, 2, 3, 3]
    assert pad_rows(row, torch.tensor([7, 8, 9]), 4).tolist() == [[7, 8], [-1, -1], [9, -1], [-1, -1]]
    assert pad_rows(row[:0], row[:0], 2).tolist() == [[-1], [-1]]


@pytest.mark.parametrize("budget", [1, 30, 10_000])
def test_tiles_pair_every_point_with_every_candidate_of_its_group(budget):
    generator = torch.Generator().manual_seed(0)
    group = torch.randint(0, 6, (200,), generator=generator)
    group[group == 4] = 3
    pointers = torch.tensor([0, 5, 5, 25, 26, 30, 37])
    met = torch.zeros(200, 37, dtype=torch.bool)
    for point, candidate in tiles(group, pointers, budget):
        assert point.shape[0] == candidate.shape[0]
        met[point[:, :, None], candidate[:, None, :]] = True
    columns = torch.arange(37)
    expected = (columns >= pointers[group][:, None]) & (columns < pointers[group + 1][:, None])
    assert torch.equal(met, expected)


def test_tiles_of_nothing():
    assert list(tiles(torch.zeros(0, dtype=torch.long), torch.tensor([0, 3]), 10)) == []
    assert list(tiles(torch.zeros(4, dtype=torch.long), torch.tensor([0, 0]), 10)) == []
