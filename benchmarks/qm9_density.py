"""Function-space learning of Gaussian densities: PSNR on QM9 molecules the network has not seen.

The task: f_c(x) = Σ_{i of element c} exp(−|x − x_i|²/2σ²), σ = 0.45 Å, c = H C N O F; 2 500 molecules to train and 459
unseen, all of at most 14 atoms (the validation and test ids of the quantum deep field's reference split, shuffled).
Points: half at a random atom + N(0, 0.5 Å), half uniform in the atoms' box ± 1.5 Å. PSNR with MAX = 1 per molecule over
1 024 such points, averaged over molecules. A training that was stopped goes on.

    python benchmarks/qm9_density.py --data ../shared/data --out runs/qm9_density --max-minutes 10 --threads 1
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from peers.log import losses, steps
from torch_geometric.data import Data

from torch_molfield.data import QM9
from torch_molfield.evaluation.densities import density_psnr
from torch_molfield.training import DensityTraining
from torch_molfield.training.engine.progress import quiet_lightning
from torch_molfield.training.tasks.density import DENSITY_MODEL, density_field, train_density

TRAIN, ELEMENTS = 2500, (1, 6, 7, 8, 9)


def load_molecules(data: Path) -> tuple[list[Data], list[Data]]:
    """2 500 training and 459 unseen molecules."""
    reference = dict(np.load(data / "qdf" / "reference_under14.npz", allow_pickle=False))
    ids = np.concatenate([reference["val_ids"], reference["test_ids"]]).astype(int)
    np.random.default_rng(0).shuffle(ids)
    molecules = list(QM9(data, gdb=[int(i) for i in ids]))
    order = np.random.default_rng(1).permutation(len(molecules))
    shuffled = [molecules[i] for i in order]
    return shuffled[:TRAIN], shuffled[TRAIN:]


def run(settings: DensityTraining, train: list[Data], unseen: list[Data], directory: Path) -> dict:
    """Train one network in ``directory``; its figures."""
    quiet_lightning()
    model = train_density(settings, train, directory, resume=True)
    exact = density_field(settings, ELEMENTS)
    return {
        "learning_rate": settings.learning_rate,
        "seed": settings.seed,
        "steps": steps(directory),
        "unseen_dB": round(float(density_psnr(model, exact, unseen).mean()), 2),
        "train_dB": round(float(density_psnr(model, exact, train[: len(unseen)]).mean()), 2),
        "curve": losses(directory),
    }


def parse(description: str) -> argparse.ArgumentParser:
    """The options that the scripts on this task share."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    return parser


def main() -> None:
    parser = parse(__doc__ or "")
    parser.add_argument("--max-minutes", type=float, default=10.0)
    parser.add_argument("--learning-rate", type=float, default=4e-3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train, unseen = load_molecules(options.data)
    runs = []
    for seed in options.seeds:
        settings = DensityTraining(learning_rate=options.learning_rate, seed=seed, max_minutes=options.max_minutes)
        runs.append(run(settings, train, unseen, options.out / f"seed{seed}"))
        print({key: value for key, value in runs[-1].items() if key != "curve"}, flush=True)
        about = {"settings": DENSITY_MODEL, "torch": torch.__version__, "threads": options.threads}
        (options.out / "qm9_density.json").write_text(json.dumps({**about, "runs": runs}) + "\n")


if __name__ == "__main__":
    main()
