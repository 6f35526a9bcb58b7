"""What a run of every task leaves: folder, settings, validations, a resume, an evaluation."""

import csv
import json
import math
import shutil
from dataclasses import asdict

import pytest
import torch
from lightning.pytorch.callbacks import Callback

from tests.training.tasks.examples import CASES, frames, learn, make
from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.evaluation.options import EvaluationOptions
from torch_molfield.models import load_model
from torch_molfield.models.run_folder import read_run
from torch_molfield.training.tasks import patches

COMMON = {
    "max_steps": 2,
    "learning_rate": 0.1 + 0.2,  # not short in decimal digits
    "workers": 0,
    "checkpoint_every_seconds": 0.0,
    "validate_every_steps": 1,
    "average_weights": True,
}
each = pytest.mark.parametrize("trained", CASES, indirect=True)


class Killed(Exception):
    """Stands for the signal that ends a process between two steps."""


class KillAt(Callback):
    def __init__(self, step):
        self.step = step

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        if trainer.global_step == self.step:
            raise Killed


def run(name, folder, *callbacks, resume=False):
    task = make(name, **COMMON)
    molecules = frames()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patches, "POOL", 500)
        return task, learn(task, molecules[:12], folder, val_data=molecules[12:], callbacks=callbacks, resume=resume)


@pytest.fixture(scope="module")
def trained(request, tmp_path_factory):
    """Name, folder, task and model of two steps with validations."""
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, folder, *run(request.param, folder)


def equal(one, other):
    states = one.state_dict(), other.state_dict()
    assert states[0].keys() == states[1].keys()
    for key, value in states[0].items():
        assert torch.equal(value, states[1][key]), key


@each
def test_the_folder_holds_model_task_and_settings(trained):
    name, folder, task, model = trained
    assert task.global_step == 2 and not model.training
    equal(load_model(folder), model)
    run = read_run(folder)
    assert (run.task, run.model) == (CASES[name][0], type(model).__name__)
    assert type(task).Settings.from_dict(run.settings) == task.settings
    assert run.settings == json.loads(json.dumps(asdict(task.settings)))
    assert run.settings["learning_rate"] == 0.1 + 0.2


@each
def test_validations_are_logged_and_the_best_model_is_kept(trained):
    _, folder, _, model = trained
    with (folder / "log" / "metrics.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row.get("val_loss")]
    losses = [float(row["val_loss"]) for row in rows]
    assert len(losses) == 2 and all(math.isfinite(loss) for loss in losses)
    best = json.loads((folder / "best" / "validation.json").read_text())
    assert best["val_loss"] == pytest.approx(min(losses)) and best["step"] == 1 + losses.index(min(losses))
    assert type(load_model(folder / "best")) is type(model)


@each
def test_the_average_is_what_is_written(trained):
    _, _, task, model = trained
    assert model is task.averaged.module and int(task.averaged.n_averaged) == 2
    last = dict(task.model.named_parameters())
    parameters = list(model.named_parameters())
    assert all(bool(value.isfinite().all()) for _, value in parameters)
    assert any(not torch.equal(value, last[key]) for key, value in parameters)


@each
def test_a_checkpoint_holds_the_model_and_its_average_alone_and_gives_the_task_back(trained):
    _, folder, task, model = trained
    path = folder / "checkpoints" / "last.ckpt"
    state = torch.load(path, weights_only=True)["state_dict"]
    assert {key.split(".")[0] for key in state} == {"model", "averaged"}
    again = type(task).load_from_checkpoint(path, map_location="cpu")
    assert again.settings == task.settings and again.seconds == task.seconds > 0
    equal(again.trained_model(), model)


@each
def test_a_killed_training_resumes_to_the_same_weights(trained, tmp_path):
    name, _, _, model = trained
    with pytest.raises(Killed):
        run(name, tmp_path / "killed", KillAt(1))
    task, resumed = run(name, tmp_path / "killed", resume=True)
    assert task.global_step == 2
    equal(resumed, model)


# An untrained patched field crosses zero all over its box: its mesh takes minutes. Bundled molecules have no densities.
@pytest.mark.parametrize("trained", sorted(set(CASES) - {"patches", "electron density"}), indirect=True)
def test_the_model_is_evaluated_on_test_molecules(trained):
    _, folder, task, _ = trained
    data = TestData(["water_dimer"], num_samples=2)
    options = EvaluationOptions(spacing=0.5, num_points=100)
    settings = read_run(folder).settings | {"batch_size": 64}  # some tasks are evaluated on all frames
    found = type(task).evaluate(load_model(folder), settings, data, options)
    assert (len(found.rows) > 0 and "water_dimer" in found.table()) or found.rows_name == "targets"
    numbers = [value for row in found.rows for value in _leaves(row) if isinstance(value, float)]
    assert numbers and all(math.isfinite(number) for number in numbers)


def _leaves(value):
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    return [value]


@each
def test_unknown_settings_are_refused(trained):
    _, _, task, _ = trained
    with pytest.raises(ValueError, match="unknown configuration key 'lerning_rate'"):
        type(task).Settings.from_dict({"max_steps": 1, "lerning_rate": 0.1})


@each
def test_a_resume_with_another_rate_is_refused(trained, tmp_path):
    name, folder, _, _ = trained
    shutil.copytree(folder, tmp_path / "copy")
    content = json.loads((tmp_path / "copy" / "settings.json").read_text())
    content["settings"]["learning_rate"] = 0.3
    (tmp_path / "copy" / "settings.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="holds other settings"):
        run(name, tmp_path / "copy", resume=True)
