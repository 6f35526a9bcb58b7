"""Groups of commands that tell an unknown one what there is."""

from __future__ import annotations

import difflib
from typing import Any

from typer.core import TyperGroup


class CommandGroup(TyperGroup):
    """A group whose sentence for an unknown command has the most similar one, and all."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of the first argument."""
        name, known = args[0], self.list_commands(ctx)
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            similar = difflib.get_close_matches(name, known, 1)
            meant = f"did you mean {similar[0]}? " if similar else ""
            listed = ", ".join(known)
            raise ValueError(f"{ctx.command_path} has no command {name!r}; {meant}choose one of {listed}.")
        return super().resolve_command(ctx, args)
