import pytest
import torch

from torch_molfield.geometry.atom_grids import ball_grid, shell_grid
from torch_molfield.nn.qdf import molecule_block
from torch_molfield.nn.qdf.molecule_block import make_blocks

Z = torch.tensor([8, 1, 1, 6, 1, 1, 1, 1, 2])
BATCH = torch.tensor([0, 0, 0, 1, 1, 1, 1, 1, 2])
POS = torch.arange(27.0, dtype=torch.float64).reshape(9, 3).sin() * 2 + 100
ELECTRONS = torch.tensor([10.0, 10.0, 2.0])


def blocks(grid, turns=None):
    return list(make_blocks(Z, POS, BATCH, ELECTRONS, torch.float64, grid, turns))


def test_molecules_come_by_size(monkeypatch):
    (block,) = blocks(ball_grid())
    assert block.number.tolist() == [2, 0, 1]
    assert block.z.tolist() == [[2, 0, 0, 0, 0], [8, 1, 1, 0, 0], [6, 1, 1, 1, 1]]
    assert block.electrons.tolist() == [2, 10, 10]
    monkeypatch.setattr(molecule_block, "CELLS", 56 * 9)
    assert [b.number.tolist() for b in blocks(ball_grid())] == [[2], [0], [1]]


@pytest.mark.parametrize("cells", [1 << 20, 500, 1])
def test_parts_are_all_points(cells, monkeypatch):
    grid = shell_grid(3, 5, 2.0)
    monkeypatch.setattr(molecule_block, "CELLS", cells)
    for block in blocks(grid):
        parts = list(block.grid_parts(grid))
        weight = torch.cat([part.weight for part in parts], 1)
        assert weight.shape[1] == block.z.shape[1] * len(grid.local)
        assert cells > 1 or len(parts) == block.z.shape[1]
        # shares of a point among atoms are below 1 but where there is one atom alone
        assert bool((weight.sum(1) <= float(grid.weight.sum()) * block.present.sum(1) + 1e-9).all())
        absent = ~block.present.repeat_interleave(len(grid.local), 1)
        assert float(weight[absent].abs().sum()) == 0


def test_distances_and_turns():
    grid = ball_grid(shift=0.1)
    turn = torch.linalg.qr(torch.randn(9, 3, 3, dtype=torch.float64)).Q
    (block,) = blocks(grid, turn)
    squared = torch.cat([part.squared for part in block.grid_parts(grid)], 1)[1]
    points = (POS[:3, None] + torch.einsum("nij,kj->nki", turn[:3], grid.local)).flatten(0, 1)
    torch.testing.assert_close(squared[: 3 * 56, :3], torch.cdist(points, POS[:3]).square())
