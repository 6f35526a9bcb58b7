"""``molfield train``: train a model on molecules of one's own, one command per registered task."""

from __future__ import annotations

from typing import Any

import typer

from torch_molfield.cli.group import CommandGroup
from torch_molfield.cli.task_command import task_command


class TaskGroup(CommandGroup):
    """The commands of the registered tasks, made when they are asked for, beside those that are added by hand."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The registered tasks and the others."""
        from torch_molfield.training import TASKS

        return sorted({*TASKS.names(), *super().list_commands(ctx)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a task, by its registered name or as ``module:Class``."""
        by_hand = super().get_command(ctx, cmd_name)
        if by_hand is not None:
            return by_hand
        if ":" not in cmd_name and cmd_name not in self.list_commands(ctx):
            return None
        return task_command(cmd_name)


train = typer.Typer(
    help="Train a model on molecules of your own or a public data set.", no_args_is_help=True, cls=TaskGroup
)


@train.callback()
def tasks() -> None:
    """Train a model on molecules of your own or a public data set."""
