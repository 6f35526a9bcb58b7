"""What commands on libraries share: options, progress and report of the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from torch_molfield.cli.output import writable_folder
from torch_molfield.cli.sentences import in_shell

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from torch_molfield.data import Entry
    from torch_molfield.encode.encoders import Encoder
    from torch_molfield.encode.job_part import JobPart
    from torch_molfield.encode.library import Engine

#: problems that are shown of those that molecules failed with
SHOWN = 3
ENGINES = ("local", "ray")
#: an option of every command that makes conformers of a library
SECONDS = {"max_seconds": "--max-seconds"}
MaxSeconds = Annotated[
    float,
    typer.Option(help="Time limit in seconds for making the conformer of a SMILES; beyond it the molecule fails."),
]


@dataclass(frozen=True, kw_only=True)
class ShardOptions:
    """Options of work that is written to shards: how it is cut, and where it is done."""

    shard_size: Annotated[int, typer.Option(help="Molecules per file of the folder (shard).", min=1)] = 1024
    file_format: Annotated[
        str, typer.Option("--format", help="Format of the shards: npz, or parquet (needs pyarrow).")
    ] = "npz"
    part: Annotated[
        str, typer.Option(help="This job's part, such as 3/64, if an array of jobs writes to one folder.")
    ] = "1/1"
    engine: Annotated[
        str, typer.Option(help="Where shards are made: local, or ray (needs Ray) for several processes or computers.")
    ] = "local"
    address: Annotated[
        str | None,
        typer.Option(
            help="Address of a running Ray cluster, such as auto; by default one is started on this computer."
        ),
    ] = None
    workers: Annotated[
        int | None, typer.Option(help="Processes of --engine ray; by default one per CPU, or GPU.", min=1)
    ] = None

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise ValueError(f"--engine {self.engine} is unknown; choose {' or '.join(ENGINES)}.")
        if self.engine == "local" and (self.address is not None or self.workers is not None):
            raise ValueError("--address and --workers are only for --engine ray; add it, or omit them.")

    def require_unused(self) -> None:
        """Refuse what has a meaning only where a folder of shards is written."""
        for field in fields(self):
            if field.name not in SECONDS and getattr(self, field.name) != field.default:
                option = "format" if field.name == "file_format" else field.name.replace("_", "-")
                raise ValueError(f"--{option} is for a library; give one file and a folder: --out FOLDER.")

    def job(self) -> JobPart:
        """The part."""
        from torch_molfield.encode.job_part import JobPart

        return JobPart.read(self.part)

    def make_engine(self, device: str) -> Engine:
        """Where shards are made."""
        from torch_molfield.encode.local_engine import LocalEngine
        from torch_molfield.encode.ray_engine import RayEngine

        return LocalEngine() if self.engine == "local" else RayEngine(self.address, self.workers, device)


@dataclass(frozen=True, kw_only=True)
class LibraryOptions(ShardOptions):
    """Options of work on a library of molecules."""

    batch_size: Annotated[
        int | None,
        typer.Option(help="Molecules computed at once at most; by default as many as memory is bounded for.", min=1),
    ] = None
    max_seconds: MaxSeconds = 60.0


def run_library(
    library: Path,
    encoder: Encoder,
    out: Path,
    settings: Mapping[str, Any],
    options: LibraryOptions,
    device: str,
    verb: str,
    tokens: bool = False,
    keep_water: bool = False,
) -> int | None:
    """Write the arrays of a library to the shards in ``out``, and tell what became of its molecules.

    Args:
        settings: that must be the same for a run to go on, besides the file.
        verb: what was done with the molecules.

    Returns:
        how many molecules failed; ``None`` where there are no shards, as an array may have more jobs.

    Raises:
        ValueError: if no molecule has arrays.
    """
    from torch_molfield.data import iterate_library
    from torch_molfield.data.datasets.molecules import file_identity
    from torch_molfield.data.io.read import library_size

    entries = partial(iterate_library, library.resolve(), waters=keep_water, max_seconds=options.max_seconds)
    settings = {**settings, "source": file_identity(library)}
    batch, size = options.batch_size, library_size(library)
    return run_entries(entries, size, encoder, out, settings, options, device, verb, tokens, batch, str(library))


def run_entries(
    entries: Callable[[int], Iterator[Entry]],
    size: int | None,
    encoder: Encoder,
    out: Path,
    settings: Mapping[str, Any],
    options: ShardOptions,
    device: str,
    verb: str,
    tokens: bool = False,
    batch_size: int | None = None,
    source: str = "",
) -> int | None:
    """As :func:`run_library`, of ``entries`` from a number on, ``size`` in all, that ``source`` names."""
    from torch_molfield.data.words import counted
    from torch_molfield.encode.library import encode_library

    writable_folder(out)
    job = options.job()
    console = Console(stderr=True)
    with Progress(*_columns(), console=console, disable=not console.is_terminal) as bar:
        line = bar.add_task(verb, total=size)
        shards = encode_library(
            encoder,
            entries,
            out,
            dict(settings),
            options.shard_size,
            batch_size,
            tokens,
            partial(_report, bar, line),
            options.file_format,
            job,
            size,
            options.make_engine(device),
        )
    if not shards:
        typer.echo(f"part {options.part} is empty: the library has fewer shards; a smaller --shard-size makes more.")
        return None
    failed = _tell(source, out, job, verb)
    typer.echo(f"wrote   {out} ({counted(shards, 'shard')})")
    return failed


def _tell(source: str, out: Path, job: JobPart, verb: str) -> int:
    """Print what became of the molecules; how many failed."""
    from torch_molfield.data.words import counted
    from torch_molfield.encode.outcome import failed_path, tell_outcome

    encoded, problems = tell_outcome(out, job)
    failed = problems.total()
    for problem, count in problems.most_common(SHOWN):
        typer.echo(f"molfield: {counted(count, 'molecule')} failed: {in_shell(problem, SECONDS)}", err=True)
    if len(problems) > SHOWN:
        typer.echo(f"molfield: all that failed are in {failed_path(out, job)}", err=True)
    if not encoded:
        raise ValueError(f"none of {counted(failed, 'molecule')} in {source} could be {verb}.")
    typer.echo(f"{verb} {counted(encoded, 'molecule')}, {failed} failed")
    return failed


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        MofNCompleteColumn(),
        TextColumn("molecules {task.description}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )


def _report(bar: Progress, line: object, done: float) -> None:
    bar.update(line, completed=done)  # type: ignore[arg-type]
