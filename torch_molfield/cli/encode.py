"""``molfield encode``: vectors of a library of molecules."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from torch_molfield.cli.data_help import LIBRARY_HELP, SUFFIXES
from torch_molfield.cli.device import Device
from torch_molfield.cli.output import output_folder

if TYPE_CHECKING:
    import numpy as np
    from rich.progress import ProgressColumn

    from torch_molfield.encode.job_part import JobPart

#: problems that are shown of those that molecules failed with
SHOWN = 3


def _library(path: Path) -> Path:
    """The file, refused before anything else is asked for."""
    from torch_molfield.data.io import has_format

    if not (has_format(str(path)) or path.exists()):
        raise ValueError(
            f"{path} is not a molecule file; molfield encode takes a {SUFFIXES} file, such as a "
            ".smi file with a SMILES on each line."
        )
    return path


def encode(
    library: Annotated[Path, typer.Argument(help=LIBRARY_HELP, callback=_library)],
    model: Annotated[str, typer.Option(help="A folder that training or molfield fit wrote, or a shipped name.")],
    out: Annotated[Path, typer.Option(help="Folder for the files of vectors.")],
    shard_size: Annotated[int, typer.Option(help="Molecules per file.", min=1)] = 1024,
    batch_size: Annotated[int, typer.Option(help="Molecules encoded at once.", min=1)] = 32,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="Also all tokens, the parts of a molecule's vector, not only their mean.")
    ] = False,
    file_format: Annotated[str, typer.Option("--format", help="npz, or parquet (needs pyarrow).")] = "npz",
    color_by: Annotated[
        str | None,
        typer.Option(
            help="Also draw map.png, coloured by a property in the file or an RDKit descriptor such as MolLogP."
        ),
    ] = None,
    part: Annotated[
        str, typer.Option(help="This job's part of an array that writes to one folder, such as 3/64.")
    ] = "1/1",
    device: Device = "cpu",
) -> None:
    """Turn molecules into vectors, for searches, maps and your own models.

    Results are written to files of --shard-size molecules each (shards); run again, the command continues where it
    stopped. Jobs of an array share a folder by --part. A shard holds number, name and SMILES of its molecules, their
    vectors, and the numbers of those that failed with the reason. Vectors are called pooled [M, D] and, with --tokens,
    tokens [M, T, D]; those of a neural field (MiNF) latent [M, L]. A parquet file has a row per molecule, and the
    failed ones in its metadata.
    """
    from torch_molfield.data import iterate_library, library_size
    from torch_molfield.data.datasets.molecules import file_identity
    from torch_molfield.data.words import counted
    from torch_molfield.encode.encoders import load_encoder
    from torch_molfield.encode.identity import model_identity
    from torch_molfield.encode.job_part import JobPart
    from torch_molfield.encode.library import encode_library

    job = JobPart.read(part)
    if job.jobs > 1 and color_by is not None:
        raise ValueError("a part has no map; run again without --part when all are done, and --color-by draws it.")
    iterate_library(library)  # complains of the file before anything is written
    values = None if color_by is None else _map_values(library, color_by)
    encoder = load_encoder(model, tokens, device)
    output_folder(out)
    settings = {"model": str(model), "weights": model_identity(model), "source": file_identity(library)}
    console = Console(stderr=True)
    with Progress(*_columns(), console=console, disable=not console.is_terminal) as bar:
        line = bar.add_task("encoding", total=library_size(library))
        report = partial(_report, bar, line)
        source = partial(iterate_library, library)
        shards = encode_library(
            encoder, source, out, settings, shard_size, batch_size, tokens, report, file_format, job
        )
    if not shards:
        typer.echo(f"part {part} is empty: the library has fewer shards; a smaller --shard-size makes more.")
        return
    encoded, problems = count_encoded(out, job)
    failed = problems.total()
    for problem, count in problems.most_common(SHOWN):
        typer.echo(f"molfield: {counted(count, 'molecule')} failed: {problem}", err=True)
    if not encoded:
        raise ValueError(f"none of {counted(failed, 'molecule')} in {library} could be encoded.")
    if values is not None:
        _draw(out, next(iter(encoder.shapes)), values, str(color_by))
    typer.echo(f"encoded {counted(encoded, 'molecule')}, {failed} failed")
    typer.echo(f"wrote   {out} ({counted(shards, 'shard')})")


def count_encoded(directory: Path, part: JobPart) -> tuple[int, Counter[str]]:
    """How many molecules of a part of a library were encoded, and how many failed by problem, with one shard in memory
    at a time."""
    from torch_molfield.encode.shards import iterate_shards

    encoded, problems = 0, Counter[str]()
    for shard in iterate_shards(directory, part):
        encoded += len(shard["number"])
        problems.update(str(problem) for problem in shard["problem"])
    return encoded, problems


def _map_values(library: Path, name: str) -> np.ndarray:
    """The values that colour the map, checked before the work."""
    from torch_molfield.data import library_values
    from torch_molfield.viz.latent_map import check_map

    values = library_values(library, name)
    check_map(len(values))
    return values


def _draw(directory: Path, array: str, values: np.ndarray, label: str) -> None:
    import numpy as np

    from torch_molfield.encode.shards import iterate_shards
    from torch_molfield.viz import latent_map, save_figure

    kept = [(shard[array], shard["number"]) for shard in iterate_shards(directory)]  # not the tokens
    vectors, numbers = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    save_figure(latent_map(vectors, values[numbers], label), directory / "map.png")


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        TextColumn("Encoding"),
        MofNCompleteColumn(),
        TextColumn("molecules"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )


def _report(bar: Progress, line: object, done: float) -> None:
    bar.update(line, completed=done)  # type: ignore[arg-type]
