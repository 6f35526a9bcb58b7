import csv
import json
import re
from itertools import count

import pytest
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import CSVLogger

from torch_molfield.training import SurfaceTraining, train_surface
from torch_molfield.training.engine import clock, progress
from torch_molfield.training.engine.task import TrainingDiverged
from torch_molfield.training.engine.train import ddp_strategy


class Killed(Exception):
    """Stands for the signal that ends a process between two steps."""


class KillAt(Callback):
    def __init__(self, step):
        self.step, self.rates = step, {}

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.rates[trainer.global_step] = (trainer.optimizers[0].param_groups[0]["lr"], batch.points.sum())
        if trainer.global_step == self.step:
            raise Killed


class Poison(Callback):
    """A gradient that is not finite, at step 4."""

    def on_after_backward(self, trainer, pl_module):
        if trainer.global_step == 4:
            next(p for p in pl_module.parameters() if p.grad is not None).grad.fill_(torch.nan)


def run(settings, molecules, folder, *callbacks, progress_bar=False, **options):
    return train_surface(
        SurfaceTraining(**settings),
        molecules,
        folder,
        callbacks=callbacks,
        accelerator="cpu",
        progress_bar=progress_bar,
        **options,
    )


def assert_equal_weights(a, b):
    for name, value in a.state_dict().items():
        assert torch.equal(value, b.state_dict()[name]), name


