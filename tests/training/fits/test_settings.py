from dataclasses import asdict, dataclass

import pytest

from torch_molfield.training.fits.settings import FitSettings


@dataclass(frozen=True, kw_only=True)
class Settings(FitSettings):
    rate: float = 0.1


@pytest.mark.parametrize("end", ["max_steps", "max_seconds"])
def test_one_end_is_enough(end):
    assert asdict(Settings(**{end: 3})) == {"rate": 0.1, "seed": 0, "max_steps": None, "max_seconds": None, end: 3}


def test_no_end_is_refused():
    with pytest.raises(ValueError, match="give max_steps or max_seconds"):
        Settings(rate=1.0)
