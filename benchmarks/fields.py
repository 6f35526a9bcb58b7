"""Voxel benchmark: 32 x 32 x 32 x 5 occupancy (0.25 Å) of QM9 molecules, points x atoms per second on one core.

The same work for all: atoms of H C N O F around the box centre, one float32 grid a molecule. Beside the package:
a dense broadcast in plain PyTorch (the same formula, checked to agree) and voxelisers from PyPI where they are
installed (their own atom shapes, with cutoffs; the grid, the molecules and the channels are the same):

    pip install molvoxel            # NumPy and PyTorch
    pip install --no-deps molgrid   # C++ (libmolgrid)
    python benchmarks/fields.py --data DIR --out docs/results

DIR holds qm9.npz (see the guide). Writes fields.json and fields.png.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from torch_molfield.fields import OccupancyField

ELEMENTS = (1, 6, 7, 8, 9)
NAMES = ("H", "C", "N", "O", "F")
SIZE, SPACING, RADIUS = 32, 0.25, 0.5
Molecule = tuple[Tensor, Tensor]
Runner = Callable[[list[Molecule]], Iterator[np.ndarray]]


def load(data: Path, count: int) -> list[Molecule]:
    """``count`` molecules drawn with seed 0 from qm9.npz, centred."""
    path = data / "qm9.npz"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: put qm9.npz there, or point --data to its folder.")
    archive = dict(np.load(path, allow_pickle=False))
    ends = np.cumsum(archive["n_atoms"])
    chosen = np.random.default_rng(0).choice(len(ends), size=count, replace=False)
    molecules = []
    for k in chosen:
        rows = slice(ends[k] - archive["n_atoms"][k], ends[k])
        pos = torch.from_numpy(archive["pos"][rows]).float()
        molecules.append((torch.from_numpy(archive["z"][rows].astype(np.int64)), pos - pos.mean(0)))
    return molecules


def grid_points() -> Tensor:
    """``[32³, 3]`` voxel centres around the origin, Å."""
    axis = (torch.arange(SIZE) - (SIZE - 1) / 2) * SPACING
    return torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)


def ours(molecules: list[Molecule]) -> Iterator[np.ndarray]:
    """Batches of 16 molecules through the field protocol."""
    field, points = OccupancyField(RADIUS, NAMES), grid_points()
    for start in range(0, len(molecules), 16):
        block = molecules[start : start + 16]
        sizes = torch.tensor([len(z) for z, _ in block])
        batch = torch.repeat_interleave(torch.arange(len(block)), sizes)
        owner = torch.repeat_interleave(torch.arange(len(block)), len(points))
        z, pos = torch.cat([z for z, _ in block]), torch.cat([p for _, p in block])
        yield from field(points.repeat(len(block), 1), z, pos, owner, batch).reshape(len(block), -1, 5).numpy()


def broadcast(molecules: list[Molecule]) -> Iterator[np.ndarray]:
    """The formula written with broadcasting in plain PyTorch, molecule by molecule."""
    points = grid_points()
    for z, pos in molecules:
        squared = (points[:, None] - pos[None]).square().sum(-1)
        free = 1.0 - torch.exp(-squared / (0.93 * RADIUS) ** 2)
        yield torch.stack([1.0 - free[:, z == e].prod(1) for e in ELEMENTS], 1).numpy()


def molvoxel(molecules: list[Molecule], library: str) -> Iterator[np.ndarray]:
    """molvoxel (PyPI): Gaussian atoms cut off at their radius."""
    from molvoxel import create_voxelizer

    voxelizer = create_voxelizer(SPACING, SIZE, radii_type="scalar", density_type="gaussian", library=library)
    for z, pos in molecules:
        types = torch.searchsorted(torch.tensor(ELEMENTS), z)
        if library == "numpy":
            image = voxelizer.forward_types(pos.double().numpy(), np.zeros(3), types.short().numpy(), 1.5)
        else:
            image = voxelizer.forward_types(pos, torch.zeros(3), types, 1.5)
        yield np.asarray(image).reshape(image.shape[0], -1).T


def molgrid(molecules: list[Molecule]) -> Iterator[np.ndarray]:
    """libmolgrid (PyPI): Gaussian cores with quadratic tails, in C++."""
    import molgrid as library

    maker = library.GridMaker(resolution=SPACING, dimension=SPACING * (SIZE - 1))
    view, centre = library.tensor_as_grid, library.float3(0.0, 0.0, 0.0)
    for z, pos in molecules:
        types = torch.searchsorted(torch.tensor(ELEMENTS), z).float()
        radii, image = torch.ones(len(z)), torch.zeros(5, SIZE, SIZE, SIZE)
        maker.forward(centre, view(pos), view(types), view(radii), view(image))
        yield image.reshape(5, -1).T.numpy()


def seconds(run: Runner, molecules: list[Molecule]) -> float:
    """CPU time of one pass; each grid is dropped when it is done, as a data loader would hand it on."""
    start = time.process_time()
    for _ in run(molecules):
        pass
    return time.process_time() - start


def summary(times: list[float], molecules: list[Molecule]) -> dict[str, float]:
    """Median and spread of the repeats."""
    middle = float(np.median(times))
    return {
        "seconds_median": middle,
        "seconds_min": min(times),
        "seconds_max": max(times),
        "milliseconds_per_molecule": 1e3 * middle / len(molecules),
        "points_times_atoms_per_second": SIZE**3 * sum(len(z) for z, _ in molecules) / middle,
    }


def contenders() -> dict[str, tuple[Runner, str]]:
    """Name -> (function, version), as far as installed."""
    found: dict[str, tuple[Runner, str]] = {
        "torch_molfield": (ours, version("torch_molfield")),
        "PyTorch broadcast": (broadcast, torch.__version__),
    }
    if importlib.util.find_spec("molvoxel"):
        for library in ("numpy", "torch"):
            name = f"molvoxel ({library})"
            found[name] = (partial(molvoxel, library=library), version("molvoxel"))
    if importlib.util.find_spec("molgrid"):
        found["molgrid"] = (molgrid, version("molgrid"))
    return found


def picture(results: dict[str, dict[str, Any]], example: np.ndarray, path: Path) -> None:
    """Bars of the rates, and the voxels of one molecule."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), width_ratios=(1.6, 1))
    names = list(results)[::-1]
    rates = [results[name]["points_times_atoms_per_second"] / 1e6 for name in names]
    bars = left.barh(names, rates, color=["#c44e52" if name == "torch_molfield" else "#8899aa" for name in names])
    left.bar_label(bars, fmt="%.0f", padding=3)
    left.set_xlabel("points × atoms per second, millions (one core)")
    left.set_xlim(0, 1.15 * max(rates))
    left.spines[["top", "right"]].set_visible(False)
    colours = np.array([[0.75, 0.75, 0.75], [0.15, 0.15, 0.15], [0.2, 0.3, 0.9], [0.9, 0.15, 0.1], [0.2, 0.7, 0.2]])
    density = example.reshape(SIZE, SIZE, SIZE, 5).max(axis=2)
    image = 1.0 - np.clip(density @ (1.0 - colours), 0.0, 1.0)
    half = SIZE * SPACING / 2
    right.imshow(image.swapaxes(0, 1), origin="lower", extent=(-half, half, -half, half), interpolation="nearest")
    right.set_title("one molecule, maximum over z", fontsize=10)
    right.set_xlabel("Å")
    figure.tight_layout()
    figure.savefig(path, dpi=150)


