import csv
import json

import pytest
import torch
from lightning.pytorch.callbacks import LambdaCallback

from torch_molfield.models import MolField
from torch_molfield.training import SurfaceTraining, train_surface
from torch_molfield.training.tasks.surface import _variation


def test_training_learns_and_leaves_a_model(settings, molecules, tmp_path):
    settings |= {"max_steps": 150, "learning_rate": 3e-3, "num_points": 48, "checkpoint_every_seconds": 60.0}
    model = train_surface(SurfaceTraining(**settings), molecules, tmp_path, accelerator="cpu", progress_bar=False)
    with (tmp_path / "log" / "metrics.csv").open() as file:
        losses = [float(row["distance"]) for row in csv.DictReader(file)]
    assert losses[-1] < 0.7 * losses[0]
    assert not model.training
    again = MolField.from_pretrained(tmp_path).state_dict()
    assert all(torch.equal(value, again[name]) for name, value in model.state_dict().items())
    assert model.config["elements"] == [1, 6, 7, 8]
    assert json.loads((tmp_path / "settings.json").read_text())["settings"]["max_steps"] == 150
    assert not list(tmp_path.rglob("*.part"))


def test_a_model_is_trained_further(settings, molecules, tmp_path):
    first = train_surface(SurfaceTraining(**settings), molecules, tmp_path / "a", progress_bar=False)
    before = {name: value.clone() for name, value in first.state_dict().items()}
    given = SurfaceTraining(**settings)
    with pytest.raises(ValueError, match=r"leave settings\.model empty"):
        train_surface(given, molecules, tmp_path / "b", progress_bar=False, model=first)
    settings["model"] = {}
    given = SurfaceTraining(**settings)
    modes: list[bool] = []
    watch = LambdaCallback(on_train_batch_start=lambda trainer, task, *rest: modes.append(task.model.training))
    more = train_surface(given, molecules, tmp_path / "b", progress_bar=False, model=first, callbacks=[watch])
    assert more is first
    assert modes and all(modes)
    assert any(not torch.equal(value, before[name]) for name, value in more.state_dict().items())
    assert MolField.from_pretrained(tmp_path / "b").config == first.config


def test_geometries_are_varied_where_asked(settings, molecules):
    plain, varied = SurfaceTraining(**settings), SurfaceTraining(**settings, torsion_degrees=20.0, jitter=0.05)
    assert _variation(plain) is None
    torch.manual_seed(0)
    ethanol = molecules[0]
    moved = [(_variation(varied)(ethanol).pos - ethanol.pos).abs().max() for _ in range(20)]
    assert 2 < sum(float(m) > 0.051 for m in moved) < 18


def test_unknown_keys():
    with pytest.raises(ValueError, match="unknown configuration key 'lr'; known are average_weights, batch_size"):
        SurfaceTraining.from_dict({"lr": 1.0})
    with pytest.raises(ValueError, match="settings of the model: unknown configuration key 'widht'"):
        SurfaceTraining.from_dict({"model": {"widht": 3}})
    assert SurfaceTraining.from_dict({"seed": 4}).seed == 4


@pytest.mark.parametrize(
    "change", [{"learning_rate": 0}, {"batch_size": -1}, {"max_steps": 0}, {"max_minutes": "ten"}, {"num_points": None}]
)
def test_settings_out_of_range(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} must be a "):
        SurfaceTraining.from_dict(change)


@pytest.mark.parametrize("change", [{"torsion_degrees": -1.0}, {"jitter": float("nan")}])
def test_variations_out_of_range(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} must be a number of at least 0"):
        SurfaceTraining.from_dict(change)
