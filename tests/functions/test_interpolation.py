import pytest
import torch

from torch_molfield.functions.interpolation import interpolate

NODES = torch.cartesian_prod(*[torch.arange(n, dtype=torch.float64) for n in (4, 5, 6)])


def table(function):
    return function(*NODES.unbind(1)).reshape(4, 5, 6, 1)


def inside(count=60):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(count, 3, generator=generator, dtype=torch.float64) * torch.tensor([3.0, 4.0, 5.0])


@pytest.mark.parametrize("method", ["linear", "cubic"])
def test_exact_at_the_nodes_and_for_multilinear_functions(method):
    def f(x, y, z):
        return 1 + x - 2 * y + x * y * z

    torch.testing.assert_close(interpolate(table(f), NODES, method)[:, 0], f(*NODES.unbind(1)))
    index = inside()
    torch.testing.assert_close(interpolate(table(f), index, method)[:, 0], f(*index.unbind(1)))


def test_cubic_is_exact_for_quadratics_away_from_the_border():
    def f(x, y, z):
        return x**2 - 3 * y**2 + z**2 * y

    index = inside(200)
    deep = ((index >= 1) & (index <= torch.tensor([2.0, 3.0, 4.0]))).all(1)
    assert deep.sum() > 5
    torch.testing.assert_close(interpolate(table(f), index[deep], "cubic")[:, 0], f(*index[deep].unbind(1)))


def test_cubic_has_one_continuous_derivative():
    values = torch.randn(5, 5, 5, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    slopes = []
    for shift in (-1e-9, 1e-9):
        index = torch.tensor([[2.0 + shift, 1.3, 2.6]], dtype=torch.float64, requires_grad=True)
        slopes.append(torch.autograd.grad(interpolate(values, index).sum(), index)[0])
    torch.testing.assert_close(slopes[0], slopes[1], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("method", ["linear", "cubic"])
def test_gradients_in_coordinates_and_values(method):
    values = torch.randn(3, 4, 2, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    index = torch.tensor([[0.3, 1.2, 0.5], [1.7, 2.9, 0.1]], dtype=torch.float64)
    inputs = (values.requires_grad_(), index.requires_grad_())
    assert torch.autograd.gradcheck(lambda v, i: interpolate(v, i, method), inputs)
