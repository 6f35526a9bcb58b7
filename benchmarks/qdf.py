"""The quantum deep field: the published weights again, dependence on pose and points, speed, training, densities.

Each protocol is a function in ``quantum/`` whose docstring states it; it writes OUT/PROTOCOL.json and .png. A training
that was stopped goes on, a trained model is not scored again.

    python benchmarks/qdf.py --protocol published --data ../shared/data --out runs/qdf
    python benchmarks/qdf.py --protocol grids --data ../shared/data --out runs/qdf --quadrature runs/qdf/QDF-quadrature
    python benchmarks/qdf.py --protocol densities --data ../shared/data --out runs/qdf
    python benchmarks/qdf.py --protocol trainings --data ../shared/data --out runs/qdf --max-minutes 240 --large 10000
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
from once import write_result
from quantum.densities import densities
from quantum.grids import grids
from quantum.pictures import PAINTERS
from quantum.published import published
from quantum.setting import Setting
from quantum.trainings import MODELS, trainings

from torch_molfield.viz.figures import save_figure

PROTOCOLS: dict[str, Callable[[Setting], dict]] = {
    "published": published,
    "grids": grids,
    "densities": densities,
    "trainings": trainings,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", choices=list(PROTOCOLS), required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--quadrature", help="a trained quadrature model, for grids and densities")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--max-minutes", type=float, default=60.0, help="of one training")
    parser.add_argument("--test", type=int, help="molecules of at most 14 atoms that are scored; all where not given")
    parser.add_argument("--large", type=int, default=10_000, help="molecules of more than 14 atoms that are scored")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    setting = Setting(
        data=given.data,
        out=given.out,
        quadrature=given.quadrature,
        models=tuple(given.models),
        minutes=given.max_minutes,
        test=given.test,
        large=given.large,
        seed=given.seed,
    )
    result = PROTOCOLS[given.protocol](setting)
    path = given.out / f"{given.protocol}.json"
    write_result(path, given, result, [given.quadrature])
    save_figure(PAINTERS[given.protocol](result, setting), path.with_suffix(".png"))
    print(f"wrote {path.with_suffix('.png')}")


if __name__ == "__main__":
    main()
