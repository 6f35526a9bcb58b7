import pytest
import torch

from tests.g2 import molecule
from torch_molfield.geometry.united_atoms import to_sites
from torch_molfield.nn.generative.morph import morph, superpose
from torch_molfield.nn.inr.radial_basis import RadialBasisFunction
from torch_molfield.testing import check_field_function


@pytest.fixture
def ends():
    return molecule("CH3CH2OH"), molecule("CH3CONH2")


def points():
    return 3 * torch.randn(200, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_ends_are_the_molecules(ends):
    first, *_, last = morph(*ends, [0.0, 0.5, 1.0])
    assert first.channels == last.channels == ("H", "C", "N", "O")
    for end, found in zip(ends, (first, last), strict=True):
        exact = RadialBasisFunction(*to_sites(*end))
        columns = [found.channels.index(name) for name in exact.channels]
        torch.testing.assert_close(found(points())[:, columns], exact(points()))
        rest = [k for k in range(4) if k not in columns]
        assert float(found(points())[:, rest].abs().max()) == 0 if rest else True


def test_the_number_of_atoms_changes_at_a_uniform_rate(ends):
    for share, step in zip((0.0, 0.25, 1.0), morph(*ends, [0.0, 0.25, 1.0]), strict=True):
        totals = [float(step.weight[step.z == element].sum()) for element in (1, 6, 7, 8)]
        assert totals == pytest.approx([6 - share, 2, share, 1])


def test_atoms_go_the_shortest_way():
    z = torch.tensor([6, 6])
    one, two = torch.tensor([[0.0, 0, 0], [3.0, 0, 0]]), torch.tensor([[3.2, 0, 0], [0.2, 0, 0]])
    (middle,) = morph((z, one), (z, two), [0.5])
    torch.testing.assert_close(middle.atoms, one + torch.tensor([0.1, 0, 0]))


def test_it_is_a_function_of_space(ends):
    (middle,) = morph(*ends, [0.4])
    check_field_function(middle)


def test_a_molecule_is_laid_on_itself():
    z, pos = molecule("CH3CH2OH")
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64))[0]
    turn *= torch.det(turn).sign()
    torch.testing.assert_close(superpose((z, pos), (z, pos @ turn.T + 4.0)), pos)
