"""How good the molecules of a generator are, by schedule of the sampler and by seed.

    python benchmarks/generation.py --data ../shared/data --samples 10000 --seeds 3 --out docs/results/generation.json

Given is the number of atoms alone, drawn from the histogram of the training part. Nothing is rejected after there are
positions; the rows "repairs" finish some molecules again (``Schedule.max_repairs``). Every row is written when it is
done, and a run that is started again continues behind the last one. ``--protocols edm openbabel --relaxation gfn2
--measures posebusters`` need their packages and some seconds per molecule. The ceiling, QM9's own test molecules, is in
``generation_metrics.py``.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch
from once import continued
from shipped import shipped_weights

from torch_molfield.data import QM9
from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.evaluation.generation import evaluate_molecules
from torch_molfield.evaluation.generation.filters import known_smiles
from torch_molfield.evaluation.generation.protocols import find_protocols
from torch_molfield.evaluation.generation.records import make_record
from torch_molfield.models import MoleculeGenerator
from torch_molfield.nn.generative.sampler import Schedule

SCHEDULES = {
    "flow alone": Schedule(renoise_after=1.0, max_repairs=0),
    "fresh noise, 50 steps": Schedule(num_steps=50),
    "fresh noise": Schedule(),
    "fresh noise, 50 steps, 3 repairs": Schedule(num_steps=50, max_repairs=3),
    "fresh noise, 3 repairs": Schedule(max_repairs=3),
}


(EDM,) = find_protocols(["edm"]).values()


def measure(
    generator: MoleculeGenerator,
    schedule: Schedule,
    count: int,
    seed: int,
    reference: Any,
    known: frozenset[str],
    scoring: Any,
) -> dict[str, Any]:
    """Scores and seconds of some samples, and how many are new against all training molecules."""
    started = time.process_time()
    molecules = generator.sample(count, seed, schedule=schedule)
    seconds = time.process_time() - started
    tries = sum(molecule.label_tries for molecule in molecules)
    scores = evaluate_molecules(molecules, reference, **scoring)
    print(f"seed {seed}: {seconds / count:.3f} s per molecule\n{scores.table()}", flush=True)
    rejected = {"lists": tries, "rejected": tries - count}
    found = [make_record(molecule, EDM, {}) for molecule in molecules]
    smiles = {record.smiles for record in found if record.smiles}
    stable = {record.smiles for record in found if record.smiles and record.properties["stable"] == "yes"}
    new = {
        "training_molecules": len(known),
        "valid_connected_unique_novel": len(smiles - known) / count,
        "stable_valid_connected_unique_novel": len(stable - known) / count,
    }
    print(new, flush=True)
    about = {"seed": seed, "samples": count, "seconds": seconds, "seconds_per_molecule": seconds / count}
    return {**about, "labels": rejected, "new": new, **scores.as_dict()}


def draw(generator: MoleculeGenerator, path: Path, count: int = 20) -> None:
    """The first samples of seed 0 as structural formulas, none left out; "not stable" where EDM's tables say so."""
    from rdkit import Chem
    from rdkit.Chem import AllChem, Draw

    records = [
        make_record(each, EDM, {}) for each in generator.sample(count, schedule=SCHEDULES["fresh noise, 3 repairs"])
    ]
    drawn, legends = [], []
    for record in records:
        mol = Chem.MolFromSmiles(record.smiles) if record.smiles else Chem.RemoveHs(record.graph.mol, sanitize=False)
        AllChem.Compute2DCoords(mol)
        drawn.append(mol)
        legends.append("" if record.properties["stable"] == "yes" else "not stable")
    Draw.MolsToGridImage(drawn, molsPerRow=5, subImgSize=(220, 180), legends=legends).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with qm9.npz")
    parser.add_argument("--model", default="qm9-generator")
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument(
        "--references", type=int, default=110_000, help="training molecules, for novelty and distributions"
    )
    parser.add_argument("--schedules", nargs="+", default=list(SCHEDULES), choices=list(SCHEDULES))
    parser.add_argument("--protocols", nargs="+", default=["edm", "rdkit"])
    parser.add_argument("--relaxation", help="gfn2 or mmff: score once more after it")
    parser.add_argument("--measures", nargs="*", default=[], help="strain, posebusters, nearest")
    parser.add_argument("--out", type=Path, default=Path("runs/generation.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    generator = MoleculeGenerator.from_pretrained(options.model)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    draw(generator, options.out.with_suffix(".png"))
    train = QM9(options.data, part="train")
    reference, known = [train[k] for k in range(options.references)], known_smiles(train, EDM)
    content = continued(options.out, shipped_weights(options.model))
    for name in options.schedules:
        done = {(row["seed"], row["samples"]) for row in content.setdefault(name, [])}
        for seed in range(options.seeds):
            if (seed, options.samples) in done:
                continue
            scoring = {"protocols": options.protocols, "relaxation": options.relaxation, "measures": options.measures}
            content[name].append(measure(generator, SCHEDULES[name], options.samples, seed, reference, known, scoring))
            with atomic_file(options.out) as partial:
                partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
