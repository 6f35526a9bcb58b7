import json

import pytest
import torch
from torch import nn

from torch_molfield.models import MolField
from torch_molfield.training.engine.callbacks import KeepBest, can_be_saved

SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}


class Stage:
    """A trainer and a task at a validation."""

    is_global_zero = True

    def __init__(self, val_loss, step):
        self.callback_metrics = {} if val_loss is None else {"val_loss": torch.tensor(val_loss)}
        self.global_step = step
        torch.manual_seed(step)
        self.model = MolField(**SMALL)

    def trained_model(self):
        return self.model


def validate(keep, losses, first=0):
    for step, loss in enumerate(losses, first):
        stage = Stage(loss, step)
        keep.on_validation_end(stage, stage)


def kept(folder):
    return json.loads((folder / "best" / "validation.json").read_text())


def test_the_model_with_the_lowest_loss_is_kept(tmp_path):
    validate(KeepBest(tmp_path), [3.0, 1.0, float("nan"), 2.0, None])
    assert kept(tmp_path) == {"step": 1, "val_loss": 1.0}
    best = MolField.from_pretrained(tmp_path / "best")
    for name, value in Stage(1.0, 1).model.state_dict().items():
        assert torch.equal(best.state_dict()[name], value), name


def test_a_resumed_training_must_do_better_than_before(tmp_path):
    validate(KeepBest(tmp_path), [3.0, 1.0])
    validate(KeepBest(tmp_path), [2.0], first=2)
    assert kept(tmp_path) == {"step": 1, "val_loss": 1.0}
    validate(KeepBest(tmp_path), [0.5], first=3)
    assert kept(tmp_path) == {"step": 3, "val_loss": 0.5}


def test_a_new_training_keeps_nothing_of_the_old_one(train_line, frames, tmp_path):
    best = tmp_path / "run" / "best"
    best.mkdir(parents=True)
    (best / "validation.json").write_text('{"step": 1, "val_loss": 0.0}')
    train_line()
    assert not best.exists()


def test_models_of_the_package_can_be_saved_and_others_not():
    assert can_be_saved(MolField(**SMALL))
    assert not can_be_saved(nn.Linear(1, 1))


def test_the_state_is_saved_no_more_often_than_asked(train_line, tmp_path):
    train_line(settings={"checkpoint_every_seconds": 1e6, "max_steps": 5})
    state = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["global_step"] == 5
    assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["last.ckpt"]


@pytest.mark.parametrize("end", [{"max_steps": 3}, {"max_steps": 100, "max_minutes": 2 / 60}])
def test_the_first_end_ends_the_training(train_line, tmp_path, monkeypatch, end):
    from torch_molfield.training.engine import clock

    seconds = iter(float(k) for k in range(1000))
    monkeypatch.setattr(clock, "now", lambda: next(seconds))
    train_line(settings=end)
    state = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["global_step"] == end["max_steps"] if "max_minutes" not in end else 2
