import math

import pytest
import torch
from torch_geometric.nn.models.dimenet import SphericalBasisLayer

from torch_molfield.nn import RegularizedPositionalEncoding, SphericalEncoding


@pytest.fixture(scope="module")
def basis():
    return SphericalBasisLayer(3, 4, cutoff=5.0)


@pytest.fixture(scope="module")
def encoding(basis):
    return SphericalEncoding.from_basis(basis, 0.5, 5.0, envelope=True, tolerance=1e-4)


def given(edges=20, triplets=60):
    generator = torch.Generator().manual_seed(0)
    distance = 0.7 + 4.2 * torch.rand(edges, generator=generator, dtype=torch.float64)
    angle = math.pi * torch.rand(triplets, generator=generator, dtype=torch.float64)
    return distance, angle, torch.randint(edges, (triplets,), generator=generator)


def test_it_begins_as_the_basis(basis, encoding):
    wanted = basis(*given())
    found = encoding(*given())
    assert found.shape == (60, 12)
    assert (found - wanted).abs().max() < 1e-4 * wanted.abs().max()


def test_slopes_are_those_of_the_basis(basis, encoding):
    distance, angle, index = given()
    distance.requires_grad_()
    angle.requires_grad_()
    for one, other in zip(
        *(torch.autograd.grad(f(distance, angle, index).sum(), (distance, angle)) for f in (basis, encoding)),
        strict=True,
    ):
        assert (one - other).abs().max() < 1e-3 * one.abs().max()


def test_it_is_nothing_at_the_cutoff_and_beyond(encoding):
    distance = torch.tensor([4.9, 5.0, 6.0])
    found = encoding(distance, torch.ones(3), torch.arange(3))
    assert found[0].abs().max() > 0
    assert torch.equal(found[1:], torch.zeros(2, 12))


def test_it_compiles_in_one_graph(encoding):
    distance, angle, index = given()
    compiled = torch.compile(encoding, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(distance, angle, index), encoding(distance, angle, index))


def test_channels_that_do_not_fit():
    parts = RegularizedPositionalEncoding(10, 0.5, 5.0), RegularizedPositionalEncoding(4, 0.0, math.pi)
    with pytest.raises(ValueError, match="each of the 4 of angles, it has 10"):
        SphericalEncoding(*parts)


@pytest.mark.parametrize("angle", [-0.1, 3.2, math.nan])
def test_angles_that_are_none(encoding, angle):
    with pytest.raises(ValueError, match=r"outside of \[0, 3\.14159\]|NaN"):
        encoding(torch.tensor([1.0]), torch.tensor([angle]), torch.tensor([0]))
