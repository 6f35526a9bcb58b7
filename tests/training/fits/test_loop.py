from dataclasses import dataclass

import pytest
import torch

from torch_molfield.models import MolecularNeuralField
from torch_molfield.training import NeuralFieldFit
from torch_molfield.training.fits import loop
from torch_molfield.training.fits.checkpoint import save_fit
from torch_molfield.training.fits.loop import make_optimizer, run_fit
from torch_molfield.training.fits.neural_field_settings import LATENT_SHARE, LATTICE_SHARE
from torch_molfield.training.fits.settings import FitSettings

NETWORK = {"latent": 4, "hidden": 8, "depth": 2, "lattice": 4, "lattice_features": 2}


@dataclass(frozen=True, kw_only=True)
class Quick(FitSettings):
    learning_rate: float = 1e-2


def fit(settings, about=(), **options):
    """One weight that follows 0, 0.1, 0.2, 0, …; returns its model, the steps that ``prepare`` got, and the curve."""
    torch.manual_seed(0)
    model, began = torch.nn.Linear(1, 1, bias=False), []

    def prepare(step):
        began.append(step)
        return lambda step: (model(torch.ones(1, 1)) - 0.1 * (step % 3)).square().sum()

    curve = run_fit(model, settings, prepare, {"about": list(about)}, **options)
    return model, began, curve


def test_codes_and_lattice_learn_faster_but_for_the_papers_schedule():
    model = MolecularNeuralField(channels=("H",), shapes=2, network=NETWORK)
    groups = make_optimizer(model, NeuralFieldFit(max_steps=1)).param_groups
    shares = {id(p): group["share"] for group in groups for p in group["params"]}
    assert len(shares) == len(list(model.parameters()))
    assert shares[id(model.latents)] == LATENT_SHARE
    assert shares[id(model.network.lattice.table)] == LATTICE_SHARE
    assert shares[id(model.network.last.weight)] == 1.0
    (plain,) = make_optimizer(model, NeuralFieldFit(max_steps=1, schedule=False)).param_groups
    assert plain["share"] == 1.0 and len(plain["params"]) == len(shares)


def test_rates_follow_the_settings(monkeypatch):
    rates = []
    monkeypatch.setattr(torch.optim.Adam, "step", lambda self: rates.append(self.param_groups[0]["lr"]))
    fit(settings := Quick(max_steps=40))
    assert rates == [settings.learning_rate_at(step, step / 40) for step in range(40)]
    assert rates[-1] < 0.1 * max(rates) <= 1e-3


def test_progress_curve_and_mode():
    seen = []
    model, began, curve = fit(Quick(max_steps=60), progress=lambda share, state: seen.append((share, state.step)))
    assert seen == [((step + 1) / 60, step + 1) for step in range(60)]
    assert began == [0] and not model.training
    assert len(curve) == 3 and 0 <= curve[0][0] <= curve[-1][0]
    torch.manual_seed(0)
    start = torch.nn.Linear(1, 1, bias=False).weight.detach()
    assert curve[0][1] == pytest.approx(float(start) ** 2)


def test_a_killed_fit_ends_the_same(tmp_path, monkeypatch):
    path, saves = tmp_path / "fit.ckpt", []

    def killed_at_the_fifth(*given):
        save_fit(*given)
        saves.append(given)
        if len(saves) == 5:
            raise KeyboardInterrupt

    whole, _, curve = fit(Quick(max_steps=45))
    monkeypatch.setattr(loop, "save_fit", killed_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        fit(Quick(max_steps=45), checkpoint=path, checkpoint_every_seconds=0)
    monkeypatch.undo()
    resumed, began, again = fit(Quick(max_steps=45), checkpoint=path)
    assert began == [5] and torch.equal(resumed.weight, whole.weight)
    assert [loss for _, loss in again] == [loss for _, loss in curve]
    finished, _, _ = fit(Quick(max_steps=45), checkpoint=path)
    assert torch.equal(finished.weight, whole.weight)


def test_checkpoints_are_written_at_the_end_if_not_before(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(loop, "save_fit", lambda *given: written.append(given[-1].step))
    fit(Quick(max_steps=5), checkpoint=tmp_path / "fit.ckpt", checkpoint_every_seconds=1e9)
    assert written == [5]


def test_only_the_end_may_differ(tmp_path):
    path = tmp_path / "fit.ckpt"
    first, _, _ = fit(Quick(max_steps=5), checkpoint=path)
    later, began, _ = fit(Quick(max_steps=7), checkpoint=path)
    assert began == [5] and not torch.equal(first.weight, later.weight)
    for settings, about in ((Quick(max_steps=7, seed=1), ()), (Quick(max_steps=7), ("other",))):
        with pytest.raises(ValueError, match="other settings or other shapes"):
            fit(settings, about, checkpoint=path)


def test_a_loss_that_is_not_finite_stops_the_fit():
    model = torch.nn.Linear(1, 1)
    with pytest.raises(ValueError, match="not finite at step 0; lower the learning rate"):
        run_fit(model, Quick(max_steps=3), lambda _: lambda _: float("nan") * model.weight.sum(), {})
