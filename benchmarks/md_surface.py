"""Learned surfaces along molecular dynamics: MolField beside DSR, fitted networks and trivial references.

Each protocol is a function in ``md/`` whose docstring states it. Everything is resumable: a training goes on from its
last checkpoint, a figure that is in OUT/results is not computed again.

    python benchmarks/md_surface.py --protocol reconstruction --data ../shared/data --out runs/md --max-minutes 150

    python benchmarks/md_surface.py --protocol efficiency --data ../shared/data --out runs/md --max-minutes 10
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
from md.ablations import ablations
from md.amortisation import amortisation
from md.continuity import continuity
from md.dsr_converged import dsr_converged
from md.dsr_settings import dsr_settings
from md.efficiency import data_efficiency
from md.horizon import long_horizon
from md.injection import injection_of_time
from md.interpolation import temporal_interpolation
from md.leave_one_out import unseen_molecules
from md.pictures import draw
from md.protein import protein_path
from md.reconstruction import known_molecules
from md.resampling import discretisation
from md.setting import Setting
from md.tables import tabulate
from md.time import FIELD
from once import write_result

from torch_molfield.data.datasets.rmd17 import RMD17_NAMES

PROTOCOLS: dict[str, Callable[[Setting], dict]] = {
    "reconstruction": known_molecules,
    "leave-one-out": unseen_molecules,
    "interpolation": temporal_interpolation,
    "horizon": long_horizon,
    "injection": injection_of_time,
    "efficiency": data_efficiency,
    "ablations": ablations,
    "discretisation": discretisation,
    "protein": protein_path,
    "continuity": continuity,
    "amortisation": amortisation,
    "dsr-settings": dsr_settings,
    "dsr-converged": dsr_converged,
}
#: protocols that begin with the shipped field
OF_SHIPPED_FIELD = ("interpolation", "horizon", "injection", "continuity")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", choices=list(PROTOCOLS), required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--max-minutes", type=float, default=10.0, help="of one MolField training")
    parser.add_argument("--dsr-minutes", type=float, help="of one DSR fit; max-minutes / molecules where not given")
    parser.add_argument("--surface", choices=("ses", "vdw"), default="ses")
    parser.add_argument("--molecules", nargs="+", default=list(RMD17_NAMES), choices=list(RMD17_NAMES))
    parser.add_argument("--count", type=int, default=10, help="frames scored a molecule")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    dsr_minutes = given.max_minutes / len(given.molecules) if given.dsr_minutes is None else given.dsr_minutes
    setting = Setting(
        data=given.data,
        out=given.out,
        surface=given.surface,
        molecules=tuple(given.molecules),
        minutes=given.max_minutes,
        dsr_minutes=dsr_minutes,
        count=given.count,
        seeds=tuple(given.seeds),
        device=given.device,
    )
    result = PROTOCOLS[given.protocol](setting)
    path = given.out / f"{given.protocol}-{given.surface}.json"
    write_result(path, given, result, [FIELD] if given.protocol in OF_SHIPPED_FIELD else [])
    path.with_suffix(".md").write_text(tabulate(given.protocol, result), encoding="utf-8")
    draw(given.protocol, result, path.with_suffix(".png"))


if __name__ == "__main__":
    main()
