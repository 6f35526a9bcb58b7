import inspect
import json
from dataclasses import fields

import pytest

from torch_molfield.cli.training_options import TrainingOptions, read_settings, with_training_options


def test_the_command_line_goes_before_the_file(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"seed": 1, "max_steps": 2, "width": 3.0}))
    options = TrainingOptions(out=tmp_path, config=path, seed=0)
    assert options.settings(width=None, density="occupancy") == {
        "seed": 0,
        "max_steps": 2,
        "width": 3.0,
        "density": "occupancy",
    }


def test_a_command_shows_its_own_options_and_the_shared_ones(tmp_path):
    told = {}

    @with_training_options
    def command(data: str, options: TrainingOptions, depth: int = 2) -> None:
        told.update(data=data, options=options, depth=depth)

    names = list(inspect.signature(command).parameters)
    shared = [entry.name for entry in fields(TrainingOptions)]
    assert names == ["data", "depth", *shared]
    given = {name: parameter.default for name, parameter in inspect.signature(command).parameters.items()}
    command(**{**given, "data": "O", "out": tmp_path, "seed": 4})
    assert told == {"data": "O", "options": TrainingOptions(out=tmp_path, seed=4), "depth": 2}


@pytest.mark.parametrize(("text", "sentence"), [("{", "is not JSON"), ("[1]", "must hold a JSON object")])
def test_a_bad_file_is_named(tmp_path, text, sentence):
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_settings(path)


def test_no_file_and_a_missing_one(tmp_path):
    assert read_settings(None) == {}
    with pytest.raises(FileNotFoundError, match="--config takes a JSON file"):
        read_settings(tmp_path / "absent.json")


def test_the_settings_of_a_run_folder(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"format": 2, "task": "surface", "settings": {"max_steps": 5}}))
    assert read_settings(path) == {"max_steps": 5}
