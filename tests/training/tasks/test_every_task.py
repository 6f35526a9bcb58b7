"""What every task of the package can do."""

import pytest
import torch

from tests.registered import own_names
from tests.training.tasks.examples import CASES, frames, learn, make
from torch_molfield.training import TASKS


@pytest.fixture(scope="module")
def molecules():
    return frames()[:12]


def test_all_tasks_are_tried():
    assert {task for task, _ in CASES.values()} == set(own_names(TASKS))


@pytest.mark.parametrize("name", ["surface", "property with a start"])
def test_a_checkpoint_without_an_average_gives_the_task_back(name, molecules, tmp_path):
    task = make(name)
    model = learn(task, molecules, tmp_path)
    assert task.trained_model() is model
    again = type(task).load_from_checkpoint(tmp_path / "checkpoints" / "last.ckpt", map_location="cpu")
    found = again.trained_model().state_dict()
    assert found.keys() == model.state_dict().keys()
    assert all(torch.equal(found[key], value) for key, value in model.state_dict().items())


@pytest.mark.parametrize("name", [name for name, (_, settings) in CASES.items() if "model" in settings])
def test_a_model_has_settings_of_its_own(name, molecules):
    task = make(name)
    model = task.make_model(task.prepare(molecules))
    with pytest.raises(ValueError, match="leave settings.model empty"):
        type(task)(task.settings, model)