def rows_of(folder):
    with (folder / "log" / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("shown", [False, True])
def test_progress_is_shown_by_lines_of_our_own(settings, molecules, tmp_path, capsys, monkeypatch, shown):
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    run(settings, molecules, tmp_path, progress_bar=shown)
    said = capsys.readouterr()
    assert len(re.findall(r"training +\d+% +\d+ s  step \d+  loss", said.err)) == (10 if shown else 0)
    assert "it/s" not in said.out + said.err


@pytest.mark.parametrize("workers", [0, 1])
def test_a_killed_training_resumes_to_the_same_result(settings, molecules, tmp_path, workers):
    settings["workers"] = workers
    whole, before, after = KillAt(None), KillAt(6), KillAt(None)
    expected = run(settings, molecules, tmp_path / "whole", whole)
    with pytest.raises(Killed):
        run(settings, molecules, tmp_path / "killed", before)
    resumed = run(settings, molecules, tmp_path / "killed", after, resume=True)
    assert list(before.rates) == [0, 1, 2, 3, 4, 5, 6]
    assert list(after.rates) == [6, 7, 8, 9]
    assert before.rates | after.rates == whole.rates
    assert_equal_weights(expected, resumed)


def test_a_resume_after_the_last_checkpoint_repeats_what_was_lost(settings, molecules, tmp_path):
    expected = run(settings, molecules, tmp_path / "whole")
    settings["checkpoint_every_seconds"] = 1e6
    with pytest.raises(Killed):
        run(settings, molecules, tmp_path / "killed", KillAt(6))
    with pytest.warns(UserWarning, match="no checkpoint to continue from"):
        resumed = run(settings, molecules, tmp_path / "killed", resume=True)
    assert_equal_weights(expected, resumed)


def test_the_log_goes_on(settings, molecules, tmp_path):
    settings["max_steps"] = 40
    with pytest.raises(Killed):
        run(settings, molecules, tmp_path, KillAt(25))
    run(settings, molecules, tmp_path, resume=True)
    assert [int(row["step"]) for row in rows_of(tmp_path)] == [19, 39]


def test_resuming_a_finished_training_gives_it_back(settings, molecules, tmp_path):
    model = run(settings, molecules, tmp_path)
    assert_equal_weights(model, run(settings, molecules, tmp_path, resume=True))


def test_a_finished_training_goes_on_with_a_later_end(settings, molecules, tmp_path):
    run(settings, molecules, tmp_path)
    longer = KillAt(None)
    run(settings | {"max_steps": 15}, molecules, tmp_path, longer, resume=True)
    assert list(longer.rates) == [10, 11, 12, 13, 14]
    with pytest.raises(ValueError, match=r"a larger max_steps"):
        run(settings, molecules, tmp_path, resume=True)


def test_a_training_that_ended_by_time_does_no_step_more(settings, molecules, tmp_path, ticks):
    settings |= {"max_steps": None, "max_minutes": 5 / 60}
    ticks(1.0)
    model, again = run(settings, molecules, tmp_path), KillAt(None)
    assert_equal_weights(model, run(settings, molecules, tmp_path, again, resume=True))
    assert not again.rates
    with pytest.raises(Killed):
        run(settings | {"max_minutes": 1e3}, molecules, tmp_path, KillAt(7), resume=True)


def test_a_resume_needs_the_same_settings(settings, molecules, tmp_path):
    run(settings, molecules, tmp_path)
    settings["learning_rate"] = 5e-4
    with pytest.raises(ValueError, match=r"settings\.json holds other settings than this command"):
        run(settings, molecules, tmp_path, resume=True)


def test_a_new_training_forgets_the_old_one(settings, molecules, tmp_path):
    run(settings, molecules, tmp_path)
    settings["seed"] = 1
    with pytest.raises(Killed):
        run(settings, molecules, tmp_path, KillAt(0))
    with pytest.warns(UserWarning, match="no checkpoint to continue from"):
        resumed = run(settings, molecules, tmp_path, resume=True)
    assert_equal_weights(resumed, run(settings, molecules, tmp_path / "other"))


@pytest.mark.parametrize("cause", ["gradient", "learning_rate"])
def test_divergence_keeps_a_finite_checkpoint(settings, molecules, tmp_path, cause):
    callbacks = [Poison()] if cause == "gradient" else []
    settings["learning_rate"] = 1e-3 if cause == "gradient" else 1e37
    with pytest.raises(TrainingDiverged, match=r"is not finite at step \d+; .* learning rate below"):
        run(settings, molecules, tmp_path, *callbacks)
    state = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["global_step"] == (4 if cause == "gradient" else 1)
    assert all(bool(torch.isfinite(value).all()) for value in state["state_dict"].values())
    assert not (tmp_path / "model.safetensors").is_file()


def test_weights_that_are_not_finite_replace_no_checkpoint(settings, molecules, tmp_path):
    class Overflow(Callback):
        def on_before_zero_grad(self, trainer, pl_module, optimizer):
            if trainer.global_step == 3:
                next(pl_module.parameters()).data.fill_(torch.inf)

    with pytest.raises(TrainingDiverged, match="is not finite at step"):
        run(settings, molecules, tmp_path, Overflow())
    state = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert all(bool(torch.isfinite(value).all()) for value in state["state_dict"].values())


def test_minutes_end_a_training(settings, molecules, tmp_path, ticks):
    settings |= {"max_steps": None, "max_minutes": 0.7 / 60}
    ticks(0.1)
    rates = KillAt(None)
    run(settings, molecules, tmp_path, rates)
    state = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["training_seconds"] == pytest.approx(0.7)
    assert state["global_step"] == 7 and list(rates.rates) == list(range(7))


def test_a_learning_rate_cannot_be_changed_by_a_resume_after_divergence(settings, molecules, tmp_path):
    """The sentence of a divergence must not advise what is refused."""
    with pytest.raises(TrainingDiverged, match="train anew with a learning rate below"):
        run(settings, molecules, tmp_path, Poison())
    settings["learning_rate"] = 1e-3
    with pytest.raises(ValueError, match="holds other settings"):
        run(settings, molecules, tmp_path, resume=True)
    run(settings, molecules, tmp_path)


@pytest.mark.parametrize("averaged", [False, True])
def test_a_validation_does_not_change_what_is_learned(train_line, frames, tmp_path, averaged):
    settings = {"max_steps": 9, "average_weights": averaged}
    alone = train_line(settings=settings)
    state = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    validated = train_line(frames[:16], frames[16:], settings=settings, directory=tmp_path / "validated")
    assert_equal_weights(alone, validated)
    other = torch.load(tmp_path / "validated" / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["state_dict"].keys() == other["state_dict"].keys()
    for name, value in state["state_dict"].items():
        assert torch.equal(value, other["state_dict"][name]), name


def test_a_validation_of_a_surface_training_does_not_change_what_is_learned(settings, molecules, tmp_path):
    settings["validate_every_steps"] = 3
    alone = run(settings, molecules, tmp_path / "alone")
    assert_equal_weights(alone, run(settings, molecules, tmp_path / "validated", val_data=molecules[:4]))
    assert (tmp_path / "validated" / "best" / "model.safetensors").is_file()


def test_validations_come_at_their_steps_and_at_the_end(train_line, frames, tmp_path):
    train_line(frames[:16], frames[16:], settings={"max_steps": 7, "validate_every_steps": 3})
    rows = [row for row in rows_of(tmp_path / "run") if row["val_loss"]]
    assert [int(row["step"]) for row in rows] == [2, 5, 6]
    assert all(float(row["val_mae"]) ** 2 <= float(row["val_error"]) for row in rows)


def test_loggers_and_callbacks_of_ones_own_are_used(train_line, tmp_path):
    class Count(Callback):
        steps = 0

        def on_train_batch_end(self, *args):
            self.steps += 1

    seen = Count()
    train_line(settings={"max_steps": 20}, callbacks=[seen], logger=CSVLogger(tmp_path / "own", name="", version="it"))
    assert seen.steps == 20
    own = (tmp_path / "own" / "it" / "metrics.csv").read_text()
    assert own == (tmp_path / "run" / "log" / "metrics.csv").read_text()
    assert own.splitlines()[0].split(",").count("loss") == 1


def test_options_of_the_trainer_come_before_those_of_the_package(train_line, tmp_path):
    train_line(settings={"max_steps": 20}, log_every_n_steps=10, gradient_clip_val=0.0)
    state = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    train_line(settings={"max_steps": 20}, directory=tmp_path / "free")
    other = torch.load(tmp_path / "free" / "checkpoints" / "last.ckpt", weights_only=True)
    assert not torch.equal(state["state_dict"]["model.line.weight"], other["state_dict"]["model.line.weight"])


def test_a_step_of_several_batches_is_resumed_with_another_number(train_line, frames, tmp_path):
    """Three steps of one batch, then three of two: steps, and validations every other step, are in order."""
    settings = {"max_steps": 3, "validate_every_steps": 2, "checkpoint_every_seconds": 0.0}
    options = {"val_data": frames[:4], "resume": True}
    train_line(settings=settings)
    batches = []

    class Count(Callback):
        def on_train_batch_end(self, trainer, *args):
            batches.append(trainer.global_step)

        def on_validation_end(self, trainer, module):
            batches.append("validated")

    task = train_line.task({**settings, "max_steps": 6})
    train_line(task=task, accumulate_grad_batches=2, callbacks=[Count()], **options)
    assert batches == [3, 4, "validated", 4, 5, 5, 6, "validated"] and task.global_step == 6


def test_a_task_that_has_been_trained_can_be_trained_again(train_line, frames, tmp_path, monkeypatch):
    seconds = count()
    monkeypatch.setattr(clock, "now", lambda: float(next(seconds)))
    task = train_line.task({"max_minutes": 4 / 60, "average_weights": True})
    steps = []

    class Steps(Callback):
        def on_train_batch_end(self, trainer, pl_module, *args):
            steps.append(trainer.global_step)

    first = train_line(task=task, callbacks=[Steps()])
    weight = first.line.weight.clone()
    again = train_line(task=task, callbacks=[Steps()], directory=tmp_path / "again")
    assert steps == [1, 2, 3, 4] * 2
    assert not torch.equal(again.line.weight, weight)
    assert int(task.averaged.n_averaged) == 4


def test_the_folder_names_the_class_of_a_task_that_is_not_registered(train_line, tmp_path):
    train_line(settings={"max_steps": 1})
    kept = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert kept["task"].endswith("conftest:LineTask")


@pytest.mark.parametrize(
    ("unused", "strategy", "devices", "expected"),
    [
        (True, "auto", 1, "auto"),
        (True, "auto", [1], "auto"),
        (True, "auto", 2, "ddp_find_unused_parameters_true"),
        (True, "auto", "2", "ddp_find_unused_parameters_true"),
        (True, "auto", [0, 1], "ddp_find_unused_parameters_true"),
        (True, "ddp", 1, "ddp_find_unused_parameters_true"),
        (True, "ddp_spawn", 2, "ddp_spawn_find_unused_parameters_true"),
        (True, "fsdp", 2, "fsdp"),
        (False, "auto", 2, "auto"),
        (False, "ddp", 2, "ddp"),
    ],
)
def test_ddp_looks_for_unused_parameters_where_there_are_some(train_line, unused, strategy, devices, expected):
    task = train_line.task({"max_steps": 1})
    type(task).unused_parameters = unused
    try:
        assert ddp_strategy(task, strategy, devices, 1) == expected
    finally:
        type(task).unused_parameters = False
