"""Does a better field make better predictions? Field error and property error, over checkpoints and over molecules.

A MolField learns to generate Gaussian densities of QM9 molecules for ``--minutes`` in all, each time with a whole
schedule; 0 is the untrained network. Of each, on test molecules: the error of its field (root mean square of what
``density_psnr`` measures) and that of a ridge regression from its frozen, pooled tokens, fitted to ``--size``
molecules: the mean over six targets of |error| / (its standard deviation). Spearman's correlation of the two over the
checkpoints, and at each over the molecules.

Then whole networks, trained for ``--fine-steps`` on the same molecules from scratch and from the last field: over the
molecules, the correlation of their error with that of the field.

    python benchmarks/fidelity.py --data ../shared/data --out runs/fidelity --minutes 0 0.5 1 2 4 8 16

A training that was stopped goes on; a figure that is in OUT/results is not computed again.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import matplotlib
import numpy as np
import torch
from once import once, write_result
from peers.training import labelled
from scipy.stats import spearmanr
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from torch_molfield.data import QM9
from torch_molfield.evaluation.densities import density_psnr
from torch_molfield.evaluation.properties import predict_properties
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import MolField
from torch_molfield.training import DensityTraining, PropertyTraining, train_property
from torch_molfield.training.tasks.density import DENSITY_MODEL, density_field, train_density

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import NullFormatter

TARGETS = ("mu", "alpha", "homo", "lumo", "gap", "atomization")
TEST, ELEMENTS = 1000, (1, 6, 7, 8, 9)


def density_model(options: argparse.Namespace, minutes: float) -> MolField:
    """The field after ``minutes``, which goes on from the one before."""
    if minutes == 0:
        torch.manual_seed(0)
        return MolField(tuple("HCNOF"), "", **{**DENSITY_MODEL, "elements": ELEMENTS}).eval()
    settings = DensityTraining(max_minutes=minutes, batch_size=64)
    molecules = QM9(options.data, size=options.molecules, part="train")
    return train_density(settings, molecules, options.out / "density", resume=True)


def checkpoint(options: argparse.Namespace, sets: dict[str, PackedMolecules], minutes: float) -> dict:
    """Errors of each test molecule: of the field, and of the regression on tokens."""
    model = density_model(options, minutes)
    test = QM9(options.data, size=TEST, part="test")
    psnr = density_psnr(model, density_field(DensityTraining(), ELEMENTS), test).numpy()
    tokens = {part: pooled(model, packed) for part, packed in sets.items()}
    errors = np.zeros(TEST)
    for name in TARGETS:
        y = {part: packed.rows[name].numpy() for part, packed in sets.items()}
        fit = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-4, 4, 17))).fit(tokens["train"], y["train"])
        errors += np.abs(fit.predict(tokens["test"]) - y["test"]) / y["train"].std() / len(TARGETS)
    return {"field": (10 ** (-psnr / 20)).tolist(), "property": errors.tolist()}


@torch.no_grad()
def pooled(model: MolField, packed: PackedMolecules) -> np.ndarray:
    """The mean over tokens ``[M, D]``."""
    parts = []
    for rows in torch.arange(len(packed)).split(64):
        reading = model.encoder.read(*packed.take(rows))
        parts.append(reading.frames.average(reading.tokens).mean(1))
    return torch.cat(parts).double().numpy()


def fine_tuned(
    options: argparse.Namespace, sets: dict[str, PackedMolecules], label: str, field: MolField | None
) -> list[float]:
    """Errors of each test molecule, of a network that is trained as a whole."""
    settings = PropertyTraining(targets=TARGETS, learning_rate=2e-3, max_steps=options.fine_steps)
    molecules = QM9(options.data, size=options.size, part="train")
    directory = options.out / f"fine-{label}"
    model = train_property(settings, molecules, directory, resume=True, progress_bar=False, start=field).cpu()
    predicted, true = predict_properties(model, sets["test"]), sets["test"].rows
    rows = [(predicted[n] - true[n]).abs() / sets["train"].rows[n].std() for n in TARGETS]
    return torch.stack(rows).mean(0).tolist()


def correlations(found: dict[str, dict], fine: dict[str, list[float]]) -> dict:
    """Spearman's ρ over checkpoints, over molecules at each, and of the whole networks with the last field."""
    means = np.array([[np.mean(row["field"]), np.mean(row["property"])] for row in found.values()])
    last = list(found.values())[-1]["field"]
    return {
        "over checkpoints": float(spearmanr(*means.T).statistic),
        "over molecules": {k: float(spearmanr(row["field"], row["property"]).statistic) for k, row in found.items()},
        "whole networks": {k: float(spearmanr(last, errors).statistic) for k, errors in fine.items()},
        "means": dict(zip(found, means.tolist(), strict=True)),
        "errors of whole networks": {k: float(np.mean(errors)) for k, errors in fine.items()},
    }


def draw(found: dict[str, dict], result: dict, path: Path) -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for minutes, (field, error) in result["means"].items():
        left.plot(field, error, "o", color="tab:blue")
        left.annotate(f"{minutes} min", (field, error), textcoords="offset points", xytext=(4, 4), fontsize="small")
    left.set_title(f"checkpoints, ρ = {result['over checkpoints']:.2f}")
    last = list(found.values())[-1]
    right.plot(last["field"], last["property"], ".", alpha=0.4)
    right.set_title(f"molecules, the last field, ρ = {list(result['over molecules'].values())[-1]:.2f}")
    for axis in (left, right):
        axis.margins(0.15)
        axis.set(xscale="log", xlabel="error of the field", ylabel="error of properties / standard deviation")
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=150)
    print(f"wrote {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", "--max-minutes", type=float, nargs="+", default=[0, 0.5, 1, 2, 4, 8, 16])
    parser.add_argument("--fine-steps", type=int, default=1000)
    parser.add_argument("--molecules", type=int, default=20000, help="that densities are learned from")
    parser.add_argument("--size", type=int, default=5000, help="that properties are learned from")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    sets = {
        "train": labelled(options.data, "train", options.size, TARGETS),
        "test": labelled(options.data, "test", TEST, TARGETS),
    }
    found = {
        f"{m:g}": once(options.out, f"checkpoint-{m:g}", partial(checkpoint, options, sets, m))
        for m in sorted(options.minutes)
    }
    field = density_model(options, max(options.minutes))
    fine = {
        label: once(options.out, f"fine-{label}", partial(fine_tuned, options, sets, label, start))
        for label, start in (("scratch", None), ("density", field))
    }
    result = correlations(found, fine)
    write_result(options.out / "fidelity.json", options, result)
    draw(found, result, options.out / "fidelity.png")


if __name__ == "__main__":
    main()
