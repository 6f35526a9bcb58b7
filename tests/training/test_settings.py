import math
from dataclasses import dataclass

import pytest

from torch_molfield.training.settings import JsonSettings


@dataclass(frozen=True)
class Example(JsonSettings):
    rate: float = 1.0
    jitter: float = 0.0
    max_steps: int | None = None
    max_minutes: float | None = None

    def __post_init__(self) -> None:
        self.require_positive("rate")
        self.require_not_negative("jitter")
        self.require_end()


def test_known_values_pass():
    assert Example.from_dict({"rate": 2, "max_steps": 3}) == Example(2, 0.0, 3)


def test_an_unknown_key_is_named():
    with pytest.raises(ValueError, match="unknown configuration key 'rat'; known are jitter, max_minutes"):
        Example.from_dict({"rat": 1})


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, None, "1", True])
def test_positive(value):
    with pytest.raises(ValueError, match="rate must be a positive number"):
        Example(rate=value)


@pytest.mark.parametrize("change", [{"jitter": -1}, {"jitter": math.nan}, {"max_steps": 0}, {"max_minutes": "ten"}])
def test_other_ranges(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} must be a"):
        Example(**change)
