"""How well a generator does what it is asked for: properties, shapes, parts, variations.

    python benchmarks/generation_conditions.py --data ../shared/data --out docs/results/generation_conditions.json

Properties: values of the training molecules, drawn one at a time, each asked for once; the error is that of the judge
(``qm9-properties``, which has seen the same training molecules) between what was asked for and what it predicts of the
samples that are valid and connected. Beside it the judge's own error on test molecules, and the error of samples that
were asked for nothing, against the same values. This is not the protocol of EDM, for which generator and judge are
trained on different halves.

Shapes: test molecules of nine heavy atoms; Tanimoto coefficient of RDKit's alignment of heavy atoms (rdShapeAlign), of
the valid samples that are not the reference, beside samples of the same number of heavy atoms, and the nearest of as
many training molecules. Parts: test molecules cut at a bond that is in no ring; share of the samples that are valid,
connected and have the part. Every row is written when it is done; a run that is started again continues.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import torch
from once import continued
from rdkit import Chem
from rdkit.Chem import rdShapeAlign
from shipped import shipped_weights
from torch_geometric.data import Data

from torch_molfield.data import QM9, MolFieldData
from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.evaluation.generation.predicted import held_out_errors
from torch_molfield.evaluation.generation.protocols import atoms_only, find_protocols
from torch_molfield.evaluation.generation.records import Record, make_record
from torch_molfield.evaluation.prediction import predict_molecules
from torch_molfield.geometry.bonds import find_bonds
from torch_molfield.models import MoleculeGenerator
from torch_molfield.models.load import load_model
from torch_molfield.models.pretrained import find_pretrained
from torch_molfield.nn.generative.sampler import Schedule

SCHEDULE = Schedule(num_steps=50, max_repairs=3)
PROPERTIES = ("alpha", "gap", "homo", "lumo", "mu", "Cv")
GUIDANCES = (1.0, 2.0, 4.0)
(EDM,) = find_protocols(["edm"]).values()
(RDKIT,) = find_protocols(["rdkit"]).values()


def records(molecules: list[MolFieldData]) -> list[Record]:
    return [make_record(molecule, EDM, {}) for molecule in molecules]


def property_rows(generator: Any, train: QM9, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """A row per property and guidance."""
    judge: Any = load_model("qm9-properties", "predict")
    own = held_out_errors(find_pretrained("qm9-properties"))
    rows = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed))[:count].tolist()
    columns = [list(QM9.target_names).index(name) for name in PROPERTIES]
    wanted = torch.stack([train[row].y[0, columns] for row in rows])
    free = records(generator.sample(count, seed, schedule=SCHEDULE))
    for place, name in enumerate(PROPERTIES):
        without = errors(judge, free, name, wanted[:, place])
        for guidance in GUIDANCES:
            asked = {name: wanted[:, place].tolist()}
            found = records(generator.sample(count, seed, schedule=SCHEDULE, properties=asked, guidance=guidance))
            error = errors(judge, found, name, wanted[:, place])
            yield {
                "property": name,
                "guidance": guidance,
                "samples": count,
                "valid": len(error) / count,
                "mae": float(error.mean()),
                "standard_error": float(error.std() / len(error) ** 0.5),
                "mae_unconditional": float(without.mean()),
                "mae_of_judge": own[name],
            }


def errors(judge: Any, found: list[Record], name: str, wanted: torch.Tensor) -> torch.Tensor:
    """|predicted − wanted| of the valid, connected ones."""
    kept = [k for k, record in enumerate(found) if record.smiles is not None]
    predicted = predict_molecules(judge, [found[k].molecule for k in kept], [name])
    return (torch.stack([row[name].double().reshape(()) for row in predicted]) - wanted[kept]).abs()


def shape_row(generator: Any, test: list[Data], train: list[Data], count: int, seed: int) -> dict[str, Any]:
    """One row over all references."""
    guided, plain, nearest, valid, same = [], [], [], 0, 0
    for reference in test:
        mine = make_record(reference, EDM, {}).smiles
        for asked, scores in (({"shape": reference}, guided), ({"num_heavy": 9}, plain)):
            for record in records(generator.sample(count, seed, schedule=SCHEDULE, **asked)):
                if asked.get("shape") is not None:
                    valid += record.smiles is not None
                    same += record.smiles is not None and record.smiles == mine
                if record.smiles is not None and record.smiles != mine:
                    scores.append(shape_score(reference, record.molecule))
        nearest.append(max(shape_score(reference, other) for other in train))
    total = count * len(test)
    return {
        "references": len(test),
        "samples_each": count,
        "valid": valid / total,
        "same_graph": same / total,
        "tanimoto": float(np.mean(guided)),
        "best_of_each": float(np.mean([max(part) for part in np.array_split(guided, len(test))])),
        "above_0.85": float(np.mean(np.array(guided) >= 0.85)),
        "tanimoto_unconditional": float(np.mean(plain)),
        "nearest_of_training": float(np.mean(nearest)),
        "training_molecules": len(train),
    }


def shape_score(one: Data, other: Data) -> float:
    """Shape Tanimoto coefficient of heavy atoms after alignment."""
    return float(rdShapeAlign.AlignMol(_heavy(one), _heavy(other), useColors=False)[0])


def _heavy(data: Data) -> Chem.Mol:
    kept = data.z > 1
    mol = atoms_only(data.z[kept].numpy(), data.pos[kept].double().numpy()).GetMol()
    mol.UpdatePropertyCache(strict=False)
    return mol


def part_row(generator: Any, test: list[Data], count: int, seed: int) -> dict[str, Any]:
    """One row over all parts: the larger side of the first bond that holds two sides together."""
    found: list[str | None] = []
    parts = without = 0
    for molecule in test:
        part, hydrogen = cut(molecule)
        if part is None:
            continue
        parts += 1
        try:
            grown = generator.sample(count, seed, schedule=SCHEDULE, keep=part, replace=[hydrogen])
        except ValueError:  # no labels fit beside the part
            without += 1
            continue
        found += [make_record(data, RDKIT, {}).smiles for data in grown]
    valid = [smiles for smiles in found if smiles is not None]
    return {
        "parts": parts,
        "parts_without_labels": without,
        "samples": len(found),
        "valid": len(valid) / len(found),
        "different": len(set(valid)),
    }


def cut(molecule: Data) -> tuple[MolFieldData | None, int]:
    """The larger side of a bond between heavy atoms that is in no ring, with a hydrogen in place of the smaller one,
    and that hydrogen's number; of the bond whose smaller side is the largest."""
    z, pos = molecule.z.numpy(), molecule.pos.double().numpy()
    graph = networkx.Graph(find_bonds(z, pos).tolist())
    best: tuple[int, Any] = (1, None)
    for one, other in networkx.bridges(graph):
        if z[one] == 1 or z[other] == 1:
            continue
        rest = graph.copy()
        rest.remove_edge(one, other)
        sides = [networkx.node_connected_component(rest, end) for end in (one, other)]
        heavy = [sum(z[k] > 1 for k in side) for side in sides]
        if min(heavy) > best[0] or (best[1] is None and min(heavy) >= 1):
            large = int(heavy[1] > heavy[0])
            best = (min(heavy), (sides[large], (one, other)[large], (one, other)[1 - large]))
    if best[1] is None:
        return None, 0
    side, root, gone = best[1]
    atoms = sorted(side)
    direction = (pos[gone] - pos[root]) / np.linalg.norm(pos[gone] - pos[root])
    numbers = torch.tensor([*z[atoms].tolist(), 1])
    places = torch.tensor(np.concatenate([pos[atoms], [pos[root] + 1.09 * direction]]), dtype=torch.float32)
    return MolFieldData(z=numbers, pos=places), len(atoms)


