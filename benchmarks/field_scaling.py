"""Time a point of closed-form fields around more and more of a protein.

    OMP_NUM_THREADS=1 python benchmarks/field_scaling.py --data DIR

The first n atoms of adenylate kinase (DIR/traj/adk_dims.npz, first frame), 60 points an atom at N(0, 1.5 Å) from a
random atom, float32, each field's default tolerance. Prints µs of CPU time a point, the median of three passes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from torch_molfield.data.elements import atomic_number
from torch_molfield.fields import GaussianField, OccupancyField, PromolecularDensity

ATOMS = (500, 1000, 2000, 3341)
POINTS_PER_ATOM = 60


def load(data: Path) -> tuple[Tensor, Tensor]:
    """``(z [N], pos [N, 3] Å)`` of the whole protein."""
    with np.load(data / "traj" / "adk_dims.npz", allow_pickle=False) as archive:
        z = torch.tensor([atomic_number(str(symbol)) for symbol in archive["element"]])
        return z, torch.from_numpy(archive["pos"][0]).float()


def microseconds(field: torch.nn.Module, z: Tensor, pos: Tensor) -> float:
    """CPU time a point."""
    generator = torch.Generator().manual_seed(0)
    atom = torch.randint(len(pos), (POINTS_PER_ATOM * len(pos),), generator=generator)
    points = pos[atom] + 1.5 * torch.randn(len(atom), 3, generator=generator)
    times = []
    for _ in range(4):
        start = time.process_time()
        field(points, z, pos)
        times.append(time.process_time() - start)
    return 1e6 * statistics.median(times[1:]) / len(points)


@torch.no_grad()
def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    z, pos = load(parser.parse_args().data)
    for field in (OccupancyField(), GaussianField(), PromolecularDensity()):
        row = [f"{microseconds(field, z[:n], pos[:n]):.1f}" for n in ATOMS]
        print(f"| `{type(field).__name__}` | " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
