"""The option --seed."""

from __future__ import annotations

from typing import Any

import typer

#: what every generator of random numbers takes
LARGEST = 2**32 - 1


def seed_option(of_what: str, panel: str | None = None) -> Any:
    """The option with its range; ``of_what`` ends its help, which stands in a panel."""
    return typer.Option(help=f"Random seed of {of_what}.", min=0, max=LARGEST, rich_help_panel=panel)
