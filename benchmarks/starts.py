"""What a start from a trained field gives: QM9 errors after equal steps, with all of the field or its trunk alone.

Each field has learned a density of the geometries of QM9's whole training part for ``--density-minutes``: Gaussian
densities of the elements; those of the molecule without the 0.1 Å of noise that its positions were given; the density
of Mulliken charges beside them; both. A property network then takes ``--steps`` steps on ``--size`` molecules, for all
twelve targets. Errors are those of 1 000 validation molecules, over spread, mean over targets. Steps and not minutes
are equal, so the load of the machine does not count; the networks are the same.

    python benchmarks/starts.py --data ../shared/data --out runs/qm9

Fields are shared with ``qm9.py`` in the same OUT. A figure that is in OUT/results is not computed again.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
from once import once, plain, require_same, write_result
from peers.log import short_losses
from peers.pretrained import SETTINGS, pretrained
from peers.training import TWELVE, errors, labelled, scaled

from torch_molfield.data import QM9
from torch_molfield.geometry.packed import PackedMolecules
from torch_molfield.models import MolField
from torch_molfield.training import PropertyTraining, train_property

VALIDATION = 1000


def error(
    field: MolField | None,
    trunk_only: bool,
    seed: int,
    directory: Path,
    validation: PackedMolecules,
    options: argparse.Namespace,
) -> float:
    settings = PropertyTraining(targets=TWELVE, learning_rate=options.rate, max_steps=options.steps, seed=seed)
    model = train_property(
        settings,
        QM9(options.data, size=options.size, part="train"),
        directory,
        resume=True,
        progress_bar=False,
        start=field,
        trunk_only=trunk_only,
        accelerator=options.device,
    )
    return scaled(errors(model.cpu(), validation), model)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=5000, help="training molecules")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--density-minutes", "--max-minutes", type=float, default=30.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--device", default="auto", help="Lightning's accelerator: auto, cpu, gpu")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    require_same(options.out, f"starts of {options.size} molecules", options, "steps", "rate")
    validation = labelled(options.data, "validation", VALIDATION, TWELVE)
    result: dict[str, list[dict]] = {}
    for name in (None, *SETTINGS):
        field = pretrained(name, options) if name else None
        for part in ("all", "trunk") if name else ("",):
            for seed in options.seeds:
                run = plain("start", name or "none", part, str(options.size), str(seed))
                make = partial(error, field, part == "trunk", seed, options.out / run, validation, options)
                found = {"error": once(options.out, run, make), "losses": short_losses(options.out / run)}
                result.setdefault(f"{name}, {part}" if name else "none", []).append(found)
    print("| start | scaled error |\n|---|---|")
    for name, runs in result.items():
        scaled_errors = [run["error"] for run in runs]
        print(f"| {name} | {np.mean(scaled_errors):.3f} ± {np.std(scaled_errors):.3f} |")
    write_result(options.out / "starts.json", options, result)


if __name__ == "__main__":
    main()
