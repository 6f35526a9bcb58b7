from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from torch_molfield.training.engine.settings import TrainingSettings
from torch_molfield.training.engine.task import TASKS, Task, TrainingDiverged, register_task
from torch_molfield.training.tasks import find_task


class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([2.0]))
        self.config = {"kind": "line"}


class Ones(NamedTuple):
    batch: Tensor = torch.zeros(1, dtype=torch.long)


class Lines(Task):
    weights = {"noise": 0.5}

    def losses(self, batch):
        return {"error": self.model.slope.sum(), "noise": torch.rand(())}


def make(**options):
    return Lines(TrainingSettings(**{"learning_rate": 0.1, "max_steps": 10, "seed": 3, **options}), Line())


def test_the_loss_is_the_weighted_sum_and_its_noise_is_that_of_the_step(monkeypatch):
    task = make()
    monkeypatch.setattr(task, "log", lambda *a, **k: None)
    monkeypatch.setattr(task, "log_dict", lambda terms, **k: None)
    first, second = (float(task.training_step(Ones(), k).detach()) for k in range(2))
    assert first == second  # no step was taken between
    assert 2.0 < first < 2.5
    other = make(seed=4)
    monkeypatch.setattr(other, "log", lambda *a, **k: None)
    monkeypatch.setattr(other, "log_dict", lambda terms, **k: None)
    assert float(other.training_step(Ones(), 0).detach()) != first


def test_progress_is_that_of_whatever_ends_first(monkeypatch):
    task = make(max_steps=10, max_minutes=100.0 / 60)
    assert task.progress == 0.0
    task.clock.seconds = 40.0
    assert task.progress == pytest.approx(0.4)
    monkeypatch.setattr(Lines, "global_step", 9)
    assert task.progress == pytest.approx(0.9)
    monkeypatch.setattr(Lines, "global_step", 30)
    assert task.progress == 1.0


def test_an_end_is_needed():
    with pytest.raises(ValueError, match="give max_steps or max_minutes"):
        make(max_steps=None)


def test_a_state_that_is_not_finite_or_of_another_model_is_refused():
    task = make()
    kept = {}
    task.on_save_checkpoint(kept)
    make().on_load_checkpoint(kept)
    with pytest.raises(ValueError, match="a model with other settings"):
        make().on_load_checkpoint({**kept, "model_config": {"kind": "curve"}})
    task.model.slope.data.fill_(torch.nan)
    with pytest.raises(TrainingDiverged, match="the model is not finite"):
        task.require_finite_weights()


def test_a_task_has_a_registered_name_or_that_of_its_class():
    @register_task("lines of the test")
    class Registered(Lines):
        pass

    class Derived(Registered):
        pass

    try:
        assert find_task("lines of the test") is Registered
        assert Registered.task == "lines of the test"
        assert Lines.task == f"{__name__}:Lines"
        assert Derived.task.startswith(f"{__name__}:") and Derived.task.endswith(".<locals>.Derived")
    finally:
        del TASKS._classes["lines of the test"]


def test_values_are_settings_too():
    assert Lines({"max_steps": 7}).settings == TrainingSettings(max_steps=7)
    with pytest.raises(ValueError, match="unknown configuration key 'steps'"):
        Lines({"steps": 7})


@pytest.mark.parametrize(
    ("loss", "norm", "culprit"),
    [(1.0, torch.inf, "gradient"), (torch.nan, 1.0, "loss"), (torch.nan, torch.nan, "loss")],
)
def test_what_is_not_finite_is_named_with_a_remedy(loss, norm, culprit):
    task = make()
    task.loss = loss
    with pytest.raises(TrainingDiverged) as diverged:
        task.require_finite_gradient(torch.tensor(norm))
    assert str(diverged.value) == (f"the {culprit} is not finite at step 0; train anew with a learning rate below 0.1.")


def test_a_checkpoint_of_an_unknown_model_needs_that_model(tmp_path, train_line):
    train_line(settings={"max_steps": 2})
    path = tmp_path / "run" / "checkpoints" / "last.ckpt"
    with pytest.raises(ValueError, match=r"a Line, which is none of .*load_from_checkpoint\(path, model=…\)"):
        train_line.task.load_from_checkpoint(path)
    given = train_line.task({"max_steps": 2}).make_model(None)
    again = train_line.task.load_from_checkpoint(path, model=given)
    state = torch.load(path, weights_only=True)["state_dict"]
    assert torch.equal(again.model.line.weight, state["model.line.weight"])
    assert again.settings.max_steps == 2
    assert again.seconds > 0
