"""Measured properties of molecules from frozen vectors: ridge regression and boosting, random and scaffold folds.

    python benchmarks/property_sets.py --out docs/results/property_sets.json --sets FreeSolv=freesolv.csv:smiles:expt \\
        "ESOL=delaney-processed.csv:smiles:measured log solubility in mols per litre" \\
        Lipophilicity=lipo.csv:smiles:exp BACE=bace.csv:smiles:pIC50

Each molecule is embedded by ETKDG + MMFF94 (``from_smiles``), and its vector is what ``molfield encode`` writes. The
baselines are the same two regressors on Morgan fingerprints (radius 2, 2048 bits) and on RDKit's descriptors. Five-fold
cross-validation, with random folds and with folds that share no Murcko scaffold. The sets are tables with a header,
such as those of MoleculeNet (Wu et al. 2018, doi 10.1039/c7sc02664a). Molecules that a model cannot take are left out
for all; their number is in the file. Embedded molecules are kept in ``--cache``. Also needs scikit-learn.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from freesolv import FOLDS, descriptors, entries, fingerprints, regressors
from once import write_result
from rdkit.Chem.Scaffolds import MurckoScaffold
from sklearn.model_selection import GroupKFold, KFold

from torch_molfield.data import Entry
from torch_molfield.encode.encoders import load_encoder
from torch_molfield.encode.library import encode


def load(given: str) -> tuple[str, list[str], np.ndarray]:
    """Name, SMILES (the largest part of a salt) and values of ``NAME=FILE:SMILES COLUMN:VALUE COLUMN``."""
    name, _, rest = given.partition("=")
    path, smiles, value = rest.split(":")
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    whole = [max(row[smiles].strip().split("."), key=len) for row in rows]
    return name, whole, np.array([float(row[value]) for row in rows])


def embedded(name: str, smiles: list[str], cache: Path | None) -> list[Entry]:
    """Geometries, from the cache where they are there."""
    path = None if cache is None else cache / f"{name}.pt"
    if path is not None and path.exists():
        return list(torch.load(path, weights_only=False))
    made = entries(smiles)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(made, path)
    return made


def scaffolds(smiles: list[str]) -> np.ndarray:
    """A number for each molecule that those of one Murcko scaffold share; of one without rings its own."""
    names = [MurckoScaffold.MurckoScaffoldSmiles(text) or text for text in smiles]
    return np.unique(names, return_inverse=True)[1]


def folds(kind: str, features: np.ndarray, groups: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and to test on."""
    if kind == "random":
        return iter(KFold(FOLDS, shuffle=True, random_state=seed).split(features))
    return iter(GroupKFold(FOLDS, shuffle=True, random_state=seed).split(features, groups=groups))


def errors(features: np.ndarray, values: np.ndarray, groups: np.ndarray, seeds: list[int]) -> dict[str, Any]:
    """Mean absolute errors by folds and regressor: mean and standard deviation over seeds."""
    found: dict[str, Any] = {}
    for kind in ("random", "scaffold"):
        for name, make in regressors(features.shape[1]).items():
            absolute = []
            for seed in seeds:
                predicted = np.empty_like(values)
                for train, test in folds(kind, features, groups, seed):
                    predicted[test] = make(seed).fit(features[train], values[train]).predict(features[test])
                absolute.append(np.abs(predicted - values).mean())
            mean, spread = float(np.mean(absolute)), float(np.std(absolute))
            found.setdefault(kind, {})[name] = {"mae": mean, "mae_spread": spread}
    return found


def measure(name: str, smiles: list[str], values: np.ndarray, options: argparse.Namespace) -> dict[str, Any]:
    """All features of one set."""
    made = embedded(name, smiles, options.cache)
    encoded = {model: encode(load_encoder(model), made) for model in options.models}
    numbers = sorted(set.intersection(*(set(arrays["number"].tolist()) for arrays in encoded.values())))
    kept, values, groups = [smiles[k] for k in numbers], values[numbers], scaffolds([smiles[k] for k in numbers])
    sets = {"fingerprints": fingerprints(kept), "descriptors": descriptors(kept)}
    for model, arrays in encoded.items():
        pooled = arrays["pooled"][np.isin(arrays["number"], numbers)].astype(float)
        sets[model] = pooled
        sets[f"{model} and descriptors"] = np.concatenate([sets["descriptors"], pooled], axis=1)
    result: dict[str, Any] = {"molecules": len(kept), "left_out": len(smiles) - len(kept)}
    for features, rows in sets.items():
        result[features] = errors(rows, values, groups, options.seeds)
        print(name, features, rows.shape[1], result[features], flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["organic-properties"], help="shipped names or folders")
    parser.add_argument("--sets", nargs="+", required=True, help="NAME=FILE:SMILES COLUMN:VALUE COLUMN")
    parser.add_argument("--cache", type=Path, help="folder for embedded molecules")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    found = {}
    for given in options.sets:
        name, smiles, values = load(given)
        found[name] = measure(name, smiles, values, options)
    write_result(options.out, options, found, options.models)


if __name__ == "__main__":
    main()
