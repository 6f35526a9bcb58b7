"""Forces: accuracy beside SchNet, ViSNet and TorchMD-NET's ET, speed, conserved energy, stability, surfaces.

    python benchmarks/forces_md17.py --protocol accuracy --data ../shared/data --out runs/forces --max-minutes 10
    python benchmarks/forces_md17.py --protocol nve --weights FOLDER --molecules ethanol aspirin --out runs/forces

Trainings that were stopped go on; a figure that is in OUT/results is not computed again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
from forces.accuracy import accuracy, curves
from forces.dynamics import conserved_energy, stability
from forces.pictures import draw
from forces.speed import speed
from forces.surfaces import surfaces
from once import require_same, write_result
from peers.energies import ENERGY_MODELS

from torch_molfield.data.datasets.rmd17 import RMD17_NAMES

PROTOCOLS: dict[str, Callable[[argparse.Namespace], dict]] = {
    "accuracy": accuracy,
    "curves": curves,
    "speed": speed,
    "nve": conserved_energy,
    "stability": stability,
    "surfaces": surfaces,
}


#: protocol → options that its results depend on, beside those in their names; the first two share trainings
MATTER = {
    "accuracy": ("trainings", "max_minutes"),
    "curves": ("trainings", "max_minutes"),
    "nve": ("nve", "picoseconds", "weights"),
    "stability": ("stability", "picoseconds", "weights"),
    "surfaces": ("surfaces", "field"),
}


def shipped(options: argparse.Namespace) -> list[str | None]:
    """Names of the trained models whose figures the protocol measures."""
    if options.protocol == "surfaces":
        return ["md-forces", options.field]
    return [options.weights] if options.protocol in ("nve", "stability") else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", choices=list(PROTOCOLS), required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--max-minutes", type=float, default=10.0, help="of one training")
    parser.add_argument("--molecules", nargs="+", default=list(RMD17_NAMES), choices=RMD17_NAMES)
    parser.add_argument("--models", nargs="+", default=list(ENERGY_MODELS), choices=list(ENERGY_MODELS))
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-3, 2e-3, 4e-3, 8e-3])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--weights", help="a trained force field, for nve, stability and the surface's cost")
    parser.add_argument("--field", default="md-surfaces", help="a trained field of surfaces")
    parser.add_argument("--picoseconds", type=float, default=100.0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    part, *names = MATTER.get(options.protocol, (options.protocol,))
    require_same(options.out, part, options, *names)
    result = PROTOCOLS[options.protocol](options)
    write_result(options.out / f"{options.protocol}.json", options, result, shipped(options))
    draw(options.protocol, result, options.out)


if __name__ == "__main__":
    main()
