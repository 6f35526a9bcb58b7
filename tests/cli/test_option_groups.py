import inspect
from dataclasses import dataclass

import pytest

from torch_molfield.cli.option_groups import with_options


@dataclass(frozen=True)
class Shared:
    steps: int
    seed: int = 0


@pytest.fixture
def command():
    @with_options(Shared)
    def run(name: str, options: Shared) -> None:
        """Help of the command."""
        given.append((name, options))

    given = run.given = []
    return run


def test_the_fields_stand_in_the_signature_in_place_of_the_group(command):
    parameters = inspect.signature(command).parameters
    assert list(parameters) == ["name", "steps", "seed"]
    assert parameters["seed"].default == 0 and parameters["steps"].default is inspect.Parameter.empty
    assert command.__annotations__ == {"name": str, "steps": int, "seed": int}
    assert command.__doc__ == "Help of the command." and command.__name__ == "run"


def test_the_command_gets_the_group(command):
    command(name="a", steps=3, seed=1)
    assert command.given == [("a", Shared(3, 1))]
