import pytest
import torch

from torch_molfield.data import from_smiles
from torch_molfield.evaluation.fields import psnr
from torch_molfield.fields import GaussianField
from torch_molfield.training import NeuralFieldFit, fit_latent, fit_neural_field, molecule_target
from torch_molfield.training.fits.neural_field_settings import PAPER_NETWORK, paper_fit

FIELD = GaussianField(channels=("H", "C", "O"))
SMALL = {"latent": 16, "hidden": 32, "depth": 2, "lattice": 10}
QUICK = {"pool": 3000, "num_points": 256, "batch_size": 2}


def target(smiles):
    data = from_smiles(smiles)
    return molecule_target(FIELD, data.z, data.pos)


@pytest.fixture(scope="module")
def shapes():
    return [target(smiles) for smiles in ("CCO", "OCCO", "CCC")]


@pytest.fixture(scope="module")
def fitted(shapes):
    return fit_neural_field(shapes, NeuralFieldFit(max_steps=400, **QUICK), network=SMALL)


def sampled(field, count):
    return field.to_grid(field.spacing(count)).values


def quality(field, exact):
    grid = exact.grid(12, field.model.half_width) / field.model.scales
    return psnr(sampled(field, 12), grid), psnr(torch.zeros_like(grid), grid)


def test_every_shape_is_learned_and_finer_grids_are_right(fitted, shapes):
    model, curve = fitted
    assert curve[-1][1] < 0.1 * curve[0][1]
    for k, shape in enumerate(shapes):
        got, nothing = quality(model.shape(k), shape)
        assert got > nothing + 5
        assert quality(model.shape((k + 1) % 3), shape)[0] < got - 3
    fine = shapes[0].grid(23, model.half_width) / model.scales
    assert psnr(sampled(model.shape(0), 23), fine) > quality(model.shape(0), shapes[0])[0] - 1


def test_a_new_shape_needs_only_a_code(fitted, shapes):
    model, _ = fitted
    before = {name: value.clone() for name, value in model.state_dict().items()}
    field, curve = fit_latent(model, shapes[1], NeuralFieldFit(max_steps=150, pool=3000, num_points=256))
    assert curve[-1][1] < curve[0][1]
    assert quality(field, shapes[1])[0] > quality(model.shape(0), shapes[1])[0] + 2
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(p.requires_grad for p in model.parameters())


def test_a_code_is_not_resumed_with_another_network(shapes, fitted, tmp_path):
    settings, path = NeuralFieldFit(max_steps=2, **QUICK), tmp_path / "fit.ckpt"
    fit_latent(fitted[0], shapes[1], settings, checkpoint=path)
    other, _ = fit_neural_field(shapes, settings, network=SMALL)
    with pytest.raises(ValueError, match="other settings"):
        fit_latent(other, shapes[1], settings, checkpoint=path)


def test_the_papers_schedule_runs(shapes):
    network = PAPER_NETWORK | {"latent": 8, "hidden": 16, "depth": 2}
    model, curve = fit_neural_field(shapes[:1], paper_fit(grid=6, max_steps=2), network=network)
    assert model.network.channel_input and model.network.lattice is None
    assert len(curve) == 1 and sampled(model.shape(0), 4).shape == (4, 4, 4, 3)


def test_bad_input(fitted, shapes):
    model, _ = fitted
    large = target("CCCCCCCC")
    quick = NeuralFieldFit(max_steps=1, **QUICK)
    with pytest.raises(ValueError, match="box of half-width"):
        fit_latent(model, large, quick)
    other = molecule_target(GaussianField(channels=("all",)), large.z, large.pos)
    with pytest.raises(ValueError, match="has channels"):
        fit_latent(model, other, quick)
    with pytest.raises(ValueError, match="not finite"):
        fit_neural_field(shapes, NeuralFieldFit(max_steps=9, learning_rate=float("inf"), **QUICK), network=SMALL)
    with pytest.raises(ValueError, match="l1"):
        NeuralFieldFit(max_steps=1, loss="huber")
    with pytest.raises(ValueError, match="at least 1"):
        NeuralFieldFit(max_steps=1, pool=0)
