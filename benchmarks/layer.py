"""MolFieldLayer in PyG's SchNet and in a GINE network on bonds: QM9 errors with and without it.

Three networks a host: *plain* (64 wide), *with the layer* (64 wide, the layer in the middle) and *as large* (no layer,
widened until it has as many parameters as the one with it). All have the same wall-clock, molecules, loss, optimiser,
schedule and references; the learning rate of each is the best of ``--rates`` on validation molecules: all are tried for
a quarter of the time, the best one and the next lower are trained in full. Errors are those of 2 000 test molecules.

    python benchmarks/layer.py --data ../shared/data --out runs/layer --max-minutes 10
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import torch
from once import require_same, write_result
from peers.hosts import HOSTS, as_large, parameters
from peers.networks import Peer
from peers.tables import property_table
from peers.training import labelled
from peers.tuning import Sizes, compare

from torch_molfield.data.properties import find_targets
from torch_molfield.nn.heads.references import PropertyModel

FIVE = ("homo", "lumo", "gap", "alpha", "mu")
WIDTH, VALIDATION, TEST = 64, 1000, 2000


def variants(host: str) -> dict[str, Sizes]:
    count = len(FIVE)
    wide = as_large(host, count, parameters(HOSTS[host](count, WIDTH, True)))
    settings = {"plain": (WIDTH, False), "with the layer": (WIDTH, True), "as large": (wide, False)}
    return {f"{host}, {name}": {"": partial(_make, host, *given)} for name, given in settings.items()}


def _make(host: str, width: int, layer: bool) -> PropertyModel:
    return Peer(HOSTS[host](len(FIVE), width, layer), find_targets(FIVE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=5000, help="training molecules")
    parser.add_argument("--hosts", nargs="+", default=list(HOSTS), choices=list(HOSTS))
    parser.add_argument("--max-minutes", type=float, default=10.0, help="of one training")
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-3, 2e-3, 4e-3, 8e-3])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--device", default="auto", help="Lightning's accelerator: auto, cpu, gpu")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    require_same(options.out, f"{options.size} molecules", options, "max_minutes")
    sets = {
        "train": labelled(options.data, "train", options.size, FIVE),
        "validation": labelled(options.data, "validation", VALIDATION, FIVE),
        "test": labelled(options.data, "test", TEST, FIVE),
    }
    results = {host: compare(variants(host), sets, str(options.size), options) for host in options.hosts}
    for key, networks in results.items():
        print(f"\n{key}\n\n{property_table(networks, FIVE)}")
    write_result(options.out / "layer.json", options, results)


if __name__ == "__main__":
    main()
