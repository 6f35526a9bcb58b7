"""Molecules a second of ``molfield encode`` over a library of SMILES, and the memory of the process that is started.

SMILES are those of the shipped sample of organic molecules, over and over, with one broken line in a hundred; each way
(in one process, and on workers of Ray) runs in a process of its own. *molecules_per_s*: between the first shard and the
last, so without the start of processes; *seconds*: from beginning to end; *MB*: resident memory when the first and when
the last quarter begins.

    python benchmarks/libraries.py --molecules 4096 --workers 1 --workers 2 --out runs/libraries
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from once import once, write_result

from torch_molfield.data import iterate_library
from torch_molfield.encode.encoders import load_encoder
from torch_molfield.encode.library import encode_library
from torch_molfield.encode.local_engine import LocalEngine
from torch_molfield.encode.outcome import tell_outcome
from torch_molfield.encode.ray_engine import RayEngine

SAMPLE = Path(__file__).resolve().parents[1] / "datasets" / "organic_conformers"
BROKEN, EVERY = "C1CC", 100
SHARD = 64


def write_library(path: Path, molecules: int) -> None:
    smiles = [text for shard in sorted(SAMPLE.glob("*.npz")) for text in np.load(shard)["smiles"].tolist()]
    chosen = islice(cycle(smiles), molecules)
    lines = [BROKEN if k % EVERY == EVERY // 2 else text for k, text in enumerate(chosen)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def resident() -> float:
    """MB of this process (Linux)."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1e3


def measure(workers: int, molecules: int, model: str) -> dict[str, float]:
    torch.set_num_threads(1)
    readings: list[tuple[float, float, float]] = []  # molecules, seconds, MB
    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        library = Path(folder) / "library.smi"
        write_library(library, molecules)
        encode_library(
            load_encoder(model),
            partial(iterate_library, library),
            Path(folder) / "out",
            {},
            SHARD,
            progress=lambda done: readings.append((done, time.perf_counter(), resident())),
            size=molecules,
            engine=RayEngine(workers=workers) if workers else LocalEngine(),
        )
        ended = time.perf_counter()
        encoded, problems = tell_outcome(Path(folder) / "out")
    first = next(each for each in readings if each[0] >= SHARD)
    memory = {
        f"MB_at_{share}": next(mb for done, _, mb in readings if done >= share * molecules) for share in (0.25, 0.75)
    }
    rate = (readings[-1][0] - first[0]) / (readings[-1][1] - first[1])
    counts = {"encoded": encoded, "failed": problems.total()}
    return {"molecules_per_s": rate, "seconds": ended - started, **memory, **counts}


def alone(*of: object) -> dict[str, float]:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, of)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--molecules", type=int, default=4096)
    parser.add_argument("--model", default="qm9-properties")
    parser.add_argument("--workers", type=int, action="append", help="of Ray; 0 is this package's own loop", default=[])
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    found = {
        f"ray, {workers}" if workers else "local": once(
            options.out, f"{workers}-{options.molecules}", partial(alone, workers, options.molecules, options.model)
        )
        for workers in [0, *options.workers]
    }
    write_result(options.out / "libraries.json", options, found)


if __name__ == "__main__":
    main()
