import pytest
import torch

from torch_molfield.models import MolecularNeuralField
from torch_molfield.training import NeuralFieldFit
from torch_molfield.training.fits.loop import (
    LATENT_SHARE,
    LATTICE_SHARE,
    FieldFit,
    FitFile,
    make_optimizer,
    run_fit,
)
from torch_molfield.training.fits.pool import FieldPool

NETWORK = {"latent": 4, "hidden": 8, "depth": 2, "lattice": 4, "lattice_features": 2}


def fit_of(settings, value=0.5):
    torch.manual_seed(0)
    model = MolecularNeuralField(channels=("H",), shapes=2, network=NETWORK)
    pool = FieldPool(torch.rand(2, 50, 3) - 0.5, torch.full((2, 50, 1), value), torch.ones(1))
    return model, FieldFit(lambda k, x: model.field(model.latents[k], x), make_optimizer(model), pool, settings)


def test_codes_and_lattice_learn_faster():
    model, _ = fit_of(NeuralFieldFit(max_steps=1))
    shares = {id(p): group["share"] for group in make_optimizer(model).param_groups for p in group["params"]}
    assert len(shares) == len(list(model.parameters()))
    assert shares[id(model.latents)] == LATENT_SHARE
    assert shares[id(model.network.lattice.table)] == LATTICE_SHARE
    assert shares[id(model.network.last.weight)] == 1.0


def test_rates_follow_the_schedule_or_stay():
    _, fit = fit_of(NeuralFieldFit(max_steps=40, learning_rate=1e-2, num_points=20))
    rates = []
    while not fit.finished:
        fit.step()
        rates.append([group["lr"] / group["share"] for group in fit.optimizer.param_groups])
    assert all(max(row) == pytest.approx(min(row)) for row in rates)
    assert rates[-1][0] < 0.1 * max(row[0] for row in rates) <= 1e-3
    _, plain = fit_of(NeuralFieldFit(max_steps=2, learning_rate=1e-2, num_points=20, schedule=False))
    plain.step()
    assert {group["lr"] for group in plain.optimizer.param_groups} == {1e-2}


def test_a_fit_ends_is_kept_and_goes_on_to_a_later_end(tmp_path):
    told, file = [], FitFile(tmp_path / "fit.ckpt", {"shapes": 2})
    model, fit = fit_of(NeuralFieldFit(max_steps=60, num_points=20))
    run_fit(fit, model, file, lambda share, state: told.append(share))
    assert (len(told), told[-1]) == (60, 1.0)
    assert fit.state.curve[-1][1] < 0.5 * fit.state.curve[0][1]
    again, later = fit_of(settings := NeuralFieldFit(max_steps=61, num_points=20))
    later.state = file.load(again, later.optimizer, settings)
    assert later.state.step == 60
    run_fit(later, again, file)
    assert later.state.step == 61
    with pytest.raises(ValueError, match="other shapes"):
        FitFile(file.path, {"shapes": 3}).load(again, later.optimizer, settings)


def test_a_loss_that_is_not_finite_stops_the_fit():
    _, fit = fit_of(NeuralFieldFit(max_steps=3, num_points=20), value=float("nan"))
    with pytest.raises(ValueError, match="lower the learning rate"):
        fit.step()
