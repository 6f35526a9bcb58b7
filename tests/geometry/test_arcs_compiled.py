import pytest
import torch

from torch_molfield.geometry import arcs
from torch_molfield.geometry.ragged import pad_rows

pytest.importorskip("numba")
from torch_molfield.geometry.arcs_compiled import arcs_of_circles


def both(pos, radius):
    i, j, _ = arcs.meeting_pairs(pos, radius, torch.zeros(len(pos), dtype=torch.long))
    circles, table = arcs.circles_of(pos, radius, i[i < j], j[i < j]), pad_rows(i, j, len(pos))
    before = table.clone()
    found = [arcs.arcs_of_circles(circles, table, pos, radius), arcs_of_circles(circles, table, pos, radius)]
    assert torch.equal(table, before)
    return found


def rows(found):
    """What tells the arcs apart, in one order."""
    labels = torch.stack([found.circle.first, found.circle.second, found.enter, found.leave], dim=1)
    values = torch.stack([found.start, found.stop], dim=1)
    order = sorted(range(len(labels)), key=lambda k: (*labels[k].tolist(), round(float(values[k, 0]), 6)))
    return labels[order], values[order]


@pytest.mark.parametrize("count", [2, 3, 60])
def test_the_same_arcs(count):
    generator = torch.Generator().manual_seed(count)
    pos = 1.9 * count ** (1 / 3) * torch.rand(count, 3, generator=generator, dtype=torch.float64)
    radius = 1.2 + torch.rand(count, generator=generator, dtype=torch.float64)
    want, got = (rows(found) for found in both(pos, radius))
    assert len(want[0]) > 0
    assert torch.equal(got[0], want[0])
    torch.testing.assert_close(got[1], want[1], rtol=0, atol=1e-12)


def test_coincident_circles_of_a_symmetric_molecule():
    turn = torch.arange(6, dtype=torch.float64) * torch.pi / 3
    ring = torch.stack([turn.cos(), turn.sin(), 0 * turn], dim=1) * 1.4
    want, got = both(ring, torch.full((6,), 3.1, dtype=torch.float64))
    assert len(got.start) == len(want.start)
    torch.testing.assert_close((got.stop - got.start).sum(), (want.stop - want.start).sum(), rtol=0, atol=1e-5)
