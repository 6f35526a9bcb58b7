"""``molfield predict``: properties of molecules by a trained model."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torch_molfield.cli.data_help import SUFFIXES
from torch_molfield.cli.device import Device
from torch_molfield.cli.electrons import electrons_of
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.output import output_file, working

if TYPE_CHECKING:
    from torch import Tensor

    from torch_molfield.data import Entry
    from torch_molfield.data.properties import Output
    from torch_molfield.models.predictor import Predictor

#: exit code where an argument is no molecule and the others are predicted
BAD_ARGUMENT = 2


def predict(
    molecules: Annotated[list[str], typer.Argument(help=f"{SUFFIXES} files, or SMILES.")],
    model: Annotated[str, typer.Option(help="A folder that training wrote, or a shipped name such as qdf.")],
    out: Annotated[Path | None, typer.Option(help="A .csv file for the table, in place of the terminal.")] = None,
    keep_water: KeepWater = False,
    forces: Annotated[
        bool, typer.Option("--forces", help="Also forces on the atoms: x, y and z of each atom in turn.")
    ] = False,
    charges: Annotated[bool, typer.Option("--charges", help="Also partial charges, one number per atom.")] = False,
    device: Device = "cpu",
) -> None:
    """Predict properties of molecules: a table with a line per molecule or frame, or the reason why there is none.

    Values of a vector, a tensor or of the atoms are in one column, separated by spaces. Molecules are taken as neutral.
    """
    if out is not None:
        output_file(out, (".csv",))
    from torch_molfield.data.io.atomic import write_atomically
    from torch_molfield.data.paths import with_path
    from torch_molfield.data.words import counted
    from torch_molfield.evaluation.prediction import predict_molecules

    network = load_predictor(model).to(device)
    asked = [name for name, wanted in (("forces", forces), ("charges", charges)) if wanted]
    outputs = chosen_outputs(model, network, asked)
    refused: dict[str, Exception] = {}
    with working("Predicting"):
        read = [(name, checked(entry, network)) for name in molecules for entry in _entries(name, keep_water, refused)]
        if len(refused) == len(molecules):
            raise refused[molecules[0]]
        good = [entry.data for _, entry in read if entry.data is not None]
        if not good:
            name, first = read[0]
            raise ValueError(with_path(name, f"molecule {first.number}", first.problem))
        _warn_of_electrons(read)
        problems: dict[int, str] = {}
        values = predict_molecules(network, good, [output.name for output in outputs], problems)
    if len(problems) == len(good):
        name, first = next((name, entry) for name, entry in read if entry.data is not None)
        raise ValueError(with_path(name, f"molecule {first.number}", problems[0]))
    found = ((each, problems.get(k, "")) for k, each in enumerate(values))
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["molecule", "frame", "formula", *(output.label for output in outputs), "problem"])
    lines = [
        _row(name, entry, outputs, *(({}, entry.problem) if entry.data is None else next(found)))
        for name, entry in read
    ]
    rows.writerows(lines)
    failed = sum(bool(line[-1]) for line in lines)
    if failed:
        typer.echo(f"molfield: {failed} of {counted(len(read), 'molecule')} failed; see the column problem.", err=True)
    for problem in refused.values():
        typer.echo(f"molfield: {problem}", err=True)
    if out is None:
        typer.echo(table.getvalue(), nl=False)
    else:
        write_atomically(out, table.getvalue().encode("utf-8"))
        typer.echo(f"wrote   {out} ({counted(len(read) - failed, 'molecule')})")
    if refused:
        raise typer.Exit(BAD_ARGUMENT)


def _entries(argument: str, keep_water: bool, refused: dict[str, Exception]) -> list[Entry]:
    """As :func:`entries_of`; an argument that is none is one entry with the problem, and an error in ``refused``."""
    from torch_molfield.data import Entry

    try:
        return entries_of(argument, keep_water)
    except (ValueError, OSError) as error:
        refused[argument] = error
        return [Entry(0, "", None, str(error))]


def _warn_of_electrons(read: Sequence[tuple[str, Entry]]) -> None:
    """Warn of molecules that are not what all models take them for, neutral and closed-shell, by their SMILES."""
    found = [
        (f"{name}, molecule {entry.number}", electrons)
        for name, entry in read
        if entry.data is not None and "smiles" in entry.data and (electrons := electrons_of(entry.data.smiles))
    ]
    if found:
        place, electrons = found[0]
        what = f"charge {electrons.get('charge', 0):g} and multiplicity {electrons.get('spin', 1)}"
        others = f", and {len(found) - 1} more such molecules" if len(found) > 1 else ""
        warnings.warn(f"{place} has {what}{others}; predicted as neutral and closed-shell.", stacklevel=2)


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


def entries_of(argument: str, keep_water: bool) -> list[Entry]:
    """The molecules of a file or a SMILES, by place; those that cannot be read with the reason.

    Raises:
        FileNotFoundError, ValueError: for no file, a damaged one or one without a molecule, or what is no SMILES.
    """
    from torch_molfield.data import Entry, iterate_library, read_molecule_argument
    from torch_molfield.data.io import has_format

    if not has_format(argument):
        return [Entry(k, "", data) for k, data in enumerate(read_molecule_argument(argument, waters=keep_water))]
    entries = list(iterate_library(argument, waters=keep_water))
    if not entries:
        raise ValueError(f"{argument} holds no molecule; it is empty or truncated.")
    return entries


def checked(entry: Entry, network: Predictor) -> Entry:
    """The entry, with the reason in place of the molecule where the model cannot take it."""
    from torch_molfield.data.validation import problem_with

    problem = entry.problem if entry.data is None else problem_with(network.check, entry.data)
    return entry._replace(data=None, problem=problem) if problem else entry


def _row(name: str, entry: Entry, outputs: Sequence[Output], found: dict[str, Tensor], problem: str) -> list[object]:
    """A line of the table."""
    from torch_molfield.cli.info import formula

    shown = "" if entry.data is None else formula(entry.data)
    if problem:
        return [name, entry.number, shown, *[""] * len(outputs), problem]
    values = [found[output.name].flatten().tolist() for output in outputs]
    return [name, entry.number, shown, *(" ".join(f"{v:.9g}" for v in row) for row in values), ""]
