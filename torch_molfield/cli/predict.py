"""``molfield predict``: properties of molecules by a trained model."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torch_molfield.cli.output import output_file, working

if TYPE_CHECKING:
    from torch_molfield.training.property_evaluation import Predictor


def predict(
    molecules: Annotated[list[str], typer.Argument(help="Files (.xyz, .extxyz, .sdf, .pdb, .traj) or SMILES.")],
    model: Annotated[str, typer.Option(help="A folder that training wrote, or a shipped name such as qdf.")],
    out: Annotated[Path | None, typer.Option(help="A .csv file for the table, in place of the terminal.")] = None,
) -> None:
    """Predict properties of molecules; one line a molecule or frame."""
    if out is not None:
        output_file(out, (".csv",))
    from torch_molfield.cli.info import formula
    from torch_molfield.data import read_molecule_argument
    from torch_molfield.surface.files import write_atomically
    from torch_molfield.training.packed import PackedMolecules
    from torch_molfield.training.property_evaluation import predict_properties

    network = load_predictor(model)
    read = [(name, k, data) for name in molecules for k, data in enumerate(read_molecule_argument(name))]
    with working("Predicting"):
        values = predict_properties(network, PackedMolecules([data for _, _, data in read]))
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["molecule", "frame", "formula", *(f"{t.name} / {t.unit}" for t in network.targets)])
    for row, (name, frame, data) in enumerate(read):
        found = (values[target.name][row].reshape(-1).tolist() for target in network.targets)
        rows.writerow([name, frame, formula(data), *(" ".join(f"{value:.6g}" for value in each) for each in found)])
    if out is None:
        typer.echo(table.getvalue(), nl=False)
        return
    write_atomically(out, table.getvalue().encode("utf-8"))
    typer.echo(f"wrote   {out} ({len(read)} molecules)")


def load_predictor(model: str) -> Predictor:
    """A model of properties, in eval mode.

    Raises:
        ValueError: for a model that predicts something else.
    """
    from torch_molfield.models import PropertyMolField, QuantumDeepField, load_model

    network = load_model(model)
    if not isinstance(network, PropertyMolField | QuantumDeepField):
        raise ValueError(f"{model} is a {type(network).__name__}, which predicts no properties; choose another model.")
    return network
