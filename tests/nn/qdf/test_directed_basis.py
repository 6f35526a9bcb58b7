import pytest
import torch

from torch_molfield.geometry.atom_grids import ball_grid
from torch_molfield.geometry.gaussian_overlap import Gaussians, gaussian_overlap
from torch_molfield.nn.qdf.directed_basis import DirectedBasis
from torch_molfield.nn.qdf.molecule_block import make_blocks
from torch_molfield.testing import molecule, random_rotations


def aimed(name, turn=None):
    torch.manual_seed(0)
    z, pos = molecule(name)
    pos = pos if turn is None else pos @ turn.T
    batch, electrons = torch.zeros(len(z), dtype=torch.long), z.sum()[None].double()
    (block,) = make_blocks(z, pos, batch, electrons, torch.float64, ball_grid())
    basis = DirectedBasis((1, 6, 7, 8)).double()
    return basis, block, basis.aim(basis.orbitals(block.z), block)


def values(name, points, turn=None):
    basis, block, orbitals = aimed(name, turn)
    local = (points if turn is None else points @ turn.T)[None] - (molecule(name)[1][0] if turn is None else 0)
    return basis, orbitals, basis(block.squared(local), orbitals, local)[0]


def test_functions_turn_with_the_molecule():
    points, turn = torch.randn(9, 3, dtype=torch.float64), random_rotations(1, seed=2)[0]
    origin = molecule("NH3")[1][0]
    before = values("NH3", points + origin)[2]
    after = values("NH3", points, turn)[2]
    torch.testing.assert_close(after, before)


def test_p_functions_are_odd_about_their_atom_and_hybrids_are_s_and_p():
    basis, block, orbitals = aimed("H2O")
    x = torch.randn(1, 6, 3, dtype=torch.float64)
    oxygen = orbitals.atom[0] == 0
    plus, minus = (basis(block.squared(points), orbitals, points)[0][:, oxygen] for points in (x, -x))
    labels = [basis.labels[k][1:3] for k in orbitals.kind[0][oxygen]]
    p, s, d2 = (torch.tensor([label == name for label in labels]) for name in ("2p", "1s", "2s"))
    assert [int(kind.sum()) for kind in (p, s, d2)] == [4, 6, 4]
    torch.testing.assert_close(plus[:, p], -minus[:, p])
    torch.testing.assert_close(plus[:, d2], minus[:, d2])
    assert float(plus[:, p].detach().abs().max()) > 1e-2
    zeta = basis.exponents[orbitals.kind[0][oxygen]][s]
    even = torch.exp(-zeta * x[0].square().sum(1, keepdim=True))
    torch.testing.assert_close((plus + minus)[:, s] / 2, even)
    assert float((plus - minus)[:, s].detach().abs().max()) > 1e-2


def test_no_direction_where_neighbours_balance():
    _, _, orbitals = aimed("CH4")
    on_carbon = orbitals.atom[0] == 0
    assert float(orbitals.direction[0][on_carbon].detach().abs().max()) < 1e-6


def test_norms_are_those_of_unit_directions():
    basis = DirectedBasis((1, 6)).double()
    kind = torch.arange(len(basis.labels))[None]
    unit = torch.zeros(1, len(basis.labels), 3, dtype=torch.float64)
    unit[..., 1] = basis.directed.double()
    raised, constant = basis.power[None] > 0, (~basis.directed)[None].double()
    functions = Gaussians(torch.zeros_like(unit), basis.exponents[None], raised, constant, unit)
    overlap = gaussian_overlap(functions, functions)
    torch.testing.assert_close(basis.self_overlap(kind)[0], overlap[0].diagonal())


def test_neighbours_never_count_more_the_farther_they_are():
    basis, block, orbitals = aimed("H2O")
    with torch.no_grad():
        basis.reach.fill_(-1e3)
    far = basis.aim(orbitals, block).direction
    assert bool(torch.isfinite(far).all()) and float(far.detach().norm(dim=-1).max()) < 10


def test_functions_must_be_aimed():
    basis, block, orbitals = aimed("H2O")
    points = torch.zeros(1, 1, 3, dtype=torch.float64)
    with pytest.raises(ValueError, match="must be aimed first"):
        basis(block.squared(points), orbitals._replace(direction=None), points)
