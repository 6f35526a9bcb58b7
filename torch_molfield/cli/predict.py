"""``molfield predict``: properties of molecules by a trained model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.data_help import SUFFIXES
from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.library_run import SECONDS, LibraryOptions, run_library
from torch_molfield.cli.option_groups import with_options
from torch_molfield.cli.output import SOME_FAILED, Overwrite, output_file, working
from torch_molfield.cli.predicted import WRITERS, Predicted, check_ending, csv_table
from torch_molfield.cli.sentences import in_shell
from torch_molfield.cli.total_charge import prepare_charges

if TYPE_CHECKING:
    from torch_molfield.data import Entry
    from torch_molfield.data.properties import Output
    from torch_molfield.models.predictor import Predictor


#: options that problems of single molecules name
OPTIONS = {**SECONDS, "charge": "--charge"}


@with_options(LibraryOptions)
def predict(
    molecules: Annotated[list[str], typer.Argument(help=f"{SUFFIXES} files, or SMILES.")],
    model: Annotated[
        str, typer.Option(help="A folder that training wrote, or a shipped name such as qm9-properties.")
    ] = "organic-properties",
    out: Annotated[
        Path | None,
        typer.Option(
            help="In place of the terminal a .csv or .parquet file for the table, with --charges a .mol2 file of "
            "the molecules, or a folder for shards."
        ),
    ] = None,
    keep_water: KeepWater = False,
    forces: Annotated[
        bool, typer.Option("--forces", help="Also write forces on the atoms: x, y and z of each atom in turn.")
    ] = False,
    charges: Annotated[
        bool, typer.Option("--charges", help="Also write partial charges, one number per atom.")
    ] = False,
    charge: Annotated[
        int | None,
        typer.Option(
            help="Charge of every molecule, e, for models such as organic-density; by default that of the SMILES or "
            "file, else 0.",
            show_default=False,
        ),
    ] = None,
    overwrite: Overwrite = False,
    device: Device = "cpu",
    *,
    options: LibraryOptions,
) -> None:
    """Predict properties of molecules: a table with one line per molecule or frame, or the reason why it failed.

    Values of a vector, a tensor or of the atoms are in one column, separated by spaces. Models that do not take a
    charge take molecules as neutral.

    With a folder as --out, the values of a library are written to files of --shard-size molecules each (shards), and
    failed.csv lists those that failed; run again, the command continues where it stopped. With --part the jobs of an
    array share one folder.
    """
    asked = [name for name, wanted in (("forces", forces), ("charges", charges)) if wanted]
    if out is not None and out.suffix == "":
        if overwrite:
            raise ValueError("--overwrite is for a file; a folder is continued, so choose another one to start again.")
        if charge is not None:
            raise ValueError(
                "--charge is only for a single table; in shards each molecule has the charge of its SMILES or file."
            )
        _predict_library(molecules, model, out, asked, keep_water, device, options)
        return
    options.require_unused()
    if out is not None:
        output_file(out, tuple(WRITERS), overwrite, molecules)
        check_ending(out, asked)
    from torch_molfield.data.paths import with_path
    from torch_molfield.data.words import counted
    from torch_molfield.evaluation.prediction import predict_molecules

    network = load_predictor(model).to(device)
    outputs = chosen_outputs(model, network, asked)
    refused: dict[str, Exception] = {}
    with working("Predicting"):
        read = [
            (name, entry) for name in molecules for entry in _entries(name, keep_water, options.max_seconds, refused)
        ]
        prepare_charges(model, network, read, charge)
        read = [(name, checked(entry, network)) for name, entry in read]
        if len(refused) == len(molecules):
            raise refused[molecules[0]]
        good = [entry.data for _, entry in read if entry.data is not None]
        if not good:
            name, first = read[0]
            raise ValueError(with_path(name, f"molecule {first.number}", first.problem))
        problems: dict[int, str] = {}
        values = predict_molecules(network, good, [output.name for output in outputs], problems)
    if len(problems) == len(good):
        name, first = next((name, entry) for name, entry in read if entry.data is not None)
        raise ValueError(with_path(name, f"molecule {first.number}", problems[0]))
    found = iter([(each, problems.get(k, "")) for k, each in enumerate(values)])
    rows = [
        Predicted(name, entry, *(({}, entry.problem) if entry.data is None else next(found))) for name, entry in read
    ]
    rows = [row._replace(problem=in_shell(row.problem, OPTIONS)) for row in rows]
    unwritten = {} if out is None else WRITERS[out.suffix.lower()](out, rows, outputs)
    failed = sum(bool(row.problem) for row in rows) + len(unwritten)
    if failed:
        typer.echo(
            f"molfield: {failed} of {counted(len(rows), 'molecule')} failed; {_reasons(rows, unwritten, out)}.",
            err=True,
        )
    for problem in refused.values():
        typer.echo(f"molfield: {in_shell(str(problem), OPTIONS)}", err=True)
    if out is None:
        typer.echo(csv_table(rows, outputs), nl=False)
    else:
        typer.echo(f"wrote   {out} ({counted(len(rows) - failed, 'molecule')})")
    if failed:
        raise typer.Exit(SOME_FAILED)


def _reasons(rows: Sequence[Predicted], unwritten: dict[int, str], out: Path | None) -> str:
    """Where it is told why molecules failed: a mol2 file has no place for it, so the first reason is told here."""
    if out is None or out.suffix.lower() != ".mol2":
        return "see the column problem"
    place, problem = next(
        (k, row.problem or unwritten.get(k, "")) for k, row in enumerate(rows) if row.problem or k in unwritten
    )
    return f"first {rows[place].argument}, molecule {rows[place].entry.number}: {problem.rstrip('.')}"


def _predict_library(
    molecules: Sequence[str],
    model: str,
    out: Path,
    asked: Sequence[str],
    keep_water: bool,
    device: str,
    options: LibraryOptions,
) -> None:
    """Shards of values in a folder."""
    from torch_molfield.data import iterate_library
    from torch_molfield.encode.identity import model_identity
    from torch_molfield.encode.predictions import PredictionEncoder

    if len(molecules) != 1:
        raise ValueError(f"{out} has no ending; give a .csv file for a table of several files, or one file.")
    iterate_library(molecules[0])  # complains of the file before anything is written
    network = load_predictor(model).to(device)
    outputs = chosen_outputs(model, network, asked)
    settings = {
        "model": model,
        "weights": model_identity(model),
        "units": {output.name: output.unit for output in outputs},
        "waters": keep_water,
    }
    encoder = PredictionEncoder(network, outputs)
    failed = run_library(
        Path(molecules[0]), encoder, out, settings, options, device, "predicted", keep_water=keep_water
    )
    if failed:
        raise typer.Exit(SOME_FAILED)


def _entries(argument: str, keep_water: bool, max_seconds: float, refused: dict[str, Exception]) -> list[Entry]:
    """As :func:`entries_of`; an argument that is none is one entry with the problem, and an error in ``refused``."""
    from torch_molfield.data import Entry

    try:
        return entries_of(argument, keep_water, max_seconds)
    except (ValueError, OSError) as error:
        refused[argument] = error
        return [Entry(0, "", None, str(error))]


def load_predictor(model: str) -> Any:
    """A model that is a :class:`~torch_molfield.models.predictor.Predictor`, in eval mode.

    Raises:
        ValueError: for a model that predicts nothing.
    """
    from torch_molfield.models import load_model

    return load_model(model, "predict")


def chosen_outputs(model: str, network: Predictor, asked: Sequence[str]) -> list[Output]:
    """All outputs per molecule, and those per atom that were asked for.

    Raises:
        ValueError: for one that the model does not have, or if none is left.
    """
    per_atom = [output.name for output in network.outputs if output.per == "atom"]
    for name in asked:
        if name not in per_atom:
            remedy = f"per atom it predicts {', '.join(per_atom)}" if per_atom else "it predicts nothing per atom"
            raise ValueError(f"{model} predicts no {name}; {remedy}.")
    chosen = [output for output in network.outputs if output.per == "molecule" or output.name in asked]
    if not chosen:
        raise ValueError(
            f"{model} predicts only {', '.join(per_atom)}, per atom; ask with --{' or --'.join(per_atom)}."
        )
    return chosen


def entries_of(argument: str, keep_water: bool, max_seconds: float) -> list[Entry]:
    """The molecules of a file or a SMILES, by place; those that cannot be read with the reason.

    Raises:
        FileNotFoundError, ValueError: for no file, a damaged one or one without a molecule, or what is no SMILES.
    """
    from torch_molfield.data import Entry, iterate_library
    from torch_molfield.data.io import has_format
    from torch_molfield.data.io.read import read_molecule_argument

    if not has_format(argument):
        read = read_molecule_argument(argument, waters=keep_water, max_seconds=max_seconds)
        return [Entry(k, "", data) for k, data in enumerate(read)]
    entries = list(iterate_library(argument, waters=keep_water, max_seconds=max_seconds))
    if not entries:
        raise ValueError(f"{argument} holds no molecules; it is empty or truncated.")
    return entries


def checked(entry: Entry, network: Predictor) -> Entry:
    """The entry, with the reason in place of the molecule where the model cannot take it."""
    from torch_molfield.data.validation import problem_with
    from torch_molfield.models.predictor import problem_with_charge

    problem = entry.problem if entry.data is None else problem_with(network.check, entry.data)
    if entry.data is not None and not problem:
        problem = problem_with_charge(network, entry.data, float(entry.data.get("charge", 0.0)))
    return entry._replace(data=None, problem=problem) if problem else entry
