"""The command line, run in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from torch_molfield.cli.main import main


class Outcome(NamedTuple):
    """Exit code and what was printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def molfield(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """``molfield("surface", "CCO", ...)`` -> Outcome."""

    def run(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def refused(molfield: Callable[..., Outcome]) -> Callable[..., str]:
    """As ``molfield``, for bad input: exit code 1, nothing on stdout, and the one line of stderr, which is returned."""

    def run(*arguments: object) -> str:
        outcome = molfield(*arguments)
        assert outcome.code == 1
        assert outcome.out == ""
        assert outcome.err.startswith("molfield: ") and outcome.err.count("\n") == 1
        return outcome.err

    return run
