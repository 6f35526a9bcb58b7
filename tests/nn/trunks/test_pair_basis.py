import pytest
import torch
from e3nn import o3

from torch_molfield.nn.trunks.pair_basis import PairBasis, quadrupole_times
from torch_molfield.testing import molecule


def matrices(basis, pos):
    return basis(pos.unsqueeze(0), torch.ones(1, len(pos), dtype=torch.bool))


def test_angular_parts_are_spherical_harmonics():
    _, pos = molecule("NH3")
    basis = PairBasis(5.0, 3)
    radial, dipole, quadrupole = (rows[0].view(len(pos), -1, 3, len(pos)) for rows in matrices(basis, pos))
    # e3nn's l = 1 is (x, y, z); its l = 2 has y as polar axis, (xz, xy, 3y² − 1, yz, z² − x²), so it is told (y, z, x)
    unit = pos[1] - pos[0]
    ours = torch.cat([dipole, quadrupole], dim=1)[0, :, 0, 1] / radial[0, 0, 0, 1]
    first = o3.spherical_harmonics(1, unit, normalize=True, normalization="component")
    second = o3.spherical_harmonics(2, unit[[1, 2, 0]], normalize=True, normalization="component")
    torch.testing.assert_close(ours[:3], first)
    torch.testing.assert_close(ours[3:].square().sum(), second.square().sum())
    torch.testing.assert_close(ours[3:], second[[0, 1, 3, 4, 2]])


def test_nothing_comes_from_padding_from_itself_or_from_beyond_the_cutoff():
    x = torch.tensor([[[0.0, 0, 0], [1.0, 0, 0], [5.5, 0, 0], [0.0, 0, 0]]])
    mask = torch.tensor([[True, True, True, False]])
    for rows in PairBasis(5.0, 4)(x, mask):
        seen = rows[0].view(4, -1, 4).abs().amax(1) > 0
        assert torch.equal(seen, torch.tensor([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]).bool())


def test_quadrupole_times_is_a_symmetric_traceless_matrix():
    torch.manual_seed(0)
    quadrupole = torch.randn(2, 5, 3, dtype=torch.float64)
    columns = [quadrupole_times(quadrupole, torch.eye(3, dtype=torch.float64)[k].view(1, 3, 1)) for k in range(3)]
    matrix = torch.stack(columns, dim=-1)  # [2, 3, C, 3]
    torch.testing.assert_close(matrix, matrix.transpose(1, 3))
    assert matrix.diagonal(dim1=1, dim2=3).sum(-1).abs().max() < 1e-12


@pytest.mark.parametrize(("cutoff", "radial"), [(0.0, 4), (5.0, 0), (float("inf"), 4)])
def test_bad_settings(cutoff, radial):
    with pytest.raises(ValueError, match="must be positive"):
        PairBasis(cutoff, radial)
