import json
from dataclasses import asdict, dataclass
from typing import NamedTuple

import pytest

from torch_molfield.training.engine.run_files import remember
from torch_molfield.training.engine.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class Settings(TrainingSettings):
    width: float = 1.0


class Run(NamedTuple):
    """What of a task is kept."""

    settings: TrainingSettings
    task: str = "lines"


def keep(settings, *arguments, **options):
    remember(Run(settings), *arguments, **options)


def settings_in(folder):
    return json.loads((folder / "settings.json").read_text())["settings"]


def test_a_resume_needs_the_same_settings(tmp_path):
    folder = tmp_path / "new" / "run"
    keep(Settings(max_steps=5), folder, resumed=False)
    keep(Settings(max_steps=5), folder, resumed=True)
    with pytest.raises(ValueError, match=r"settings\.json holds other settings than this command"):
        keep(Settings(max_steps=5, width=2.0), folder, resumed=True)
    assert settings_in(folder)["width"] == 1.0


@pytest.mark.parametrize("end", ["max_steps", "max_minutes"])
def test_the_end_may_be_later_but_not_earlier(tmp_path, end):
    keep(Settings(**{end: 5}), tmp_path, resumed=False)
    keep(Settings(**{end: 8}), tmp_path, resumed=True)
    assert settings_in(tmp_path)[end] == 8
    with pytest.raises(ValueError, match="with a larger max_steps or max_minutes at most"):
        keep(Settings(**{end: 5}), tmp_path, resumed=True)


def test_a_new_training_may_differ(tmp_path):
    keep(Settings(max_steps=5), tmp_path, resumed=False)
    keep(Settings(max_steps=3, width=2.0), tmp_path, resumed=False)
    assert settings_in(tmp_path)["width"] == 2.0


def test_a_resume_needs_the_same_origin(tmp_path):
    settings = Settings(max_steps=5)
    keep(settings, tmp_path, resumed=False, origin={"molecules": "a", "start": "b"})
    keep(settings, tmp_path, resumed=True, origin={"molecules": "a", "start": "b"})
    with pytest.raises(ValueError, match=r"was begun with other molecules and start; resume with the same"):
        keep(settings, tmp_path, resumed=True, origin={"molecules": "c"})
    (tmp_path / "origin.json").unlink()  # as in folders of before
    keep(settings, tmp_path, resumed=True, origin={"molecules": "c"})
    keep(settings, tmp_path, resumed=False, origin={"molecules": "d"})
    assert json.loads((tmp_path / "origin.json").read_text()) == {"molecules": "d"}


def test_a_setting_that_is_new_had_its_default(tmp_path):
    keep(TrainingSettings(max_steps=5), tmp_path, resumed=False)
    with pytest.raises(ValueError, match="holds other settings"):
        keep(Settings(max_steps=5, width=2.0), tmp_path, resumed=True)
    keep(Settings(max_steps=5), tmp_path, resumed=True)
    assert settings_in(tmp_path)["width"] == 1.0


def test_a_folder_of_before_holds_the_settings_alone(tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps(asdict(Settings(max_steps=5))))
    keep(Settings(max_steps=6), tmp_path, resumed=True)
    assert json.loads((tmp_path / "settings.json").read_text())["format"] == 2
    with pytest.raises(ValueError, match="is of the task 'lines', not 'circles'"):
        remember(Run(Settings(max_steps=6), "circles"), tmp_path, resumed=True)
