"""Properties by GFN2-xTB of organic molecules whose scaffolds are not in the training: errors, score, cost.

    python benchmarks/organic_properties.py --properties OUT --out docs/results/organic_properties.json

OUT has the shards of ``make_organic_properties.py``. Errors are means over the test split, of neutral molecules and of
ions, beside those of the references alone (elements, mean, charge). ``domain``: the error of four parts of equal size
by the score of the molecule, and its rank correlation with the error. ``speed``: CPU milliseconds of one molecule, and
of each of 64 together, beside the three GFN2-xTB calculations (gas, water, octanol) that give the same values.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from once import write_result
from scipy.stats import spearmanr
from torch import Tensor

from torch_molfield.data import OrganicProperties
from torch_molfield.data.properties import target_values
from torch_molfield.evaluation.properties import magnitude, predict_properties, predict_references
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import PropertyMolField

PARTS = 4


def errors(model: PropertyMolField, packed: PackedMolecules, true: dict[str, Tensor]) -> tuple[dict, dict, Tensor]:
    """Errors ``[M]`` of the model and of its references by target, and the scores of the molecules."""
    predicted, alone = predict_properties(model, packed), predict_references(model, packed)
    assert alone is not None
    found = {name: magnitude(predicted[name] - rows) for name, rows in true.items()}
    return found, {name: magnitude(alone[name] - rows) for name, rows in true.items()}, predicted["domain"]


def means(found: dict[str, Tensor], baseline: dict[str, Tensor], chosen: Tensor) -> dict[str, Any]:
    """Mean errors of some molecules by target."""
    rows = {
        name: {"error": float(each[chosen].mean()), "references_alone": float(baseline[name][chosen].mean())}
        for name, each in found.items()
    }
    return {"molecules": int(chosen.sum()), **rows}


def by_score(found: dict[str, Tensor], score: Tensor) -> dict[str, Any]:
    """Mean errors of the quarters of the molecules from the most usual to the least, and rank correlations."""
    order = torch.argsort(score, descending=True, stable=True).tensor_split(PARTS)
    result: dict[str, Any] = {"lowest_score": [float(score[part].min()) for part in order]}
    for name, each in found.items():
        rank = float(spearmanr(-score.numpy(), each.numpy()).statistic)
        result[name] = {"error": [float(each[part].mean()) for part in order], "spearman": rank}
    return result


def speed(model: PropertyMolField, molecules: Any) -> dict[str, Any]:
    """CPU milliseconds for a molecule of about 40 atoms."""
    from conformers.labels import GFN2
    from conformers.properties import solvation

    data = min(molecules, key=lambda each: abs(len(each.z) - 40))
    z, pos, charge = data.z, data.pos, data.charge
    count = 64
    many = (z.repeat(count), pos.repeat(count, 1), torch.arange(count).repeat_interleave(len(z)))
    level = GFN2(z.numpy(), int(charge))

    def by_gfn2() -> None:
        level(pos.double().numpy())
        solvation(level, pos.double().numpy())

    with torch.no_grad():
        one = _milliseconds(lambda: model.predict(z, pos, charge=charge), 20)
        batch = _milliseconds(lambda: model.predict(*many, charge=charge.repeat(count)), 3) / count
    return {"atoms": len(z), "one": one, "each of 64": batch, "GFN2-xTB": _milliseconds(by_gfn2, 3)}


def _milliseconds(run: Callable[[], Any], repeats: int) -> float:
    times = []
    run()
    for _ in range(repeats):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return 1000 * float(np.median(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--properties", type=Path, required=True, help="folder of the shards")
    parser.add_argument("--model", default="organic-properties")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = PropertyMolField.from_pretrained(options.model)
    molecules = OrganicProperties(options.properties, "test")
    packed, true = PackedMolecules(molecules, ["charge"]), target_values(molecules, model.targets)
    packed.rows |= true
    found, baseline, score = errors(model, packed, true)
    neutral = packed.rows["charge"] == 0
    result: dict[str, Any] = {
        "units": {target.name: target.unit for target in model.targets},
        "training_molecules": len(OrganicProperties(options.properties, "train")),
        "all": means(found, baseline, torch.ones_like(neutral)),
        "neutral": means(found, baseline, neutral),
        "ions": means(found, baseline, ~neutral),
        "domain": by_score(found, score),
        "speed": speed(model, molecules),
    }
    for name, part in result.items():
        print(name, part, flush=True)
    write_result(options.out, options, result, [options.model])


if __name__ == "__main__":
    main()
