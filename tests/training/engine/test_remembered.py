import json
from dataclasses import dataclass

import pytest

from torch_molfield.training.engine.remembered import remember
from torch_molfield.training.engine.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class Settings(TrainingSettings):
    width: float = 1.0


def test_a_resume_needs_the_same_settings(tmp_path):
    folder = tmp_path / "new" / "run"
    remember(Settings(max_steps=5), folder, resumed=False)
    remember(Settings(max_steps=5), folder, resumed=True)
    with pytest.raises(ValueError, match=r"settings\.json holds other settings than this command"):
        remember(Settings(max_steps=5, width=2.0), folder, resumed=True)
    assert json.loads((folder / "settings.json").read_text())["width"] == 1.0


@pytest.mark.parametrize("end", ["max_steps", "max_minutes"])
def test_the_end_may_be_later_but_not_earlier(tmp_path, end):
    remember(Settings(**{end: 5}), tmp_path, resumed=False)
    remember(Settings(**{end: 8}), tmp_path, resumed=True)
    assert json.loads((tmp_path / "settings.json").read_text())[end] == 8
    with pytest.raises(ValueError, match="with a larger max_steps or max_minutes at most"):
        remember(Settings(**{end: 5}), tmp_path, resumed=True)


def test_a_new_training_may_differ(tmp_path):
    remember(Settings(max_steps=5), tmp_path, resumed=False)
    remember(Settings(max_steps=3, width=2.0), tmp_path, resumed=False)
    assert json.loads((tmp_path / "settings.json").read_text())["width"] == 2.0


def test_a_resume_needs_the_same_origin(tmp_path):
    settings = Settings(max_steps=5)
    remember(settings, tmp_path, resumed=False, origin={"molecules": "a", "start": "b"})
    remember(settings, tmp_path, resumed=True, origin={"molecules": "a", "start": "b"})
    with pytest.raises(ValueError, match=r"was begun with other molecules and start; resume with the same"):
        remember(settings, tmp_path, resumed=True, origin={"molecules": "c"})
    (tmp_path / "origin.json").unlink()  # as in folders of before
    remember(settings, tmp_path, resumed=True, origin={"molecules": "c"})
    remember(settings, tmp_path, resumed=False, origin={"molecules": "d"})
    assert json.loads((tmp_path / "origin.json").read_text()) == {"molecules": "d"}


def test_a_setting_that_is_new_had_its_default(tmp_path):
    remember(TrainingSettings(max_steps=5), tmp_path, resumed=False)
    with pytest.raises(ValueError, match="holds other settings"):
        remember(Settings(max_steps=5, width=2.0), tmp_path, resumed=True)
    remember(Settings(max_steps=5), tmp_path, resumed=True)
    assert json.loads((tmp_path / "settings.json").read_text())["width"] == 1.0
