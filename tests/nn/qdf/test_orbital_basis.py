import pytest
import torch

from torch_molfield.geometry.atom_grids import shell_grid
from torch_molfield.nn.qdf.orbital_basis import EXPONENTS, OrbitalBasis, Orbitals


def values(basis, squared, z):
    orbitals = basis.orbitals(torch.tensor([z]))
    if basis.smooth:
        orbitals = orbitals._replace(centre=torch.zeros(1, orbitals.kind.shape[1], 3))
    return orbitals, basis(torch.tensor([[squared]]), orbitals, torch.zeros(1, 1, 3))[0, 0]


def test_published_form():
    basis = OrbitalBasis((1, 6))
    with torch.no_grad():
        basis.zeta.copy_(torch.linspace(0.5, 2.0, len(basis.labels)))
    orbitals, found = values(basis, [0.25, 4.0], [6, 1])
    for k in range(len(found)):
        label, atom = basis.labels[int(orbitals.kind[0, k])], int(orbitals.atom[0, k])
        distance = (0.5, 2.0)[atom]
        expected = distance ** (int(label[1]) - 1) * torch.exp(-basis.zeta[orbitals.kind[0, k]] * distance**2)
        torch.testing.assert_close(found[k], expected)
        assert label[0] == "CH"[atom]
    assert len(found) == 18


def test_a_function_is_not_asked_at_its_own_nucleus():
    assert float(values(OrbitalBasis((1,)), [0.0], [1])[1].detach().abs().max()) == 0


def test_smooth_powers_are_even():
    basis = OrbitalBasis((6, 14), smooth=True)
    powers = {label[:-1]: float(p) for label, p in zip(basis.labels, basis.power, strict=True)}
    assert powers == {"C1s": 0, "C2s": 2, "C2p": 2, "Si1s": 0, "Si2s": 2, "Si2p": 2, "Si3s": 2, "Si3p": 2}
    assert float(values(basis, [0.0], [6])[1][0].detach()) == 1


def test_padding():
    orbitals = OrbitalBasis((1, 8)).orbitals(torch.tensor([[8, 1, 1], [1, 0, 0]]))
    assert orbitals.present.sum(1).tolist() == [14 + 4 + 4, 4]
    assert orbitals.kind.shape == (2, 22)


def test_unknown_elements_are_named():
    basis = OrbitalBasis((1, 6))
    with pytest.raises(ValueError, match=r"molecule 1 .* without orbitals in the table: N, Cl; it has H, C"):
        basis.require(torch.tensor([6, 17, 7]), torch.tensor([0, 1, 1]))


def test_smooth_exponents_begin_spread_out():
    basis = OrbitalBasis((1,), smooth=True)
    torch.testing.assert_close(basis.exponents.detach(), 0.45 * (2.5 / 0.45) ** torch.tensor([0, 1 / 3, 2 / 3, 1]))
    assert bool((OrbitalBasis((1,)).zeta == 1).all())


@pytest.mark.parametrize(("free", "end"), [(-1e3, EXPONENTS.low), (1e3, EXPONENTS.high)])
def test_smooth_exponents_stay_where_the_points_integrate(free, end):
    basis = OrbitalBasis((1, 8), smooth=True).double()
    with torch.no_grad():
        basis.zeta.fill_(free)
    torch.testing.assert_close(basis.exponents, torch.full_like(basis.zeta, end))
    grid, kind = shell_grid(), torch.arange(len(basis.labels))[None]
    orbitals = Orbitals(kind, torch.zeros_like(kind), kind >= 0, torch.zeros(*kind.shape, 3).double())
    phi = basis(grid.local.square().sum(1)[None, :, None], orbitals, grid.local[None])[0]
    norm = (grid.weight[:, None] * phi.square()).sum(0)
    torch.testing.assert_close(norm, basis.self_overlap(kind)[0], rtol=3e-4, atol=0)
