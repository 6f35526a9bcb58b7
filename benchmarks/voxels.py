"""Claim: closed-form fields on regular grids cost no more than the specialised voxelisers, and are the exact formula.

Small molecules on 32³ × 5 (QM9, 0.25 Å) and drug-like ones of 35 to 64 atoms on 64³ × 8 and 96³ × 8 grids (0.5 and
0.25 Å), float32, one thread. One function for all, Σ exp(−d²/2σ²) with σ = 0.45 Å: the package, molvoxel with the
Gaussians cut at 6 σ (the same accuracy) and at 1.5 Å (its default); molgrid has one shape only, a Gaussian core with
a quadratic tail that ends at 1.5 Å. Beside them the package's occupancy. CPU time, minimum of interleaved passes.

    pip install molvoxel; pip install --no-deps molgrid      # peers, as far as installed
    OMP_NUM_THREADS=1 python benchmarks/voxels.py --data DIR --out docs/results

DIR holds qm9.npz (see the guide); the drug-like molecules are those of datasets/organic_conformers. Writes voxels.json
and voxels.png. The first pass, which loads or compiles the loops, is not counted; it is printed as ``cold``.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from fields import load
from once import write_result
from torch import Tensor

from torch_molfield import compiled
from torch_molfield.fields import GaussianField, OccupancyField
from torch_molfield.fields.base import Field

SIGMA, CUT = 0.45, 1.5
#: bytes of the grids of a batch: larger ones come from the system anew each time, which costs more than filling them
BYTES = 1 << 24
Molecule = tuple[Tensor, Tensor]
Runner = Callable[[list[Molecule]], Iterator[np.ndarray]]


class Case(NamedTuple):
    """One size of grid."""

    name: str
    size: int
    spacing: float
    elements: dict[str, tuple[str, ...]]

    @property
    def batch(self) -> int:
        """Molecules that the package takes at once."""
        return max(1, BYTES // (4 * self.size**3 * len(self.elements)))

    @property
    def axis(self) -> Tensor:
        """``[size]`` coordinates in Å."""
        return (torch.arange(self.size) - (self.size - 1) / 2) * self.spacing

    def channel(self, z: Tensor) -> Tensor:
        """``[N]`` channel of each atom."""
        members = GaussianField(channels=self.elements, sigma=SIGMA)
        return members.terms(z, torch.zeros(len(z), 3), torch.zeros_like(z)).amplitude.argmax(1)


FIVE = {name: (name,) for name in ("H", "C", "N", "O", "F")}
EIGHT = {name: (name,) for name in ("H", "C", "N", "O", "F", "S", "Cl")} | {"rest": ("B", "Si", "P", "Br", "I")}
CASES = (
    Case("32³ × 5, QM9", 32, 0.25, FIVE),
    Case("64³ × 8, drug-like", 64, 0.5, EIGHT),
    Case("96³ × 8, drug-like", 96, 0.25, EIGHT),
)


def drug_like(count: int) -> list[Molecule]:
    """The first structure of ``count`` molecules of 35 atoms or more, centred."""
    found: list[Molecule] = []
    for path in sorted((Path(__file__).parents[1] / "datasets" / "organic_conformers").glob("*.npz")):
        shard = dict(np.load(path, allow_pickle=False))
        ends = np.cumsum(shard["n_atoms"])
        for k in np.unique(shard["molecule"], return_index=True)[1]:
            rows = slice(ends[k] - shard["n_atoms"][k], ends[k])
            pos = torch.from_numpy(shard["pos"][rows] * float(shard["step"])).float()
            if len(pos) >= 35:
                found.append((torch.from_numpy(shard["z"][rows].astype(np.int64)), pos - pos.mean(0)))
    return found[:count]


def on_grid(field: Field, case: Case) -> Runner:
    """The package, in batches."""

    def run(molecules: list[Molecule]) -> Iterator[np.ndarray]:
        for z, pos, batch in batches(molecules, case.batch):
            yield from field.bind(z, pos, batch).on_grid(*[case.axis] * 3).numpy()

    return run


def at_points(field: Field, case: Case) -> Runner:
    """The package with a list of points, which happens to be a grid."""
    points = torch.stack(torch.meshgrid(*[case.axis] * 3, indexing="ij"), -1).reshape(-1, 3)

    def run(molecules: list[Molecule]) -> Iterator[np.ndarray]:
        for z, pos, batch in batches(molecules, case.batch):
            count = int(batch[-1]) + 1
            owner = torch.arange(count).repeat_interleave(len(points))
            yield from field(points.repeat(count, 1), z, pos, owner, batch).reshape(count, *[case.size] * 3, -1).numpy()

    return run


def batches(molecules: list[Molecule], size: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    for start in range(0, len(molecules), size):
        block = molecules[start : start + size]
        sizes = torch.tensor([len(z) for z, _ in block])
        batch = torch.repeat_interleave(torch.arange(len(block)), sizes)
        yield torch.cat([z for z, _ in block]), torch.cat([p for _, p in block]), batch


def molvoxel(case: Case, radius: float) -> Runner:
    """molvoxel (PyPI) in NumPy: the same Gaussians, 0 beyond ``radius`` Å."""
    from molvoxel import create_voxelizer

    voxelizer = create_voxelizer(
        case.spacing, case.size, radii_type="scalar", density_type="gaussian", library="numpy", sigma=SIGMA / radius
    )

    def run(molecules: list[Molecule]) -> Iterator[np.ndarray]:
        for z, pos in molecules:
            types = case.channel(z).numpy().astype(np.int16)
            image = voxelizer.forward_types(pos.double().numpy(), np.zeros(3), types, radius)
            yield np.moveaxis(np.asarray(image), 0, -1)

    return run


def molgrid(case: Case) -> Runner:
    """libmolgrid (PyPI, C++), its own shape."""
    import molgrid as library

    maker = library.GridMaker(resolution=case.spacing, dimension=case.spacing * (case.size - 1))
    view, centre = library.tensor_as_grid, library.float3(0.0, 0.0, 0.0)

    def run(molecules: list[Molecule]) -> Iterator[np.ndarray]:
        for z, pos in molecules:
            types, radii = case.channel(z).float(), torch.ones(len(z))
            image = torch.zeros(len(case.elements), *[case.size] * 3)
            maker.forward(centre, view(pos), view(types), view(radii), view(image))
            yield np.moveaxis(image.numpy(), 0, -1)

    return run


def contenders(case: Case) -> dict[str, Runner]:
    """Name -> function, as far as installed."""
    gaussian, occupancy = GaussianField(sigma=SIGMA, channels=case.elements), OccupancyField(0.5, case.elements)
    found = {
        "ours, Gaussians": on_grid(gaussian, case),
        "ours, occupancy": on_grid(occupancy, case),
        "ours, occupancy, list of points": at_points(occupancy, case),
    }
    if importlib.util.find_spec("molgrid"):
        found["molgrid, own shape to 1.5 Å"] = molgrid(case)
    if importlib.util.find_spec("molvoxel"):
        found["molvoxel, Gaussians to 6 σ"] = molvoxel(case, 6 * SIGMA)
        found["molvoxel, Gaussians to 1.5 Å"] = molvoxel(case, CUT)
    return found


def largest_error(field: Field, case: Case, molecules: list[Molecule]) -> float:
    """Largest difference to the formula in float64 at every node of some molecules."""
    worst = 0.0
    for z, pos in molecules:
        points = torch.stack(torch.meshgrid(*[case.axis.double()] * 3, indexing="ij"), -1).reshape(-1, 3)
        fast = field.bind(z, pos).on_grid(*[case.axis] * 3).reshape(len(points), -1)
        exact = field.bind(z, pos.double())
        for part, rows in zip(points.split(999), fast.split(999), strict=True):  # short lists are no grids
            worst = max(worst, float((exact(part.flip(0)).flip(0) - rows).abs().max()))
    return worst


def seconds(run: Runner, molecules: list[Molecule]) -> float:
    """CPU time; each grid is dropped when it is done."""
    start = time.process_time()
    for _ in run(molecules):
        pass
    return time.process_time() - start


def measure(case: Case, molecules: list[Molecule], repeats: int) -> dict[str, Any]:
    """Milliseconds per molecule of every contender, and the error of ours."""
    runs = contenders(case)
    times: dict[str, list[float]] = {name: [] for name in runs}
    cold = {name: seconds(run, molecules[: case.batch]) for name, run in runs.items()}
    for _ in range(repeats):
        for name, run in runs.items():
            times[name].append(seconds(run, molecules))
    result = {name: 1e3 * min(values) / len(molecules) for name, values in times.items()}
    spread = {name: 1e3 * max(values) / len(molecules) for name, values in times.items()}
    error = {
        type(field).__name__: largest_error(field, case, molecules[:2])
        for field in (GaussianField(sigma=SIGMA, channels=case.elements), OccupancyField(0.5, case.elements))
    }
    print(case.name, {name: round(value, 2) for name, value in result.items()}, error, flush=True)
    return {
        "molecules": len(molecules),
        "atoms": sum(len(z) for z, _ in molecules),
        "milliseconds": result,
        "slowest": spread,
        "first_pass_seconds": cold,
        "largest_error": error,
    }


def picture(results: dict[str, dict[str, Any]], path: Path) -> None:
    """Bars of time for each grid, on a logarithmic axis."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullFormatter

    from torch_molfield.viz import save_figure

    figure = Figure(figsize=(9.5, 3.2), layout="constrained")
    for axis, (title, result) in zip(figure.subplots(1, len(results), sharey=True), results.items(), strict=True):
        names = list(result["milliseconds"])[::-1]
        values = [result["milliseconds"][name] for name in names]
        colours = ["#c44e52" if name.startswith("ours") else "#8899aa" for name in names]
        axis.bar_label(axis.barh(names, values, color=colours), fmt="%.3g", padding=2, fontsize=8)
        axis.set_xscale("log")
        axis.set_xlim(min(values) / 3, 5 * max(values))
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("ms per molecule")
        axis.spines[["top", "right"]].set_visible(False)
    save_figure(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of qm9.npz")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--molecules", type=int, default=320)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--numpy", action="store_true", help="without the compiled loops")
    arguments = parser.parse_args()
    data, out = arguments.data, arguments.out
    options = argparse.Namespace(
        molecules=arguments.molecules, repeats=arguments.repeats, numpy=arguments.numpy, threads=1
    )
    torch.set_num_threads(1)
    compiled.WORTH = float("inf") if arguments.numpy else -1.0
    sets = (load(data, arguments.molecules), drug_like(32), drug_like(8))
    results = {
        case.name: measure(case, molecules, arguments.repeats) for case, molecules in zip(CASES, sets, strict=True)
    }
    suffix = "_numpy" if arguments.numpy else ""
    write_result(out / f"voxels{suffix}.json", options, results)
    picture(results, out / f"voxels{suffix}.png")


if __name__ == "__main__":
    main()
