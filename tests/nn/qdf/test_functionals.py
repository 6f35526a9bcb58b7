import pytest
import torch

from torch_molfield.nn.qdf.functionals import HohenbergKohnMap, PropertyFunctional, external_potential


def test_published_functional_is_a_plain_sum():
    torch.manual_seed(0)
    functional = PropertyFunctional(5, 2, 1)
    psi = torch.randn(1, 7, 5)
    hidden = psi[0]
    for layer in functional.layers:
        hidden = (hidden @ layer.weight.T + layer.bias).clamp_min(0)
    sums, measure = functional(psi, torch.ones(1, 7))
    expected = (functional.out(hidden.sum(0)), functional.out(hidden.mean(0)))
    for extensive, value in zip((True, False), expected, strict=True):
        found = functional.read(sums, measure, torch.tensor([extensive]))
        torch.testing.assert_close(found[0], value.double())


@pytest.mark.parametrize("smooth", [False, True])
def test_points_of_no_weight_do_not_count(smooth):
    torch.manual_seed(0)
    functional = PropertyFunctional(4, 2, 1, smooth)
    psi, weight = torch.randn(2, 6, 4), torch.rand(2, 6)
    weight[:, 4:] = 0
    torch.testing.assert_close(functional(psi, weight), functional(psi[:, :4], weight[:, :4]))


def test_smooth_functional_measures_electrons_and_begins_at_zero():
    functional = PropertyFunctional(4, 2, 2, smooth=True)
    psi, weight = torch.randn(1, 6, 4), torch.rand(1, 6)
    sums, measure = functional(psi, weight)
    torch.testing.assert_close(measure, (weight * psi.square().sum(-1)).sum(1))
    assert not functional.read(sums, measure, torch.tensor([True, False])).any()
    # where there is no density there is no energy, whatever the layers say
    assert not functional(torch.zeros(1, 6, 4), weight)[0].any()


def test_potential():
    squared = torch.tensor([[[0.25, 1.0, 9.0], [4.0, 0.0, 9.0]]])
    expected = [-(8 * 2.718281828**-0.25 + 2.718281828**-1), -(8 * 2.718281828**-4 + 1)]
    torch.testing.assert_close(external_potential(squared, torch.tensor([[8, 1, 0]])), torch.tensor([expected]))


def test_map_is_local():
    torch.manual_seed(0)
    local = HohenbergKohnMap(6, 3)
    density = torch.rand(2, 5)
    torch.testing.assert_close(local(density)[1, 3], local(density[1, 3]))
    assert sum(p.numel() for p in HohenbergKohnMap(250, 3).parameters()) == 500 + 3 * 62750 + 251
