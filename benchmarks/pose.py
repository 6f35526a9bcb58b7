"""Pose invariance and continuity of MolField, measured: 1000 poses of each molecule, 1000 steps of each path.

    python benchmarks/pose.py --model md-surfaces --out docs/results/pose.json

Without ``--model`` an untrained model of default size is measured, with fixed seed. A pose is a random rotation, a
shift within ±10 Å and a shuffle of the atoms. The error is the largest change of the field at co-moving points over
all poses, relative to its largest magnitude there. ``rounding`` is that error of a float64 model that is given the
float32 coordinates of the poses: what no float32 program can avoid.
"""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

import torch
from once import write_json
from shipped import shipped_weights
from torch import Tensor

from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.geometry import canonical_frames
from torch_molfield.models import MolField
from torch_molfield.testing.molecules import MOLECULES
from torch_molfield.testing.paths import SYMMETRIC_PATHS, points_near, subject
from torch_molfield.testing.poses import largest_step, random_poses


@torch.no_grad()
def error_over_poses(model: MolField, z: Tensor, pos: Tensor, points: Tensor, poses: int, chunk: int) -> float:
    """Poses are made in ``pos.dtype`` and evaluated in the dtype of the model."""
    dtype = next(model.parameters()).dtype
    reference = model(z, pos.to(dtype))(points.to(dtype)).double()
    worst = 0.0
    for start in range(0, poses, chunk):
        number = min(chunk, poses - start)
        many, moved, batch, queries = random_poses(z, pos, points, number, seed=start)
        owner = torch.arange(number).repeat_interleave(len(points))
        values = model(many, moved.to(dtype), batch)(queries.to(dtype).reshape(-1, 3), owner)
        worst = max(worst, float((values.double().reshape(number, *reference.shape) - reference).abs().max()))
    return worst / float(reference.abs().max())


def measure(model: MolField, name: str, poses: int, number: int) -> dict[str, float]:
    z, pos = subject(name)
    points = points_near(pos, number)
    frames = len(canonical_frames(z, pos).weight)
    chunk = max(1, 1000 // (frames * len(z)))
    result = {
        "frames": frames,
        "float32": error_over_poses(model.float(), z, pos.float(), points.float(), poses, chunk),
    }
    double = model.double()
    result["float64"] = error_over_poses(double, z, pos, points, poses, chunk)
    result["rounding"] = error_over_poses(double, z, pos.float(), points.float(), poses, chunk)
    return result


@torch.no_grad()
def steepness(model: MolField, path: str, number: int) -> float:
    """Largest over median step along 1000 steps."""
    steps = [SYMMETRIC_PATHS[path](t) for t in torch.linspace(-1, 1, 1001).tolist()]
    points = points_near(steps[0][1], number)
    values = []
    for start in range(0, 1001, 77):
        z, pos = (torch.cat(column) for column in zip(*steps[start : start + 77], strict=True))
        batch = torch.arange(77).repeat_interleave(len(steps[0][0]))
        owner = torch.arange(77).repeat_interleave(number)
        values.append(model.double()(z, pos, batch)(points.repeat(77, 1), owner).reshape(77, -1))
    return largest_step(torch.cat(values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="shipped name or folder; default: untrained")
    parser.add_argument("--poses", type=int, default=1000)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--molecules", nargs="*", default=[*MOLECULES, *BUNDLED_NAMES])
    parser.add_argument("--out", type=Path, default=Path("docs/results/pose.json"))
    options = parser.parse_args()
    torch.manual_seed(0)
    model = MolField.from_pretrained(options.model) if options.model else MolField().eval()
    known = model.config["elements"]
    results: dict[str, dict[str, float]] = {}
    for name in options.molecules:
        if known is not None and not set(subject(name)[0].tolist()) <= set(known):
            print(f"{name}: elements unknown to the model")
            continue
        results[name] = measure(model, name, options.poses, options.points)
        print(name, " ".join(f"{key} {value:.1e}" for key, value in results[name].items()), flush=True)
    paths = {}
    for path in SYMMETRIC_PATHS:
        if known is None or set(SYMMETRIC_PATHS[path](1.0)[0].tolist()) <= set(known):
            paths[path] = steepness(model, path, options.points)
            print(path, f"{paths[path]:.1f}", flush=True)
    report = {
        "model": options.model or "untrained",
        "poses": options.poses,
        "points": options.points,
        "torch": torch.__version__,
        **shipped_weights(options.model),
        "machine": platform.machine(),
        "molecules": results,
        "largest_over_median_step": paths,
    }
    write_json(options.out, report)


if __name__ == "__main__":
    main()
