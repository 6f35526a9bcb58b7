"""The ``molfield`` command: its subcommands, and errors as one line on stderr."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from torch_molfield import __version__
from torch_molfield.cli.data_help import DataCommand
from torch_molfield.cli.demo import demo
from torch_molfield.cli.density import density
from torch_molfield.cli.encode import encode
from torch_molfield.cli.evaluate import evaluate
from torch_molfield.cli.fit import fit
from torch_molfield.cli.generate import generate
from torch_molfield.cli.group import CommandGroup
from torch_molfield.cli.info import info
from torch_molfield.cli.interpolate import interpolate
from torch_molfield.cli.md import md
from torch_molfield.cli.optimize import optimize
from torch_molfield.cli.output import release_folders
from torch_molfield.cli.potential import potential
from torch_molfield.cli.predict import predict
from torch_molfield.cli.sentences import in_shell, options_of, shortened
from torch_molfield.cli.surface import surface
from torch_molfield.cli.train import train
from torch_molfield.cli.train_fields import train_fields
from torch_molfield.cli.view import view

#: exit codes: wrong input or usage, and interruption by Ctrl-C; ``cli.output.SOME_FAILED`` is the third
BAD_INPUT, INTERRUPTED = 1, 130
#: how a command that was interrupted is continued
AGAIN = {
    "train": "; the same command with --resume continues from the last checkpoint, where one was written",
    **dict.fromkeys(
        ("encode", "fit", "interpolate", "predict", "surface", "density", "generate"),
        "; the same command continues from what was written last",
    ),
    "md": "; molfield md OUT/trajectory.extxyz --frame -1 --out NEW continues from the last recorded frame",
}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"torch_molfield {__version__}")
        raise typer.Exit


app = typer.Typer(
    no_args_is_help=True,
    cls=CommandGroup,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def molfield(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
    weights: Annotated[
        Path | None,
        typer.Option(
            help="Folder with further models, each in a folder with its name; by default that of MOLFIELD_WEIGHTS.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Molecules as continuous fields: surfaces, densities, energies and other properties, from the command line."""
    if weights is not None:
        os.environ["MOLFIELD_WEIGHTS"] = str(weights)


app.command()(demo)
train.command("fields")(train_fields)
app.add_typer(train, name="train")
app.command(cls=DataCommand)(evaluate)
app.command()(surface)
app.command()(density)
app.command()(potential)
app.command()(encode)
app.command()(fit)
app.command()(interpolate)
app.command()(generate)
app.command()(md)
app.command()(optimize)
app.command()(predict)
app.command()(view)
app.command()(info)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line (``sys.argv`` by default) and exit: 0; 1 for bad input or usage; 2 where some
    molecules failed and the others are done; 130 when interrupted.

    What is wrong with the input is one line on stderr; a traceback means a defect of the package.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    plain = warnings.formatwarning
    warnings.formatwarning = partial(_warning_line, given)
    try:
        code = app(args=given, prog_name="molfield", standalone_mode=False)
        if code == INTERRUPTED:  # typer's answer to Ctrl-C
            _complain(_interrupted(given), INTERRUPTED)
    except typer.TyperException as error:
        code = _complain(error.format_message().replace("Value error, ", ""), BAD_INPUT)
    except (ValueError, OSError) as error:
        code = _complain(in_shell(_sentence(error), _options(given)), BAD_INPUT)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError):
            raise
        code = _complain(str(error), BAD_INPUT)  # a package that an extra brings, with the command that installs it
    except (typer.Abort, KeyboardInterrupt):
        code = _complain(_interrupted(given), INTERRUPTED)
    except SystemExit as error:
        if not isinstance(error.__context__, KeyboardInterrupt):
            raise
        code = _complain(_interrupted(given, error.__context__), INTERRUPTED)  # Lightning exits with 1 at Ctrl-C
    finally:
        warnings.formatwarning = plain
        release_folders()
    sys.exit(code if isinstance(code, int) else 0)


def _interrupted(arguments: Sequence[str], cause: KeyboardInterrupt | None = None) -> str:
    """What has been kept, and how to go on; ``cause`` may tell what has been saved."""
    if cause is not None and cause.args:
        return f"interrupted; {cause}, and the same command with --resume continues from there."
    command = next((word for word in arguments if word in AGAIN), "")
    if command in ("predict", "surface", "density", "generate") and not _writes_shards(arguments):
        return "interrupted."
    return f"interrupted{AGAIN.get(command, '')}."


def _writes_shards(arguments: Sequence[str]) -> bool:
    """Whether the results go to a folder, of which the next run makes what is missing."""
    given = [value for option, value in pairwise(arguments) if option == "--out"]
    given += [argument.removeprefix("--out=") for argument in arguments if argument.startswith("--out=")]
    return any(not Path(value).suffix for value in given)


def _warning_line(
    arguments: Sequence[str],
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """A warning as one line, without the place in the code that gives it."""
    text = in_shell(" ".join(str(message).split()), _options(arguments))
    return f"molfield: warning: {shortened(text)}\n"


def _options(arguments: Sequence[str]) -> dict[str, str]:
    return options_of(typer.main.get_command(app), arguments)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    return str(error) or type(error).__name__


def _complain(message: str, code: int) -> int:
    line = shortened(" ".join(message.split()))
    if line:  # typer has printed the help itself when no command was given
        typer.echo(f"molfield: {line}", err=True)
    return code
