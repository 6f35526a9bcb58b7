"""Properties of QM9: MolField beside SchNet, DimeNet++ and ViSNet, on the same molecules and with the same wall-clock.

Small tier: all twelve targets at once, ``--sizes`` training molecules (the first of the training part), the same loss,
optimiser, schedule, batch and references for all. The learning rate of each network is the best of ``--rates``, and a
peer's size the better of its authors' and of half of that, on 1 000 validation molecules: all are tried for a quarter
of the time, the best one and the next lower rate are trained in full. Errors are those of 2 000 test molecules.
*MolField* begins from scratch; *MolField, density* from a field that was trained for ``--density-minutes`` to generate
Gaussian densities of the geometries of the whole training part, which needs no labels; its time is not counted in
``--max-minutes``. *MolField, noisy density* begins from a field that was given positions with 0.1 Å of noise and had to
generate the density of the molecule without it; *MolField, charge density* with the graph network of one that learned
the density of Mulliken charges beside that.

    python benchmarks/qm9.py --data ../shared/data --out runs/qm9 --sizes 5000 --max-minutes 10 --density-minutes 30

Full tier (``--full``): all 110 000 training molecules, all others to validate and to test.

A training that was stopped goes on; a figure that is in OUT/results is not computed again. OUT/qm9.png shows the errors
over the number of molecules, of all sizes that OUT has tables of; a table keeps the networks of earlier runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from once import require_same, write_result
from peers.curves import draw_curves, tables
from peers.networks import PEERS, SMALL_PEERS, Peer, TrunkAlone, as_numbers
from peers.pretrained import pretrained
from peers.tables import property_table
from peers.training import TWELVE, labelled
from peers.tuning import Sizes, compare
from torch import nn

from torch_molfield.data.properties import find_targets
from torch_molfield.models import PropertyMolField
from torch_molfield.nn.heads.references import PropertyModel
from torch_molfield.training.tasks.density import DENSITY_MODEL

ELEMENTS = (1, 6, 7, 8, 9)
#: molecules of the parts in the small tier and in the full one
SMALL, FULL = {"validation": 1000, "test": 2000}, {"validation": 10000, "test": 8000}
#: what MolField's readers are given in its variants
VARIANTS: dict[str, dict[str, Any]] = {
    "MolField": {},
    "MolField, mean of tokens": {"queries": 0},
    "MolField, tokens alone": {"atoms": False},
}
#: MolField with a scalar for the dipole moment, in place of the length of a vector
AS_NUMBER = "MolField, mu as a number"
#: the trained field that a network begins from, and whether it takes the trunk alone
PRETRAINED: dict[str, tuple[str, bool]] = {
    "MolField, density": ("density", False),
    "MolField, noisy density": ("noisy density", False),
    "MolField, charge density": ("charge density", True),
}
MODELS = ("MolField", *PRETRAINED, *PEERS)


def sizes(name: str, options: argparse.Namespace) -> Sizes:
    if name in PEERS:
        return {"": partial(peer, PEERS[name]), "small": partial(peer, SMALL_PEERS[name])}
    return {"": partial(make, name, options)}


def peer(network: Callable[[int], nn.Module]) -> Peer:
    return Peer(network(len(TWELVE)), find_targets(TWELVE))


def make(name: str, options: argparse.Namespace) -> PropertyModel:
    targets = find_targets(TWELVE)
    if name == "trunk alone":
        return peer(TrunkAlone)
    if name == AS_NUMBER:
        targets = as_numbers(targets)
    if name in (*VARIANTS, AS_NUMBER):
        return PropertyMolField(targets, field={**DENSITY_MODEL, "elements": ELEMENTS}, **VARIANTS.get(name, {}))
    field, trunk_only = PRETRAINED[name]
    return PropertyMolField.from_field(pretrained(field, options), targets, trunk_only=trunk_only)


def run(size: int, options: argparse.Namespace) -> dict:
    counts = FULL if options.full else SMALL
    sets = {part: labelled(options.data, part, count, TWELVE) for part, count in counts.items()}
    networks = {name: sizes(name, options) for name in options.models}
    sets["train"] = labelled(options.data, "train", size, TWELVE)
    return compare(networks, sets, str(size), options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 5000, 20000])
    known = list(dict.fromkeys([*MODELS, *VARIANTS, AS_NUMBER, "trunk alone"]))
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=known)
    parser.add_argument("--max-minutes", type=float, default=10.0, help="of one training")
    parser.add_argument("--density-minutes", type=float, default=30.0)
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2, 3.2e-2])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--full", action="store_true", help="110 000 / 10 000 / 8 000 molecules; for an accelerator")
    parser.add_argument("--device", default="auto", help="Lightning's accelerator: auto, cpu, gpu")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.sizes = [110000] if options.full else options.sizes
    torch.set_num_threads(options.threads)
    for size in options.sizes:
        require_same(options.out, f"{size} molecules", options, "max_minutes", "full")
        path = options.out / f"qm9-{size}.json"
        results = {**tables(path).get(size, {}), **run(size, options)}
        print(f"\n{size}\n\n{property_table(results, TWELVE)}")
        write_result(path, options, {str(size): results})
    draw_curves(sorted(options.out.glob("qm9-*.json")), ("gap", "alpha", "U0"), options.out / "qm9.png")


if __name__ == "__main__":
    main()
