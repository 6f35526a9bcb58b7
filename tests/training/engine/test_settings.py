import math
from dataclasses import dataclass

import pytest

from torch_molfield.data.setting_types import NotNegative, Positive
from torch_molfield.training import TASKS
from torch_molfield.training.engine.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class Example(TrainingSettings):
    rate: Positive = 1.0
    jitter: NotNegative = 0.0


def test_known_values_pass():
    assert Example.from_dict({"rate": 2, "max_steps": 3}) == Example(rate=2, max_steps=3)


def test_an_unknown_key_is_named():
    with pytest.raises(ValueError, match="unknown configuration key 'rat'; known are average_weights, batch_size"):
        Example.from_dict({"rat": 1})


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, None, "1", True])
def test_positive(value):
    with pytest.raises(ValueError, match="rate must be a number above 0, got"):
        Example(rate=value)


@pytest.mark.parametrize(
    "change",
    [
        {"jitter": -1},
        {"jitter": math.nan},
        {"max_steps": 0},
        {"max_minutes": "ten"},
        {"seed": -1},
        {"seed": 2**32},
        {"workers": "a"},
        {"batch_size": 2.5},
        {"average_weights": 2},
        {"checkpoint_every_seconds": "x"},
    ],
)
def test_other_ranges(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} must be "):
        Example(**change)


def test_minutes_in_seconds():
    assert Example(max_minutes=1.5).max_seconds == 90.0
    assert Example(max_steps=3).max_seconds is None


@pytest.mark.parametrize("change", [{"batch_size": -1}, {"learning_rate": 0.0}, {"workers": -1}])
def test_what_all_trainings_share(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} must be a (whole )?number"):
        TrainingSettings(**change)


@pytest.mark.parametrize("task", ["motion", "interpolation"])
@pytest.mark.parametrize("name", ["width", "vectors", "layers"])
def test_networks_of_paths(task, name):
    with pytest.raises(ValueError, match=f"{name} must be a .*whole number.*, got -4"):
        TASKS.get(task).Settings(**{name: -4})


@pytest.mark.parametrize("task", ["surface", "density", "property", "forces", "qdf"])
def test_networks_of_fields(task):
    with pytest.raises(ValueError, match="the settings of the model: width must be a whole number of at least 1"):
        TASKS.get(task).Settings(model={"width": -4})
