import pytest
import torch

from torch_molfield.nn.generative.size_model import SizeModel


@pytest.mark.parametrize("channels", [0, 2])
def test_without_conditions_it_is_the_histogram(channels):
    model = SizeModel(2, 4, channels)
    model.counts[1, 3], model.counts[2, 4] = 1, 3
    found = model.log_prob(torch.zeros(2, channels), model.counts.sum(0)).exp()
    torch.testing.assert_close(found, torch.tensor([[0, 0, 0, 0.25, 0.75]] * 2))


@torch.no_grad()
def test_conditions_change_it_and_never_to_sizes_that_are_not_wanted():
    torch.manual_seed(0)
    model = SizeModel(2, 4, 2)
    model.counts[1, 3], model.counts[2, 4] = 1, 3
    context = torch.tensor([[2.0, 1.0], [-1.0, 1.0]])
    found = model.log_prob(context, model.counts.sum(0)).exp()
    assert float((found[0] - found[1]).abs().max()) > 1e-3
    torch.testing.assert_close(found.sum(1), torch.ones(2))
    assert float(found[:, :3].max()) == 0
    torch.testing.assert_close(
        model.log_likelihood(torch.tensor([3, 4]), context), found.log()[[0, 1], [3, 4]], rtol=1e-5, atol=1e-6
    )
