"""A model of electron densities on molecules that it has not seen, beside free atoms and the fit of its basis.

    molfield train electron-density electron-densities --root datasets/electron_density --max-minutes 600 \
        --out runs/density
    OMP_NUM_THREADS=1 python benchmarks/electron_densities.py --model runs/density --data ../shared/data

Test molecules are in DATA/electron_density/test, one a file (:func:`read_reference`): PBE0/def2-SVP, exact density at
20 000 points of a Becke grid, exact potential on the van der Waals surface and 1.4 Å outside of it. Small molecules
have at most 8 heavy atoms, as those of training. Free atoms are the density without learning; of ions they lack the
charge.
"fit" is the best that the basis holds. Writes OUT/electron_densities.json.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from shipped import shipped_weights

from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.evaluation.electron_densities import DensityReference, density_scores, read_reference
from torch_molfield.models import ElectronDensityMolField
from torch_molfield.nn.gaussians import AtomCenteredDensity

#: heavy atoms of the largest molecule that is small
SMALL = 8
SCORES = ("nmae", "deformation", "dipole", "potential vdw + 1.4", "potential vdw")
HEADINGS = ("NMAE %", "deformation %", "dipole D", "V vdw+1.4", "V vdw")


def free_atoms(reference: DensityReference) -> AtomCenteredDensity:
    """Without learning."""
    return AtomCenteredDensity(reference.z, reference.pos)


def fit(reference: DensityReference) -> AtomCenteredDensity:
    """The exact density in the basis, as it was fitted."""
    return AtomCenteredDensity.from_coefficients(reference.z, reference.pos, reference.fitted)


def predicted(model: ElectronDensityMolField) -> Callable[[DensityReference], AtomCenteredDensity]:
    """What the model makes of a molecule, in single precision."""

    def predict(reference: DensityReference) -> AtomCenteredDensity:
        with torch.no_grad():
            return model(reference.z, reference.pos.float(), charge=torch.tensor([reference.charge]))

    return predict


def group(reference: DensityReference) -> str:
    """Small or drug-like, neutral or charged."""
    heavy = int((reference.z > 1).sum())
    return f"{'small' if heavy <= SMALL else 'drug-like'} {'ions' if reference.charge else 'neutral'}"


def score(
    references: Sequence[DensityReference], make: Callable[[DensityReference], AtomCenteredDensity]
) -> list[dict]:
    """A row a molecule, with the seconds of its density and dipole."""
    rows = []
    for reference in references:
        start = time.perf_counter()
        function = make(reference)
        seconds = time.perf_counter() - start
        scores = density_scores(function, reference)
        rows.append({"smiles": reference.name, "group": group(reference), "seconds": seconds, **scores})
    return rows


def means(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """By group, and of all."""
    found = {}
    for name in [*sorted({row["group"] for row in rows}), "all"]:
        mine = [row for row in rows if name in (row["group"], "all")]
        found[name] = {key: sum(row[key] for row in mine) / len(mine) for key in SCORES} | {"count": len(mine)}
    return found


def table(results: dict[str, list[dict[str, Any]]]) -> str:
    """Means as text."""
    lines = [f"{'group':<20}{'density':<12}{'count':>6}" + "".join(f"{heading:>15}" for heading in HEADINGS)]
    found = {name: means(rows) for name, rows in results.items()}
    for part in next(iter(found.values())):
        for name, groups in found.items():
            values = [groups[part][key] * (100 if key in SCORES[:2] else 1) for key in SCORES]
            lines.append(f"{part:<20}{name:<12}{groups[part]['count']:>6}" + "".join(f"{v:>15.3f}" for v in values))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="Folder of a training, or the name of a shipped model.")
    parser.add_argument("--data", type=Path, required=True, help="Folder of the public data sets.")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    given = parser.parse_args()
    paths = sorted((given.data / "electron_density" / "test").glob("*.npz"))
    references = [read_reference(path) for path in paths]
    if not references:
        raise SystemExit(f"There is no test molecule in {given.data / 'electron_density' / 'test'}.")
    model = ElectronDensityMolField.from_pretrained(given.model)
    known = [
        each
        for each in references
        if model.config["elements"] is None or set(each.z.tolist()) <= set(model.config["elements"])
    ]
    for each in references:
        if each not in known:
            print(f"left out {each.name}, which has elements that the model was not trained on")
    makers = {"free atoms": free_atoms, "fit": fit, "predicted": predicted(model)}
    results = {name: score(known, make) for name, make in makers.items()}
    print(table(results))
    facts = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "torch": torch.__version__,
        **shipped_weights(given.model),
    }
    given.out.mkdir(parents=True, exist_ok=True)
    with atomic_file(given.out / "electron_densities.json") as part:
        content = {**facts, "means": {name: means(rows) for name, rows in results.items()}, "molecules": results}
        part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