def commit() -> str:
    """The commit that was measured."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def main() -> None:
    """Measure all contenders and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--molecules", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    molecules = load(arguments.data, arguments.molecules)
    difference = max(
        float(np.abs(a - b).max()) for a, b in zip(ours(molecules[:20]), broadcast(molecules[:20]), strict=True)
    )
    field = contenders()
    times: dict[str, list[float]] = {name: [] for name in field}
    for run, _ in field.values():  # warm-up
        seconds(run, molecules[: max(1, len(molecules) // 10)])
    for _ in range(arguments.repeats):  # interleaved, so that a busy moment of the machine meets all alike
        for name, (run, _) in field.items():
            times[name].append(seconds(run, molecules))
    results = {name: {"version": field[name][1], **summary(times[name], molecules)} for name in field}
    for name, result in results.items():
        print(f"{name:20s} {result['milliseconds_per_molecule']:8.2f} ms a molecule", flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    content = {
        "task": f"{SIZE}^3 x 5 occupancy at {SPACING} Å, float32, one thread, CPU time",
        "molecules": len(molecules),
        "atoms": sum(len(z) for z, _ in molecules),
        "repeats": arguments.repeats,
        "largest_difference_to_broadcast": difference,
        "commit": commit(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "machine": platform.machine(),
        "results": results,
    }
    partial = arguments.out / "fields.json.tmp"
    partial.write_text(json.dumps(content, indent=2), encoding="utf-8")
    os.replace(partial, arguments.out / "fields.json")
    picture(results, list(ours(molecules[:3]))[2], arguments.out / "fields.png")


if __name__ == "__main__":
    main()
