import dataclasses

import pytest

from torch_molfield.cli.task_command import PLURAL, task_command
from torch_molfield.cli.training_options import TrainingOptions
from torch_molfield.training import TASKS, Task, TrainingSettings
from torch_molfield.training.tasks import find_task


@pytest.mark.parametrize("name", TASKS.names())
def test_every_task_has_a_command_with_its_settings(name):
    cls = find_task(name)
    options = {parameter.name for parameter in task_command(name).params}
    own = {PLURAL.get(key, key) for key in cls.Settings.helps}
    shared = {entry.name for entry in dataclasses.fields(TrainingOptions)}
    assert options - {"help"} == {"data", "start", *own, *cls.switches, *shared}


def test_the_help_is_the_first_sentence_without_markup():
    assert (
        task_command("forces").help
        == "Train a force field on energies and forces: an EnergyMolField, or another EnergyModel."
    )


def test_a_help_for_what_is_no_setting(monkeypatch):
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Odd(TrainingSettings):
        helps = {"colour": "Of the molecules."}

    monkeypatch.setattr(find_task("density"), "Settings", Odd)
    with pytest.raises(ValueError, match=r"Odd\.helps names 'colour', which is not a setting"):
        task_command("density")


def test_no_task():
    with pytest.raises(ValueError, match="task 'colours' is unknown; choose one of"):
        task_command("colours")
    assert issubclass(find_task("torch_molfield.training:DensityTask"), Task)