def variation_row(generator: Any, test: list[Data], strength: float, count: int, seed: int) -> dict[str, Any]:
    """One row over all molecules: how many are valid, and how like the molecule."""
    from rdkit import DataStructs
    from rdkit.Chem import rdFingerprintGenerator

    fingerprints = rdFingerprintGenerator.GetMorganGenerator(radius=2)
    valid, same, likeness = 0, 0, []
    for molecule in test:
        mine = make_record(molecule, EDM, {}).smiles
        if mine is None:
            continue
        own = fingerprints.GetFingerprint(Chem.MolFromSmiles(mine))
        for record in records(
            generator.sample(count, seed, schedule=SCHEDULE, variations_of=molecule, strength=strength)
        ):
            if record.smiles is None:
                continue
            valid, same = valid + 1, same + (record.smiles == mine)
            other = fingerprints.GetFingerprint(Chem.MolFromSmiles(record.smiles))
            likeness.append(DataStructs.TanimotoSimilarity(own, other))
    total = count * len(test)
    return {
        "strength": strength,
        "samples": total,
        "valid": valid / total,
        "same": same / total,
        "similarity": float(np.mean(likeness)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with qm9.npz")
    parser.add_argument("--model", default="qm9-generator")
    parser.add_argument("--samples", type=int, default=500, help="per property and guidance")
    parser.add_argument("--references", type=int, default=20, help="test molecules for shapes, parts and variations")
    parser.add_argument("--each", type=int, default=20, help="samples per reference")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/generation_conditions.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    generator = MoleculeGenerator.from_pretrained(options.model)
    result = continued(options.out, shipped_weights(options.model))
    options.out.parent.mkdir(parents=True, exist_ok=True)

    def keep(name: str, value: Any) -> None:
        result[name] = value
        print(name, json.dumps(value), flush=True)
        with atomic_file(options.out) as partial:
            partial.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")

    test = list(QM9(options.data, part="test", size=200 + 5 * options.references))
    test = [molecule for molecule in test if int((molecule.z > 1).sum()) == 9][200 // 2 :][: options.references]
    started = time.monotonic()
    if "shapes" not in result:
        train = list(QM9(options.data, part="train", size=1000))
        keep("shapes", shape_row(generator, test, train, options.each, options.seed))
    if "parts" not in result:
        keep("parts", part_row(generator, test, options.each, options.seed))
    for strength in (0.2, 0.4, 0.7):
        if f"variations {strength}" not in result:
            keep(f"variations {strength}", variation_row(generator, test, strength, options.each, options.seed))
    if "properties" not in result:
        train = QM9(options.data, part="train")
        keep("properties", list(property_rows(generator, train, options.samples, options.seed)))
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
