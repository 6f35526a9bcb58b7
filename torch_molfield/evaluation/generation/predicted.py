"""Predicted properties of generated molecules, with the error that the model has on held-out molecules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from torch_geometric.data import Data

from torch_molfield.evaluation.prediction import predict_molecules
from torch_molfield.evaluation.result import METRICS
from torch_molfield.models.predictor import Predictor


def predicted_tags(predictor: Predictor, molecules: Sequence[Data], errors: dict[str, float]) -> list[dict[str, str]]:
    """For every molecule texts by ``"predicted NAME / UNIT"``, as ``"5.02 ± 0.08"`` where an error is known; of a
    molecule that the model cannot take the reason as ``"not predicted"``.

    Args:
        predictor: in eval mode; its numbers per molecule are told.
        molecules: with ``z [N]`` and ``pos [N, 3]`` Å.
        errors: mean absolute errors by name, see :func:`held_out_errors`.
    """
    outputs = [output for output in predictor.outputs if output.per == "molecule"]
    problems: dict[int, str] = {}
    values = predict_molecules(predictor, molecules, [output.name for output in outputs], problems)
    found = []
    for number, row in enumerate(values):
        if number in problems:
            found.append({"not predicted": problems[number]})
            continue
        tags = {}
        for output in outputs:
            text = " ".join(f"{value:.6g}" for value in row[output.name].flatten().tolist())
            error = errors.get(output.name)
            tags[f"predicted {output.label}"] = text if error is None else f"{text} ± {error:.2g}"
        found.append(tags)
    return found


def held_out_errors(folder: Path) -> dict[str, float]:
    """Mean absolute errors by target that ``molfield evaluate`` found of a model, if its folder has them."""
    file = folder / METRICS
    if not file.is_file():
        return {}
    rows = json.loads(file.read_text(encoding="utf-8")).get("targets", [])
    return {row["target"]: float(row["error"]) for row in rows}
