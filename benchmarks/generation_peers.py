"""Generators of molecules after equal training time: the package's own, equivariant diffusion, a flow over atoms, and a
prior over a fixed-size latent.

    python benchmarks/generation_peers.py --data ../shared/data --minutes 60 --search-minutes 6 --seed 0 1 \
        --learning-rates 3e-4 1e-3 3e-3 --samples 1000 --out docs/results/generation_peers.json

All are trained on one thread on the same molecules, with the package's optimiser, schedule and average of the weights;
each in the size that it has by default, at the learning rate whose short training has the lowest validation loss (the
trials are done once, with the first seed). A generator of two stages gets half of both times for each. Given is the
number of atoms alone, and nothing is rejected once there are positions. The package's sampler (fresh noise at every
step) is a row of its own where it applies; the ancestral sampling of a diffusion draws fresh noise anyhow.

Every row is written when it is done; one that is there is not made again, and a training that was stopped continues
from its checkpoint in RUNS. The time is that of the clock: nothing else should run.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from once import require_same
from peers.edm import STEPS
from peers.generators import Trainings, make_peers, timed

from torch_molfield.data import QM9
from torch_molfield.data.io.atomic import atomic_file
from torch_molfield.evaluation.generation import evaluate_molecules


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = list(make_peers())
    parser.add_argument("--data", type=Path, required=True, help="folder with qm9.npz")
    parser.add_argument("--peer", nargs="+", default=names, choices=names)
    parser.add_argument("--minutes", type=float, default=60.0, help="of training")
    parser.add_argument("--search-minutes", type=float, default=6.0, help="of training with each learning rate before")
    parser.add_argument("--learning-rates", type=float, nargs="+", default=[3e-4, 1e-3, 3e-3])
    parser.add_argument("--seed", type=int, nargs="+", default=[0, 1], help="of training and samples")
    parser.add_argument("--molecules", type=int, default=110_000, help="to train on, and to compare samples with")
    parser.add_argument("--validation-molecules", type=int, default=2000)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--edm-steps", type=int, default=STEPS, help="of EDM's sampler, at most 1000")
    parser.add_argument("--protocols", nargs="+", default=["edm", "rdkit"])
    parser.add_argument("--runs", type=Path, default=Path("runs/generation_peers"), help="folder of the trainings")
    parser.add_argument("--out", type=Path, default=Path("runs/generation_peers.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    require_same(options.runs, "generation peers", options, "minutes", "search_minutes", "learning_rates", "molecules")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    molecules = list(QM9(options.data, size=options.molecules, part="train"))
    trainings = Trainings(
        molecules,
        list(QM9(options.data, size=options.validation_molecules, part="validation")),
        options.runs,
        options.learning_rates,
        {"max_minutes": options.minutes},
        {"max_minutes": options.search_minutes},
        {},
    )
    rows: dict[str, list[dict[str, Any]]] = json.loads(options.out.read_text()) if options.out.is_file() else {}
    peers = make_peers(options.edm_steps)
    for seed in options.seed:
        for name in options.peer:
            key = {"seed": seed, "samples": options.samples, "minutes": options.minutes}
            done = [row["sampler"] for row in rows.get(name, []) if key.items() <= row.items()]
            missing = [sampler for sampler in peers[name].samplers if sampler not in done]
            if not missing:
                continue
            model, facts = trainings.run(name, peers[name], seed)
            for sampler in missing:
                found, seconds = timed(peers[name].samplers[sampler], model, options.samples, seed)
                scores = evaluate_molecules(found, molecules, options.protocols)
                print(f"{name}, {sampler}, seed {seed}: {seconds:.3f} s per molecule\n{scores.table()}", flush=True)
                about = {
                    "sampler": sampler,
                    **key,
                    "training_molecules": len(molecules),
                    "seconds_per_molecule": seconds,
                }
                rows.setdefault(name, []).append({**about, **facts, **scores.as_dict()})
                with atomic_file(options.out) as partial:
                    partial.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
