import pytest
import torch

from torch_molfield.training.fits.checkpoint import CURVE_STEPS, FitState, load_fit, save_fit
from torch_molfield.training.fits.settings import FitSettings

KEPT = {"settings": {"rate": 0.1}}


def parts():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    return model, torch.optim.Adam(model.parameters())


def test_progress_is_that_of_the_end_that_comes_first():
    state = FitState(step=5, seconds=30.0)
    assert state.progress(FitSettings(max_steps=10)) == 0.5
    assert state.progress(FitSettings(max_seconds=40.0)) == 0.75
    assert state.progress(FitSettings(max_minutes=2.0)) == 0.25
    assert state.progress(FitSettings(max_minutes=2.0, max_seconds=40.0)) == 0.75
    assert state.progress(FitSettings(max_steps=10, max_seconds=40.0)) == 0.75


def test_the_curve_has_every_twentieth_step():
    state = FitState()
    for step in range(2 * CURVE_STEPS + 1):
        state.advance(float(step), 0.5)
    assert [loss for _, loss in state.curve] == [0.0, CURVE_STEPS, 2 * CURVE_STEPS]
    assert state.seconds == pytest.approx(0.5 * (2 * CURVE_STEPS + 1))


def test_what_is_saved_is_loaded(tmp_path):
    model, optimizer = parts()
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    save_fit(tmp_path / "fit.ckpt", model, optimizer, KEPT, FitState(7, 1.5, [(0.1, 2.0)]))
    other, other_optimizer = parts()
    state = load_fit(tmp_path / "fit.ckpt", other, other_optimizer, KEPT)
    assert (state.step, state.seconds, state.curve) == (7, 1.5, [(0.1, 2.0)])
    torch.testing.assert_close(other.weight, model.weight, rtol=0, atol=0)
    torch.testing.assert_close(
        other_optimizer.state[other.weight]["exp_avg"], optimizer.state[model.weight]["exp_avg"], rtol=0, atol=0
    )
    assert [path.name for path in tmp_path.iterdir()] == ["fit.ckpt"]


def test_files_of_another_fit_and_damaged_ones(tmp_path):
    path = tmp_path / "fit.ckpt"
    save_fit(path, *parts(), KEPT, FitState())
    with pytest.raises(ValueError, match="other settings"):
        load_fit(path, *parts(), {"settings": {"rate": 0.2}})
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="truncated"):
        load_fit(path, *parts(), KEPT)
