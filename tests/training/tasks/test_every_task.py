"""What every task of the package can do."""

import pytest
import torch

from tests.registered import own_names
from tests.training.tasks.examples import CASES, frames, learn, make
from torch_molfield.models import load_model
from torch_molfield.training import TASKS


@pytest.fixture(scope="module")
def molecules():
    return frames()[:12]


def test_all_tasks_are_tried():
    assert {task for task, _ in CASES.values()} == set(own_names(TASKS))


@pytest.mark.parametrize("name", CASES)
def test_averaged_weights_are_what_is_written(name, molecules, tmp_path):
    task = make(name, average_weights=True)
    model = learn(task, molecules, tmp_path, val_data=molecules[:8])
    assert model is task.averaged.module
    assert int(task.averaged.n_averaged) == 3
    written = load_model(tmp_path).state_dict()
    last = dict(task.model.named_parameters())
    differing = 0
    for parameter, value in model.named_parameters():
        assert torch.equal(written[parameter], value), parameter
        assert torch.isfinite(value).all(), parameter
        differing += not torch.equal(value, last[parameter])
    assert differing > 0


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("averaged", [False, True])
def test_a_checkpoint_gives_the_task_back(name, averaged, molecules, tmp_path):
    task = make(name, average_weights=averaged)
    model = learn(task, molecules, tmp_path)
    again = type(task).load_from_checkpoint(tmp_path / "checkpoints" / "last.ckpt", map_location="cpu")
    assert again.settings == task.settings
    assert again.seconds == task.seconds > 0
    found, expected = again.trained_model().state_dict(), model.state_dict()
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert torch.equal(found[key], value), key


@pytest.mark.parametrize("name", CASES)
def test_a_checkpoint_holds_the_model_and_its_average_alone(name, molecules, tmp_path):
    learn(make(name, average_weights=True), molecules, tmp_path)
    state = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    assert {key.split(".")[0] for key in state} == {"model", "averaged"}


@pytest.mark.parametrize("name", [name for name, (_, settings) in CASES.items() if "model" in settings])
def test_a_model_has_settings_of_its_own(name, molecules):
    task = make(name)
    model = task.make_model(task.prepare(molecules))
    with pytest.raises(ValueError, match="leave settings.model empty"):
        type(task)(task.settings, model)
