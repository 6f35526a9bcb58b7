import pytest
import torch

from torch_molfield.geometry.neighbors import neighbor_pairs


def dense_pairs(points, pos, cutoff, points_batch, batch):
    near = (torch.cdist(points, pos) <= cutoff) & (points_batch[:, None] == batch)
    return set(map(tuple, near.nonzero().tolist()))


@pytest.mark.parametrize("cutoff", [0.3, 1.5, 4.0, 50.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_pairs_equal_the_dense_search(cutoff, dtype):
    generator = torch.Generator().manual_seed(0)
    pos = 8 * torch.rand(60, 3, generator=generator, dtype=dtype) - 4
    points = 12 * torch.rand(90, 3, generator=generator, dtype=dtype) - 6
    batch, points_batch = torch.arange(3).repeat_interleave(20), torch.arange(3).repeat_interleave(30)
    point, atom = neighbor_pairs(points, pos, cutoff, points_batch, batch)
    found = list(zip(point.tolist(), atom.tolist(), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == dense_pairs(points, pos, cutoff, points_batch, batch)
    assert (point[1:] >= point[:-1]).all()


@pytest.mark.parametrize("candidates", [1, 7, 500])
def test_pairs_do_not_depend_on_the_parts(monkeypatch, candidates):
    pos = 8 * torch.rand(60, 3, generator=torch.Generator().manual_seed(0))
    batch = torch.arange(3).repeat_interleave(20)
    expected = neighbor_pairs(pos, pos, 2.0, batch, batch)
    monkeypatch.setattr("torch_molfield.geometry.neighbors.CANDIDATES", candidates)
    found = neighbor_pairs(pos, pos, 2.0, batch, batch)
    assert torch.equal(found[0], expected[0])
    assert torch.equal(found[1], expected[1])


def test_fragments_far_apart_do_not_overflow():
    pos = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1e6, -1e6, 1e6]], dtype=torch.float64)
    point, atom = neighbor_pairs(pos, pos, 1.5)
    assert sorted(zip(point.tolist(), atom.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]


def test_nothing_to_find():
    point, atom = neighbor_pairs(torch.zeros(0, 3), torch.zeros(4, 3), 1.0)
    assert point.numel() == atom.numel() == 0


@pytest.mark.parametrize("cutoff", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_cutoff_is_refused(cutoff):
    with pytest.raises(ValueError, match="cutoff"):
        neighbor_pairs(torch.zeros(1, 3), torch.zeros(1, 3), cutoff)
