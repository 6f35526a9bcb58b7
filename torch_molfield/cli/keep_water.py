"""The option --keep-water."""

from __future__ import annotations

from typing import Annotated

import typer

KeepWater = Annotated[
    bool,
    typer.Option("--keep-water", help="Keep the water molecules of PDB and mmCIF files, which are left out otherwise."),
]
