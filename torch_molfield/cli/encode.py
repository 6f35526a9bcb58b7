"""``molfield encode``: weight tokens of a library of molecules."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from torch_molfield.cli.output import output_folder


def encode(
    library: Annotated[Path, typer.Argument(help="A .smi, .sdf, .xyz, .extxyz or .traj file.")],
    model: Annotated[str, typer.Option(help="A folder that training wrote, or a shipped name.")],
    out: Annotated[Path, typer.Option(help="Folder of the shards.")],
    shard_size: Annotated[int, typer.Option(help="Molecules of a shard.", min=1)] = 1024,
    batch_size: Annotated[int, typer.Option(help="Molecules encoded at once.", min=1)] = 32,
    tokens: Annotated[bool, typer.Option("--tokens", help="Write all tokens, not only their mean.")] = False,
) -> None:
    """Encode molecules as vectors, shard by shard; run again, it goes on where it was stopped.

    Each shard is an npz file: number and name of its molecules, pooled [M, D], tokens [M, T, D] where asked for, and
    the numbers of those that failed with the reason.
    """
    from torch_molfield.data.datasets.molecules import file_identity
    from torch_molfield.data.library import iterate_library
    from torch_molfield.models import MolField
    from torch_molfield.models.encoding import encode_library, read_shards

    iterate_library(library)  # complains of the file before anything is written
    network = MolField.from_pretrained(model)
    output_folder(out)
    settings = {"model": str(model), "source": file_identity(library)}
    columns = (TextColumn("Encoding"), MofNCompleteColumn(), TextColumn("molecules"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        line = bar.add_task("encoding", total=None)
        report = partial(_report, bar, line)
        source = partial(iterate_library, library)
        shards = encode_library(network, source, out, settings, shard_size, batch_size, tokens, report)
    found = read_shards(out)
    typer.echo(f"encoded {len(found['number'])} molecules, {len(found['failed'])} failed")
    typer.echo(f"wrote   {out} ({shards} shards)")


def _report(bar: Progress, line: object, done: int) -> None:
    bar.update(line, completed=done)  # type: ignore[arg-type]
