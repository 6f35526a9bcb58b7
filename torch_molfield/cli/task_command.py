"""The command of ``molfield train`` that a registered task gets: its settings and switches become options."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.data_help import DataCommand
from torch_molfield.cli.output import output_folder
from torch_molfield.cli.training_options import Molecules, TrainingOptions, with_training_options

if TYPE_CHECKING:
    from torch_molfield.training import Task

#: settings that are lists have options that are repeated
PLURAL = {"targets": "target", "properties": "property"}
PLURAL_OF = {option: setting for setting, option in PLURAL.items()}


def task_command(name: str) -> Any:
    """The command of a task.

    Raises:
        ValueError: for a name that is no task.
    """
    from torch_molfield.training.tasks import find_task

    cls = find_task(name)
    app = typer.Typer(add_completion=False)
    app.command(name, cls=DataCommand, help=_first_sentence(cls))(_command(cls))
    return typer.main.get_command(app)


def _command(cls: type[Task]) -> Any:
    def run(data: Molecules, options: TrainingOptions, start: str | None = None, **given: Any) -> None:
        settings = {PLURAL_OF.get(key, key): value for key, value in given.items() if key not in cls.switches}
        not_given = {key for key, value in settings.items() if value is False or value == []}
        values = options.settings(**{key: value for key, value in settings.items() if key not in not_given})
        output_folder(options.out)
        from lightning.pytorch.utilities import rank_zero_only
        from lightning.pytorch.utilities.exceptions import MisconfigurationException

        from torch_molfield.models import load_model
        from torch_molfield.training import train

        rank_zero_only(options.check_folder)()
        switches = {key: given[key] for key in cls.switches}
        checked = cls.Settings.from_dict(values)
        common = options.begin()
        begun = None if start is None else load_model(start)
        cls.check_start(begun)
        task = cls.from_start(checked, begun, **switches)
        molecules, validation = options.molecules(data, task.targets)
        try:
            train(task, molecules, validation, directory=options.out, **common)
        except MisconfigurationException as error:  # such as an accelerator that the machine lacks
            raise ValueError(f"Lightning refuses these options: {error}") from error
        rank_zero_only(_tell)(task, options.out)

    names = {
        "data": Molecules,
        "options": TrainingOptions,
        "start": Annotated[str | None, typer.Option("--from", help=cls.start_help)],
        **_setting_options(cls),
        **{key: Annotated[bool, typer.Option(_flag(key), help=text)] for key, text in cls.switches.items()},
    }
    parameters = [
        inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=_default(key, kind))
        for key, kind in names.items()
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return with_training_options(run)


def _tell(task: Task, out: Path) -> None:
    """How well the training went, and where the model is."""
    figures = [f"{name} {value:.4g}" for name, value in task.outcome().items()]
    if figures:
        typer.echo(f"ended   {', '.join(figures)}")
    typer.echo(f"wrote   {out}")


def _setting_options(cls: type[Task]) -> dict[str, Any]:
    """Options by name; one that is not given leaves the setting to the file of ``--config``, or to its default."""
    hints = typing.get_type_hints(cls.Settings)
    known = {entry.name for entry in dataclasses.fields(cls.Settings)}
    found: dict[str, Any] = {}
    for key, text in cls.Settings.helps.items():
        if key not in known:
            raise ValueError(f"{cls.Settings.__name__}.helps names {key!r}, which is not a setting.")
        if key in PLURAL:
            found[PLURAL[key]] = Annotated[list[str] | None, typer.Option(help=text)]
        elif hints[key] is bool:
            found[key] = Annotated[bool, typer.Option(_flag(key), help=text)]
        else:
            found[key] = Annotated[hints[key] | None, typer.Option(help=text)]
    return found


def _default(key: str, kind: Any) -> Any:
    if key in ("data", "options"):
        return inspect.Parameter.empty
    return False if typing.get_args(kind)[0] is bool else None


def _flag(key: str) -> str:
    return "--" + key.replace("_", "-")


def _first_sentence(cls: type[Task]) -> str:
    """Of the docstring, without its markup."""
    text = " ".join((inspect.getdoc(cls) or cls.__name__).split("\n\n")[0].split())
    return re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"\1", text).replace("`", "")
