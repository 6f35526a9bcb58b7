"""Evaluation of generated densities and of predicted properties: a table and metrics.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import typer
from rich.console import Console
from rich.progress import Progress
from torch_geometric.data import Data

from torch_molfield.cli.predict import load_predictor
from torch_molfield.cli.unseen import Unseen, by_name, labelled_unseen
from torch_molfield.data.properties import target_values
from torch_molfield.encode.encoders import problem_with
from torch_molfield.evaluation.properties import predict_references
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import EnergyMolField, MolField, PropertyMolField, QuantumDeepField
from torch_molfield.surface.files import write_atomically
from torch_molfield.training import (
    DensityTraining,
    density_psnr,
    evaluate_densities,
    force_errors,
    mean_errors,
    predict_forces,
    predict_properties,
)
from torch_molfield.training.tasks.density import density_field
from torch_molfield.training.tasks.forces import pack_labelled
from torch_molfield.viz.figures import save_figure
from torch_molfield.viz.parity import Predictions, parity_figure

#: a Gaussian or an occupancy is 1 at its atom; shapes and atoms are where it is above this
LEVEL = 0.5


def score_densities(model: str, settings: dict[str, Any], parts: Sequence[Unseen], out: Path) -> None:
    """PSNR of each part; of densities with a channel an element also IoU and the share of molecules whose atoms are
    the maxima."""
    network = MolField.from_pretrained(model)
    elements = network.config["elements"]
    training = DensityTraining.from_dict(settings)
    exact = density_field(training, elements)
    rows = []
    with Progress(console=Console(stderr=True)) as bar:
        line = bar.add_task("Evaluating", total=len(parts))
        for part in parts:
            row: dict[str, Any] = {"name": part.name, "unseen": part.kind, "count": len(part.molecules)}
            row["psnr"] = float(density_psnr(network, exact, part.molecules).mean())
            if training.density != "promolecular":
                found = list(evaluate_densities(network, exact, part.molecules, elements, LEVEL))
                row["iou"] = sum(each.iou for each in found) / len(found)
                row["maxima_found"] = sum(each.maxima_found for each in found) / len(found)
                row["atoms_found"] = sum(each.atoms_found for each in found) / len(found)
            rows.append(row)
            bar.advance(line)
    typer.echo(f"{'molecule':<20}{'unseen':<18}{'PSNR dB':>10}{'IoU':>10}{'atoms found':>14}")
    for row in rows:
        shape = f"{row['iou']:>10.4f}{100 * row['atoms_found']:>12.1f} %" if "iou" in row else ""
        typer.echo(f"{row['name']:<20}{str(row['count']) + ' ' + row['unseen']:<18}{row['psnr']:>10.2f}{shape}")
    _write(out, {"model": model, "density": repr(exact), "molecules": rows})


def score_properties(model: str, names: Sequence[str], root: Path | None, count: int, out: Path) -> None:
    """Mean absolute error of each target beside that of the references alone, and predicted against true values."""
    network = load_predictor(model)
    rows: list[dict[str, Any]] = []
    sets = []
    for name in names:
        molecules = labelled_unseen(name, root, count, network.targets)
        _require_known(network, name, molecules)
        packed = PackedMolecules(molecules)
        packed.rows = target_values(molecules, network.targets)
        predicted = predict_properties(network, packed)
        errors = mean_errors(predicted, packed.rows)
        said = predict_references(network, packed)
        alone = None if said is None else mean_errors(said, packed.rows)
        for target in network.targets:
            figures = {"error": errors[target.name], "references_alone": alone and alone[target.name]}
            rows.append({"name": name, "target": target.name, "unit": target.unit, "count": len(molecules)} | figures)
        sets.append(Predictions(name, packed.rows, predicted))
    typer.echo(f"{'molecules':<20}{'target':<18}{'error':>12}{'references':>14}  unit")
    for row in rows:
        references = "none" if row["references_alone"] is None else f"{row['references_alone']:.4g}"
        shown = f"{row['error']:>12.4g}{references:>14}"
        typer.echo(f"{str(row['count']) + ' ' + row['name']:<20}{row['target']:<18}{shown}  {row['unit']}")
    units = {target.name: target.unit for target in network.targets}
    save_figure(parity_figure(units, sets), out / "predictions.png")
    _write(out, {"model": model, "targets": rows})


def _require_known(network: PropertyMolField | QuantumDeepField, name: str, molecules: Sequence[Data]) -> None:
    """``ValueError`` that names the first molecule that the model cannot take by its place."""
    for k in range(len(molecules)):
        if problem := problem_with(network.check, molecules[k]):
            raise ValueError(f"{name}, molecule {int(molecules[k].get('place', k))}: {problem}")


def score_forces(model: str, names: Sequence[str], root: Path | None, count: int, out: Path) -> None:
    """Mean absolute errors of energies and components of forces, of charges and dipoles where the model has them."""
    network = EnergyMolField.from_pretrained(model)
    rows: list[dict[str, Any]] = []
    for name in names:
        for part, molecules in by_name(labelled_unseen(name, root, count)).items():
            packed = pack_labelled(molecules, network.charges is not None)
            errors = force_errors(predict_forces(network, packed), packed)
            rows.append({"name": part or name, "count": len(molecules), **errors})
    shown = {"energy": "energy meV", "forces": "forces meV/Å", "charges": "charges me", "dipole": "dipole me Å"}
    shown = {key: label for key, label in shown.items() if key in rows[0]}
    typer.echo(f"{'molecules':<30}" + "".join(f"{label:>14}" for label in shown.values()))
    for row in rows:
        figures = "".join(f"{1000 * row[key]:>14.2f}" for key in shown)
        typer.echo(f"{str(row['count']) + ' ' + row['name']:<30}{figures}")
    _write(out, {"model": model, "units": "eV, eV/Å, e, e Å", "molecules": rows})


def _write(out: Path, metrics: dict[str, Any]) -> None:
    text = json.dumps({**metrics, "torch": torch.__version__}, indent=2) + "\n"
    write_atomically(out / "metrics.json", text.encode("utf-8"))
    typer.echo(f"wrote   {out / 'metrics.json'}")
