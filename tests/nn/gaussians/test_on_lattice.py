import pytest
import torch

from torch_molfield.functions.base import FieldFunction
from torch_molfield.nn.gaussians import AtomCenteredDensity, density_basis
from torch_molfield.nn.gaussians.harmonics import solid_harmonics
from torch_molfield.nn.gaussians.on_lattice import _in_monomials, _monomials

Z = torch.tensor([8, 6, 35, 1])
POS = torch.tensor([[0.0, 0, 0], [1.3, 0.1, 0], [2.0, 1.7, 0.4], [-0.6, 0.2, 0.7]], dtype=torch.float64)


def density(dtype=torch.float64, **options):
    basis = density_basis()
    generator = torch.Generator().manual_seed(0)
    row = 0.05 * torch.randn(int(basis.sizes(Z).sum()), generator=generator, dtype=torch.float64)
    return AtomCenteredDensity(Z, POS.to(dtype), basis.to_tokens(Z, row).to(dtype), **options)


@pytest.mark.parametrize("free_atoms", [True, False])
def test_values_are_those_at_the_points(free_atoms):
    function = density(free_atoms=free_atoms)
    origin, shape = function.lattice(0.5, 2.5)
    found = function.lattice_values(origin, 0.5, shape)
    torch.testing.assert_close(found, FieldFunction.lattice_values(function, origin, 0.5, shape), atol=1e-7, rtol=1e-9)


def test_single_precision_loses_nothing_that_matters():
    function, exact = density(torch.float32), density()
    origin, shape = exact.lattice(0.5, 2.5)
    found = function.lattice_values(origin, 0.5, shape).double()
    torch.testing.assert_close(found, exact.lattice_values(origin, 0.5, shape), atol=2e-6, rtol=1e-5)


def test_grids_beside_the_molecule_are_empty():
    far = torch.full((3,), 60.0, dtype=torch.float64)
    assert not density().lattice_values(far, 0.4, (3, 4, 5)).any()


@pytest.mark.parametrize("highest", [0, 2, 5])
def test_harmonics_are_sums_of_monomials(highest):
    x = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    monomials = torch.stack([(x ** torch.tensor(powers)).prod(1) for powers in _monomials(highest)], dim=1)
    torch.testing.assert_close(monomials @ _in_monomials(highest).T, solid_harmonics(x, highest))


def test_meshes_are_those_of_values_point_by_point(monkeypatch):
    found = density().to_mesh(0.3, 0.3, ascent=True)
    monkeypatch.setattr(AtomCenteredDensity, "on_lattice", FieldFunction.on_lattice)
    expected = density().to_mesh(0.3, 0.3, ascent=True)
    assert (found.faces == expected.faces).all()
    assert abs(found.vertices - expected.vertices).max() < 1e-6
