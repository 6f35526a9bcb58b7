from dataclasses import dataclass, replace

import pytest

from torch_molfield.training.engine.schedule import learning_rate_factor
from torch_molfield.training.fits.settings import ENDS, FitSettings


@dataclass(frozen=True, kw_only=True)
class Settings(FitSettings):
    points: int = 3


@pytest.mark.parametrize("end", ENDS)
def test_one_end_is_enough(end):
    settings = Settings(**{end: 3})
    assert [getattr(settings, name) for name in ENDS] == [3 if name == end else None for name in ENDS]
    assert settings.without_end() == {"learning_rate": 1e-3, "seed": 0, "points": 3}
    assert replace(settings, max_steps=7).without_end() == settings.without_end()


def test_the_first_end_counts():
    assert Settings(max_minutes=1.5).end_seconds == 90.0
    assert Settings(max_seconds=40).end_seconds == 40.0
    assert Settings(max_minutes=0.5, max_seconds=40).end_seconds == 30.0
    assert Settings(max_steps=3).end_seconds == float("inf")


def test_no_end_is_refused():
    with pytest.raises(ValueError, match="give max_steps, max_minutes or max_seconds"):
        Settings(points=1)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_an_end_that_is_not_positive_is_refused(end, value):
    with pytest.raises(ValueError, match=f"{end} must be a positive number"):
        Settings(**{end: value})


def test_the_rate_warms_up_and_ends_in_a_cosine():
    settings = Settings(max_steps=1, learning_rate=0.5)
    for step, progress in ((0, 0.0), (50, 0.3), (500, 0.9)):
        assert settings.learning_rate_at(step, progress) == 0.5 * learning_rate_factor(step, progress)
    assert settings.share("any") == 1.0
