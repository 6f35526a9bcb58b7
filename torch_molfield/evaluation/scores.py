"""Evaluations of densities, properties and forces on test molecules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from torch_molfield.data.datasets.held_out import TestData
from torch_molfield.data.datasets.named import by_name
from torch_molfield.data.electrons import charge_or_zero
from torch_molfield.data.properties import target_values
from torch_molfield.evaluation.densities import density_psnr, evaluate_densities
from torch_molfield.evaluation.forces import force_errors, pack_labelled, predict_forces
from torch_molfield.evaluation.properties import mean_errors, predict_properties, predict_references
from torch_molfield.evaluation.result import Column, Evaluation
from torch_molfield.fields.base import Field
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import MolField

#: a Gaussian or an occupancy is 1 at its atom; shapes and atoms are where it is above this
LEVEL = 0.5
MOLECULE, COUNT = Column("name", "molecule"), Column("count", "count")


def score_densities(model: MolField, exact: Field, shapes: bool, data: TestData) -> Evaluation:
    """PSNR of each part; with ``shapes``, for densities with a channel per element, also IoU and the fraction of
    molecules whose atoms are the maxima."""
    elements = model.config["elements"]
    rows = []
    for part in data.parts():
        row: dict[str, Any] = {"name": part.name, "unseen": part.kind, "count": len(part.molecules)}
        row["psnr"] = float(density_psnr(model, exact, part.molecules).mean())
        if shapes:
            found = list(evaluate_densities(model, exact, part.molecules, elements, LEVEL))
            for name in ("iou", "maxima_found", "atoms_found"):
                row[name] = sum(getattr(each, name) for each in found) / len(found)
        rows.append(row)
    columns = [MOLECULE, Column("unseen", "held-out"), COUNT, Column("psnr", "PSNR dB", ".2f")]
    shown = [Column("iou", "IoU", ".4f"), Column("atoms_found", "atoms found %", ".1f", 100.0)] if shapes else []
    return Evaluation(rows, columns + shown, {"density": repr(exact)})


def score_properties(model: Any, data: TestData) -> Evaluation:
    """Mean absolute error of each target beside that of the references alone, and predicted against true values.

    The charge of a molecule is that of its attribute, file or SMILES, else 0.
    """
    rows: list[dict[str, Any]] = []
    sets = []
    for name, molecules in data.labelled(model.targets).items():
        packed = PackedMolecules(molecules)
        packed.rows["charge"] = torch.tensor([charge_or_zero(molecules[k]) for k in range(len(molecules))])
        true = target_values(molecules, model.targets)
        packed.rows |= true
        predicted, baseline = predict_properties(model, packed), predict_references(model, packed)
        errors = mean_errors(predicted, true)
        alone = None if baseline is None else mean_errors(baseline, true)
        for target in model.targets:
            errors_of = {"error": errors[target.name], "references_alone": alone and alone[target.name]}
            rows.append({"name": name, "target": target.name, "unit": target.unit, "count": len(molecules)} | errors_of)
        sets.append((name, true, {key: predicted[key] for key in true}))
    columns = [
        Column("name", "molecules"),
        COUNT,
        Column("target", "target"),
        Column("error", "error"),
        Column("references_alone", "references alone"),
        Column("unit", "unit"),
    ]
    units = {target.name: target.unit for target in model.targets}
    return Evaluation(rows, columns, rows_name="targets", writers=[partial(_draw_parity, units, sets)])


def score_forces(model: Any, data: TestData) -> Evaluation:
    """Mean absolute errors of energies and components of forces, of charges and dipoles where the model has them."""
    rows: list[dict[str, Any]] = []
    for name, molecules in data.labelled().items():
        for part, chosen in by_name(molecules).items():
            packed = pack_labelled(chosen, model.charges is not None)
            errors = force_errors(predict_forces(model, packed), packed)
            rows.append({"name": part or name, "count": len(chosen), **errors})
    headings = {"energy": "energy meV", "forces": "forces meV/Å", "charges": "charges me", "dipole": "dipole me Å"}
    shown = [Column(key, heading, ".2f", 1000.0) for key, heading in headings.items() if key in rows[0]]
    return Evaluation(rows, [MOLECULE, COUNT, *shown], {"units": "eV, eV/Å, e, e Å"})


def _draw_parity(
    units: dict[str, str],
    sets: Sequence[tuple[str, dict[str, torch.Tensor], dict[str, torch.Tensor]]],
    folder: Path,
) -> None:
    from torch_molfield.viz.figures import save_figure
    from torch_molfield.viz.parity import Predictions, parity_figure

    save_figure(parity_figure(units, [Predictions(*each) for each in sets]), folder / "predictions.png")
