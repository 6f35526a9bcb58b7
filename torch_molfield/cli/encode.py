"""``molfield encode``: vectors of a library of molecules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield.cli.data_help import LIBRARY_HELP, SUFFIXES
from torch_molfield.cli.device import Device
from torch_molfield.cli.library_run import LibraryOptions, run_library
from torch_molfield.cli.option_groups import with_options
from torch_molfield.cli.output import SOME_FAILED

if TYPE_CHECKING:
    import numpy as np


def _library(path: Path) -> Path:
    """The file, refused before anything else is asked for."""
    from torch_molfield.data.io import has_format

    if not (has_format(str(path)) or path.exists()):
        raise ValueError(
            f"{path} is not a molecule file; molfield encode takes a {SUFFIXES} file, such as a "
            ".smi file with a SMILES on each line."
        )
    return path


@with_options(LibraryOptions)
def encode(
    library: Annotated[Path, typer.Argument(help=LIBRARY_HELP, callback=_library)],
    out: Annotated[Path, typer.Option(help="Folder for the files of vectors.")],
    model: Annotated[
        str, typer.Option(help="A folder that training or molfield fit wrote, or a shipped name.")
    ] = "organic-properties",
    tokens: Annotated[
        bool,
        typer.Option("--tokens", help="Also write all tokens, the parts of a molecule's vector, not only their mean."),
    ] = False,
    color_by: Annotated[
        str | None,
        typer.Option(
            help="Also draw map.png, coloured by a property in the file or an RDKit descriptor such as MolLogP."
        ),
    ] = None,
    device: Device = "cpu",
    *,
    options: LibraryOptions,
) -> None:
    """Turn molecules into vectors, for searches, maps and your own models.

    Results are written to files of --shard-size molecules each (shards); run again, the command continues where it
    stopped. With --part the jobs of an array share one folder. A shard holds number, name and SMILES of its molecules,
    their vectors, and the numbers of those that failed with the reason; failed.csv lists the latter. Vectors are called
    pooled [M, D] and, with --tokens, tokens [M, T, D]; those of a neural field (MiNF) latent [M, L]. A parquet file has
    one row per molecule, and the failed ones in its metadata.
    """
    from torch_molfield.data import iterate_library
    from torch_molfield.encode.encoders import load_encoder
    from torch_molfield.encode.identity import model_identity

    if options.job().jobs > 1 and color_by is not None:
        raise ValueError("--color-by needs all parts; use it without --part when all jobs are done.")
    iterate_library(library)  # complains of the file before anything is written
    values = None if color_by is None else _map_values(library, color_by)
    encoder = load_encoder(model, tokens, device)
    settings = {"model": str(model), "weights": model_identity(model)}
    failed = run_library(library, encoder, out, settings, options, device, "encoded", tokens)
    if failed is not None and values is not None:
        _draw(out, next(iter(encoder.shapes)), values, str(color_by))
    if failed:
        raise typer.Exit(SOME_FAILED)


def _map_values(library: Path, name: str) -> np.ndarray:
    """The values that colour the map, checked before the work."""
    from torch_molfield.data.io.values import library_values
    from torch_molfield.viz.latent_map import check_map

    values = library_values(library, name)
    check_map(len(values))
    return values


def _draw(directory: Path, array: str, values: np.ndarray, label: str) -> None:
    import numpy as np

    from torch_molfield.encode.shards import iterate_shards
    from torch_molfield.viz import save_figure
    from torch_molfield.viz.latent_map import latent_map

    kept = [(shard[array], shard["number"]) for shard in iterate_shards(directory, only=(array, "number"))]
    vectors, numbers = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    save_figure(latent_map(vectors, values[numbers], label), directory / "map.png")
