"""Regularized positional encoding in the place of the radial basis of SchNet, DimeNet++ and ViSNet.

The hosts have half the width and depth that their authors give them, for minutes on a core.
Variants of a host, all with the same time, molecules, loss, optimiser, schedule and batch: *baseline* is the host's own
basis; *encoding* begins as that basis and is learned; *penalty* is the same, and its roughness is penalised; *filters*
has a penalised encoding for each filter network of SchNet; *radial* learns, of DimeNet++, only the
encoding of distances alone. Time is told in steps, by the seconds of a step that are measured side by side. The
learning rate is the one that is best for the *baseline*, λ is scanned at that rate, both by the error on validation
molecules after a quarter of the time. Test molecules are looked at once.

    python benchmarks/regpe.py --protocol cost --out runs/regpe

    python benchmarks/regpe.py --protocol properties --data ../shared/data --out runs/regpe --max-minutes 10

Protocols *smoothness* and *similarity* look at the models of *forces* and *properties*, trained where they are missing.
A training that was stopped goes on; a figure that is in OUT/results is not computed again. Another ``--max-minutes``,
``--knots`` or ``--kernel`` needs another OUT.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from encoding.comparison import forces, properties
from encoding.cost import cost
from encoding.pictures import draw
from encoding.similarity import similarity
from encoding.smoothness import smoothness
from encoding.variants import HOSTS
from once import write_result

from torch_molfield.nn.common.spline_kernels import KERNELS

PROTOCOLS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "cost": cost,
    "properties": properties,
    "forces": forces,
    "smoothness": smoothness,
    "similarity": similarity,
}
TARGETS = ("U0", "U", "H", "G", "homo", "lumo", "gap", "alpha", "mu")
MOLECULES = ("ethanol", "malonaldehyde", "aspirin")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", choices=list(PROTOCOLS), required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hosts", nargs="+", default=list(HOSTS), choices=HOSTS)
    parser.add_argument("--targets", nargs="+", default=list(TARGETS), help="of QM9, told by one network")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5000], help="training molecules of QM9")
    parser.add_argument("--molecules", nargs="+", default=list(MOLECULES), help="of revised MD17")
    parser.add_argument("--frames", type=int, nargs="+", default=[950], help="training frames of revised MD17")
    parser.add_argument("--max-minutes", type=float, default=10.0, help="of one training")
    parser.add_argument("--rates", type=float, nargs="+", default=[2e-3, 4e-3, 8e-3])
    parser.add_argument(
        "--weights",
        type=float,
        nargs="+",
        default=[1e-2, 1e-1, 1.0],
        help="λ to scan, for the roughness over that of the start",
    )
    parser.add_argument("--knots", type=int, help="of every encoding; as few as the basis needs where not given")
    parser.add_argument("--kernel", choices=list(KERNELS), default="cubic")
    parser.add_argument("--order", type=int, choices=(1, 2), default=2, help="of the penalty")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--validation", type=int, default=1000, help="molecules")
    parser.add_argument("--test", type=int, default=2000, help="molecules, or frames of the 1000")
    parser.add_argument("--distances", type=int, default=1_000_000, help="of the protocol cost")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    options.settings = {"knots": options.knots, "kernel": options.kernel, "order": options.order}
    result = PROTOCOLS[options.protocol](options)
    write_result(options.out / f"{options.protocol}.json", options, result)
    draw(options.protocol, result, options.out)


if __name__ == "__main__":
    main()
