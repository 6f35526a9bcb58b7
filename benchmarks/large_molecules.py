"""Claim: energies, forces, vectors of a library and densities of large molecules take time and memory linear in atoms.

Copies of adenylate kinase (DIR/traj/adk_dims.npz, first frame, 3 341 atoms with hydrogens) side by side, of which the
first 1 000, 10 000 and 100 000 atoms are taken; sulfur, which the shipped models do not know, stands as oxygen. The
values mean nothing for chemistry, the cost does. Each size of each task runs in a fresh process that the system lets
have no more address space than --limit GB. Writes large_molecules.json and large_molecules.png; what an earlier run
has left in OUT/results is not measured again.

    OMP_NUM_THREADS=1 python benchmarks/large_molecules.py --data DIR [--atoms 1000 10000 100000] [--out DIR]
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from once import once, write_result
from torch import Tensor

from torch_molfield.data import MolFieldData
from torch_molfield.data.elements import atomic_number

ATOMS = (1_000, 10_000, 100_000)
#: Å between the boxes of copies
GAP = 3.0


def load(data: Path, atoms: int) -> tuple[Tensor, Tensor]:
    """``(z [N], pos [N, 3] Å)`` of the first atoms of as many copies as are needed."""
    with np.load(data / "traj" / "adk_dims.npz", allow_pickle=False) as archive:
        z = torch.tensor([atomic_number(str(symbol)) for symbol in archive["element"]])
        pos = torch.from_numpy(archive["pos"][0]).float()
    z = torch.where(z == 16, 8, z)
    copies = -(-atoms // len(z))
    side = int(np.ceil(copies ** (1 / 3)))
    steps = torch.cartesian_prod(*[torch.arange(side)] * 3)[:copies]
    places = steps * (pos.amax(0) - pos.amin(0) + GAP)
    return z.repeat(copies)[:atoms], (pos + places[:, None]).reshape(-1, 3)[:atoms]


def energy(z: Tensor, pos: Tensor) -> Any:
    """What ``molfield predict --model md-forces`` does."""
    return _predicted("md-forces", z, pos, None)


def forces(z: Tensor, pos: Tensor) -> Any:
    """The same with ``--forces``."""
    return _predicted("md-forces", z, pos, ["energy", "forces"])


def properties(z: Tensor, pos: Tensor) -> Any:
    """What ``molfield predict --model qm9-properties`` does."""
    return _predicted("qm9-properties", z, pos, None)


def vectors(z: Tensor, pos: Tensor) -> Any:
    """What ``molfield encode --model md-surfaces`` does; its trunk is the one with messages of each pair."""
    from torch_molfield.data import Entry
    from torch_molfield.encode.encoders import load_encoder
    from torch_molfield.encode.library import encode

    encoder = load_encoder("md-surfaces")
    return lambda: encode(encoder, [Entry(0, "", MolFieldData(z=z, pos=pos))])["pooled"]


def promolecule(z: Tensor, pos: Tensor) -> Any:
    """The promolecular density at a point an atom."""
    from torch_molfield.fields import PromolecularDensity

    points, field = _points(pos), PromolecularDensity()
    return lambda: field(points, z, pos)


def density(z: Tensor, pos: Tensor) -> Any:
    """A network of electron densities of the default size, untrained, and its density at a point an atom."""
    from torch_molfield.models import ElectronDensityMolField

    points, model = _points(pos), ElectronDensityMolField().eval()
    return lambda: model(z, pos, charge=z.sum()[None] % 2)(points)


def _points(pos: Tensor) -> Tensor:
    return pos + torch.randn(pos.shape, generator=torch.Generator().manual_seed(0))


def _predicted(name: str, z: Tensor, pos: Tensor, outputs: list[str] | None) -> Callable[[], Any]:
    from torch_molfield.evaluation.prediction import predict_molecules
    from torch_molfield.models.load import load_model

    model = load_model(name, "predict")
    return lambda: predict_molecules(model, [MolFieldData(z=z, pos=pos)], outputs)[0]


TASKS = {each.__name__: each for each in (energy, forces, properties, vectors, density, promolecule)}


@torch.no_grad()
def measure(task: str, data: Path, atoms: int, limit: float) -> dict[str, float]:
    """Time and memory of one task, in this process."""
    torch.manual_seed(0)
    resource.setrlimit(resource.RLIMIT_AS, (int(limit * 1e9), int(limit * 1e9)))
    run = TASKS[task](*load(data, atoms))
    before, wall, cpu = peak_mb(), time.perf_counter(), time.process_time()
    run()
    seconds = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    return {"atoms": atoms, **seconds, "peak_mb": peak_mb(), "added_mb": peak_mb() - before}


def peak_mb() -> float:
    """Largest resident memory of this program in MiB (Linux)."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def in_fresh_process(task: str, atoms: int, options: argparse.Namespace) -> dict[str, Any]:
    """What :func:`measure` prints, or the sentence with which it ends."""
    command = [sys.executable, __file__, "--data", str(options.data), "--limit", str(options.limit)]
    done = subprocess.run([*command, "--measure", task, "--atoms", str(atoms)], capture_output=True, text=True)
    if done.returncode:
        return {"atoms": atoms, "refused": done.stderr.strip().splitlines()[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def draw(results: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Time and memory against atoms."""
    from matplotlib.figure import Figure

    from torch_molfield.viz import save_figure

    figure = Figure(figsize=(9.5, 3.8), layout="constrained")
    axes = figure.subplots(1, 2)
    labels = {"cpu_seconds": "CPU seconds", "peak_mb": "peak of the process, MB"}
    for axis, (key, label) in zip(axes, labels.items(), strict=True):
        for name, rows in results.items():
            done = [row for row in rows if key in row]
            axis.plot([row["atoms"] for row in done], [row[key] for row in done], "o-", label=name)
        axis.set(xlabel="atoms", ylabel=label, xscale="log", yscale="log")
        axis.legend()
    save_figure(figure, path)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--atoms", type=int, nargs="+", default=ATOMS)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--limit", type=float, default=8.0, help="address space of a process, GB")
    parser.add_argument("--out", type=Path, default=Path("runs/large_molecules"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--measure", choices=TASKS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        torch.set_num_threads(options.threads)
        print(json.dumps(measure(options.measure, options.data, options.atoms[0], options.limit)))
        return
    results: dict[str, list[dict[str, Any]]] = {}
    for task in options.tasks:
        results[task] = [
            once(options.out, f"{task}-{atoms}", partial(in_fresh_process, task, atoms, options))
            for atoms in options.atoms
        ]
    del options.measure
    write_result(options.out / "large_molecules.json", options, results)
    draw(results, options.out / "large_molecules.png")


if __name__ == "__main__":
    main()
