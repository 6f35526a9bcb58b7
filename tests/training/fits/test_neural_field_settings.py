import pytest
import torch

from torch_molfield.nn.inr.modulated_siren import ModulatedSiren
from torch_molfield.training import NeuralFieldFit
from torch_molfield.training.fits.neural_field_settings import (
    AUTOENCODER,
    NETWORK,
    PAPER_NETWORK,
    POINTS,
    SEVERAL,
    SHAPES,
    paper_fit,
    several_fit,
)


@pytest.mark.parametrize("count", [1, 2, 7, SHAPES, 3 * SHAPES])
def test_several_shapes_share_the_points_of_a_step(count):
    settings = several_fit(count, max_steps=3, pool=1000)
    assert settings.batch_size == min(count, SHAPES)
    assert POINTS - settings.batch_size < settings.batch_size * settings.num_points <= POINTS
    assert settings.pool == 1000
    assert several_fit(count, max_steps=3, num_points=17).num_points == 17


def test_the_paper_sees_its_whole_grid_in_every_step():
    settings = paper_fit(16, max_steps=3)
    assert (settings.num_points, settings.grid, settings.loss, settings.schedule) == (16**3, 16, "l1", False)
    assert settings.learning_rate == 1e-4


@torch.no_grad()
@pytest.mark.parametrize("changes", [{}, SEVERAL, AUTOENCODER, PAPER_NETWORK], ids=["one", "several", "coder", "paper"])
def test_the_settings_make_networks(changes):
    network = ModulatedSiren(**{**NETWORK, **changes, "lattice": min(8, {**NETWORK, **changes}["lattice"])}, channels=2)
    values = network(2 * torch.rand(1, 50, 3) - 1, torch.randn(1, network.latent))
    assert values.shape == (1, 50, 2)
    assert float(values.std()) > 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"loss": "l3"}, "'l1' or 'l2'"),
        ({"near": 1.5}, "near in"),
        ({"pool": 0}, "at least 1"),
        ({"fresh": -1}, "fresh"),
    ],
)
def test_settings_that_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        NeuralFieldFit(max_steps=1, **wrong)
