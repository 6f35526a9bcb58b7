import pytest
import torch

from torch_molfield.geometry import becke_grid, canonical_frames
from torch_molfield.geometry.alignment import kabsch, rmsd
from torch_molfield.geometry.continuity import continuous_frames
from torch_molfield.geometry.precision import autocast_is_on, full_precision, in_full_precision, no_autocast

HALVES = [torch.bfloat16, torch.float16]


def product(x, y):
    return (x @ y).sin()


def test_no_autocast():
    assert not autocast_is_on()
    with torch.autocast("cpu", torch.bfloat16):
        assert autocast_is_on()
        with no_autocast():
            assert not autocast_is_on()
        assert autocast_is_on()


@pytest.mark.parametrize("half", HALVES)
def test_the_decorator(half):
    x, y = torch.randn(4, 3), torch.randn(3, 5)
    with torch.autocast("cpu", half):
        assert product(x, y).dtype == half
        assert full_precision(product)(x, y).equal(product_outside := full_precision(product)(x, y))
    assert product_outside.equal(product(x, y))


@pytest.mark.parametrize("half", HALVES)
def test_gradients_of_first_and_second_order(half):
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(*shape, generator=generator, requires_grad=True) for shape in ((4, 3), (3, 5)))

    def derivatives(function):
        value = function(x * 1.5, y)
        (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        return value, slope, *torch.autograd.grad(slope.square().sum(), (x, y))

    outside = derivatives(product)
    with torch.autocast("cpu", half):
        inside = derivatives(lambda *given: in_full_precision(product, *given))
    for a, b in zip(inside[:2], outside[:2], strict=True):
        assert a.dtype == torch.float32 and a.equal(b)
    for a, b in zip(inside[2:], outside[2:], strict=True):
        assert torch.allclose(a, b, atol=0.2)  # of second order are in the precision that autocast asks for


def test_inputs_without_gradients_get_none():
    x, y = torch.randn(4, 3), torch.randn(3, 5, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        (slope,) = torch.autograd.grad(in_full_precision(product, x, y).sum(), y)
    assert slope.equal(torch.autograd.grad(product(x, y).sum(), y)[0])


@pytest.mark.parametrize("half", HALVES)
def test_geometry(half):
    generator = torch.Generator().manual_seed(1)
    z = torch.tensor([6, 7, 8, 1, 1])
    pos = 3 * torch.randn(5, 3, generator=generator) + 20
    other = 3 * torch.randn(5, 3, generator=generator)
    frames = canonical_frames(z, pos)
    functions = [
        lambda: frames.to_canonical(pos, torch.zeros(5, dtype=torch.long)),
        lambda: canonical_frames(z, pos).rotation,
        lambda: kabsch(pos, other)[0],
        lambda: rmsd(pos, other),
        lambda: becke_grid(z, pos, None, 5, 9)[0],
        lambda: continuous_frames(z, torch.stack([pos, other]))[0],
    ]
    for function in functions:
        outside = function()
        with torch.autocast("cpu", half):
            assert function().equal(outside)
