"""The option --device."""

from __future__ import annotations

from typing import Annotated

import typer


def _usable(device: str) -> str:
    if device != "cpu":
        from torch_molfield.calculators.settings import usable_device

        usable_device(device)
    return device


#: where a command computes; ``ValueError`` with the remedy where torch has no such device
Device = Annotated[str, typer.Option(help="Where to compute: cpu, or cuda for a GPU.", callback=_usable)]
