"""Does training work over a 10 × range of learning rates and of steps, and is longer better?

Trains the network of qm9_density.py at every (learning rate, steps), once as shipped and once as the prototype that it
replaces (every weight from a plain linear head, one learning rate for all); writes JSON after each run, skips runs that
are there already, and draws the picture of the docs.

    python benchmarks/stability.py --data ../shared/data --out runs/stability --threads 1
"""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch
from qm9_density import load_molecules, parse
from qm9_density import run as train_and_measure
from torch_geometric.data import Data

from torch_molfield.training import DensityTraining
from torch_molfield.training.engine import optimizers

#: the prototype that the structured first layer replaces: 64 Fourier features, every weight from a plain linear head
PLAIN = {"num_frequencies": 32, "kernels": 0}
VARIANTS: dict[str, dict] = {"structured": {}, "plain heads": PLAIN}


def run(molecules: tuple[list[Data], list[Data]], variant: str, learning_rate: float, steps: int, out: Path) -> dict:
    """One training; the plain variant learns all its weights at one rate."""
    plain = {"HEAD_WIDTH": float("inf"), "FREQUENCY_SHARE": 1.0} if variant == "plain heads" else {}
    settings = DensityTraining(learning_rate=learning_rate, max_steps=steps, model=VARIANTS[variant])
    directory = out / f"{variant.replace(' ', '-')}-{learning_rate:g}-{steps}"
    with mock.patch.multiple(optimizers, **plain) if plain else nullcontext():
        return {"variant": variant, "asked": steps, **train_and_measure(settings, *molecules, directory)}


def draw(runs: list[dict], path: Path) -> None:
    """PSNR on unseen molecules against the learning rate, a line for each number of steps."""
    figure, axes = plt.subplots(1, len(VARIANTS), figsize=(9, 3.8), sharey=True, layout="constrained")
    for axis, variant in zip(axes, VARIANTS, strict=True):
        mine = [r for r in runs if r["variant"] == variant]
        for k, steps in enumerate(sorted({r["asked"] for r in mine})):
            line = sorted((r["learning_rate"], r["unseen_dB"]) for r in mine if r["asked"] == steps)
            axis.plot(*zip(*line, strict=True), "o-", color=plt.cm.viridis(0.1 + 0.28 * k), label=f"{steps} steps")
        axis.set(xscale="log", title=variant, xlabel="peak learning rate")
        rates = sorted({r["learning_rate"] for r in mine})
        axis.set_xticks(rates, [f"{rate:g}" for rate in rates])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
        axis.legend()
    axes[0].set_ylabel("PSNR on unseen molecules, dB")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    parser = parse(__doc__ or "")
    parser.add_argument("--learning-rates", type=float, nargs="+", default=[5e-4, 1.5e-3, 5e-3])
    parser.add_argument("--steps", type=int, nargs="+", default=[80, 250, 800])
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--max-minutes", type=float, default=60.0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    results = options.out / "stability.json"
    runs = json.loads(results.read_text())["runs"] if results.is_file() else []
    molecules, start = load_molecules(options.data), time.monotonic()
    for steps in options.steps:
        for variant in options.variants:
            for rate in options.learning_rates:
                done = any((r["variant"], r["learning_rate"], r["asked"]) == (variant, rate, steps) for r in runs)
                if done or time.monotonic() - start > 60 * options.max_minutes:
                    continue
                runs.append(run(molecules, variant, rate, steps, options.out))
                print({key: value for key, value in runs[-1].items() if key != "curve"}, flush=True)
                results.write_text(json.dumps({"torch": torch.__version__, "runs": runs}))
    draw(runs, options.out / "stability.png")


if __name__ == "__main__":
    main()
