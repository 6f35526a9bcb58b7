"""``molfield predict``: properties of molecules by a trained model."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield.cli.device import Device
from torch_molfield.cli.keep_water import KeepWater
from torch_molfield.cli.output import output_file, working

if TYPE_CHECKING:
    from torch import Tensor

    from torch_molfield.data.library import Entry
    from torch_molfield.models import PropertyMolField, QuantumDeepField


def predict(
    molecules: Annotated[list[str], typer.Argument(help="Files (.xyz, .extxyz, .sdf, .smi, .pdb, .traj) or SMILES.")],
    model: Annotated[str, typer.Option(help="A folder that training wrote, or a shipped name such as qdf.")],
    out: Annotated[Path | None, typer.Option(help="A .csv file for the table, in place of the terminal.")] = None,
    keep_water: KeepWater = False,
    device: Device = "cpu",
) -> None:
    """Predict properties of molecules; one line a molecule or frame, with the problem where one cannot be taken."""
    if out is not None:
        output_file(out, (".csv",))
    network = load_predictor(model).to(device)
    with working("Predicting"):
        read = [(name, checked(entry, network)) for name in molecules for entry in entries_of(name, keep_water)]
        read, values = predicted(read, network)
    good = sum(entry.data is not None for _, entry in read)
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["molecule", "frame", "formula", *(f"{t.name} / {t.unit}" for t in network.targets), "problem"])
    found = zip(*(values[target.name].reshape(good, -1).tolist() for target in network.targets), strict=True)
    for name, entry in read:
        rows.writerow(_row(name, entry, found, len(network.targets)))
    failed = len(read) - good
    if failed:
        typer.echo(f"molfield: {failed} of {len(read)} molecules failed; see the column problem.", err=True)
    if out is None:
        typer.echo(table.getvalue(), nl=False)
        return
    from torch_molfield.surface.files import write_atomically

    write_atomically(out, table.getvalue().encode("utf-8"))
    typer.echo(f"wrote   {out} ({good} molecules)")


def entries_of(argument: str, keep_water: bool) -> list[Entry]:
    """The molecules of a file or a SMILES, by place; those that cannot be read with the reason.

    Raises:
        FileNotFoundError, ValueError: for no file, a damaged one or one without a molecule, or what is no SMILES.
    """
    from torch_molfield.data import read_molecule_argument
    from torch_molfield.data.library import READERS, Entry, iterate_library

    if Path(argument).suffix.lower() not in READERS:
        return [Entry(k, "", data) for k, data in enumerate(read_molecule_argument(argument, waters=keep_water))]
    entries = list(iterate_library(argument))
    if not entries:
        raise ValueError(f"{argument} holds no molecule; it is empty or truncated.")
    return entries


def checked(entry: Entry, network: PropertyMolField | QuantumDeepField) -> Entry:
    """The entry, with the reason in place of the molecule where the model cannot take it."""
    from torch_molfield.encode.encoders import problem_with

    problem = entry.problem if entry.data is None else problem_with(network.check, entry.data)
    return entry._replace(data=None, problem=problem) if problem else entry


def predicted(
    read: list[tuple[str, Entry]], network: PropertyMolField | QuantumDeepField
) -> tuple[list[tuple[str, Entry]], dict[str, Tensor]]:
    """The entries, with the reason where the model gives no values, and the values of the others by target.

    Raises:
        ValueError: if none is left.
    """
    from torch_molfield.data.finite import NotFiniteError
    from torch_molfield.evaluation.properties import predict_properties
    from torch_molfield.geometry.packed import PackedMolecules

    while True:
        places = [place for place, (_, entry) in enumerate(read) if entry.data is not None]
        if not places:
            name, first = read[0]
            raise ValueError(f"{name}, molecule {first.number}: {first.problem}")
        good = [entry.data for _, entry in read if entry.data is not None]
        try:
            return read, predict_properties(network, PackedMolecules(good))
        except NotFiniteError as error:
            read = list(read)
            for number, problem in error.problems.items():
                name, entry = read[places[number]]
                read[places[number]] = name, entry._replace(data=None, problem=problem)


def _row(name: str, entry: Entry, found: Iterator[tuple[list[float], ...]], targets: int) -> list[object]:
    """A line of the table; the values of those that were predicted come in order."""
    from torch_molfield.cli.info import formula

    if entry.data is None:
        return [name, entry.number, "", *[""] * targets, entry.problem]
    cells = (" ".join(f"{value:.6g}" for value in values) for values in next(found))
    return [name, entry.number, formula(entry.data), *cells, ""]


def load_predictor(model: str) -> PropertyMolField | QuantumDeepField:
    """A model of properties, in eval mode.

    Raises:
        ValueError: for a model that predicts something else.
    """
    from torch_molfield.models import PropertyMolField, QuantumDeepField, load_model

    network = load_model(model)
    if not isinstance(network, PropertyMolField | QuantumDeepField):
        raise ValueError(f"{model} is a {type(network).__name__}, which predicts no properties; choose another model.")
    return network
