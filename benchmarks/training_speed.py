"""Training steps per second of every task, with default models on bundled molecules, on one core.

Frames of four small bundled molecules, with random labels, since a step costs the same whatever it learns. Steps are
per second of processor time, which other programs of the machine disturb less than the time of the clock; medians over
turns of some steps, after as many of warm-up. With ``--before``, the folder of another version of the package, a
process of each version takes its turn while the other one waits, and ``ratio`` is the median over turns of the speed
*after* over *before*, with its quartiles.

    python benchmarks/training_speed.py --out runs/training_speed --before ../before
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from once import write_result
from torch_geometric.data import Data

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import MolField
from torch_molfield.training import (
    DensityTraining,
    ForceFieldTraining,
    MotionTraining,
    PropertyTraining,
    QDFTraining,
    SurfaceTraining,
    train_density,
    train_force_field,
    train_motion,
    train_property,
    train_qdf,
    train_surface,
)
from torch_molfield.training.batches.windows import trajectories_of
from torch_molfield.training.engine.progress import quiet_lightning

MOLECULES = ("water_dimer", "ethanol", "glycine", "malonaldehyde")
#: frames of each
FRAMES = 100
#: steps of a turn, a multiple of those from one line of the log, or one step on the potential, to the next
STEPS = 40


class Turns(Callback):
    """After every turn prints its time as JSON, and waits for a line on the standard input."""

    def __init__(self) -> None:
        self.began: tuple[float, float] | None = None

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
        if trainer.global_step % STEPS == 0:
            ended = now()
            speed = [] if self.began is None else [STEPS / (e - b) for e, b in zip(ended, self.began, strict=True)]
            print(json.dumps(speed), flush=True)
            trainer.should_stop = not sys.stdin.readline()  # the other end is closed
            self.began = now()


def now() -> tuple[float, float]:
    """Processor time, and that of the clock."""
    return time.process_time(), time.perf_counter()


def measure(name: str, turns: int) -> None:
    """Take turns of a task in this process."""
    torch.set_num_threads(1)
    quiet_lightning()
    train, settings = TASKS[name]
    given: dict[str, Any] = {"callbacks": [Turns()], "progress_bar": False, "accelerator": "cpu"}
    end = {"max_steps": STEPS * (turns + 1), "checkpoint_every_seconds": 1e6}
    with tempfile.TemporaryDirectory() as folder:
        train({**end, **settings}, labelled(), folder, given)


def labelled() -> list[Data]:
    """Frames with random labels of the right shapes."""
    generator = torch.Generator().manual_seed(0)
    frames = []
    for name in MOLECULES:
        for frame in list(BundledTrajectories([name]).split("train")[:FRAMES]):
            size = len(frame.z)
            frame.energy, frame.forces = draw(1, generator).double(), draw(size, 3, generator)
            frame.charges, frame.dipole = 0.1 * draw(size, generator), draw(1, 3, generator)
            frame.gap = frame.atomization = draw(1, generator)
            frames.append(frame)
    return frames


def draw(*given: Any) -> torch.Tensor:
    *shape, generator = given
    return torch.randn(shape, generator=generator)


def simple(kind: Any, train: Callable[..., Any]) -> Callable[..., Any]:
    return lambda settings, frames, folder, given: train(kind(**settings), frames, folder, **given)


def motion(settings: dict[str, Any], frames: list[Data], folder: str, given: dict[str, Any]) -> Any:
    field = MolField.from_pretrained("md-surfaces")
    return train_motion(MotionTraining(**settings), trajectories_of(frames), field, folder, **given)


#: how to train, and settings; batches are made in the process of the training
TASKS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "surface": (simple(SurfaceTraining, train_surface), {"workers": 0}),
    "density": (simple(DensityTraining, train_density), {}),
    "property": (simple(PropertyTraining, train_property), {}),
    "forces": (simple(ForceFieldTraining, train_force_field), {}),
    "forces with charges": (simple(ForceFieldTraining, train_force_field), {"model": {"charges": True}}),
    "qdf, quadrature": (simple(QDFTraining, train_qdf), {}),
    "qdf, faithful": (simple(QDFTraining, train_qdf), {"mode": "faithful"}),
    "motion": (motion, {"workers": 0}),
}


class Version:
    """A process that takes turns of a task with the package in a folder."""

    def __init__(self, package: Path, name: str, turns: int) -> None:
        command = [sys.executable, __file__, "--measure", "--tasks", name, "--turns", str(turns)]
        environment = {**os.environ, "PYTHONPATH": str(package)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process: Any = subprocess.Popen(command, env=environment, text=True, **pipes)
        self.warm_up = self.speed()

    def turn(self) -> list[float]:
        """Steps per second of processor time, and of the clock."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.speed()

    def speed(self) -> list[float]:
        for line in self.process.stdout:
            if line.startswith("["):
                return json.loads(line)
        raise SystemExit(f"the training has ended with {self.process.wait()}.")

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def compare(packages: dict[str, Path], name: str, turns: int) -> dict[str, Any]:
    """Medians over turns by version, and the ratio of the versions."""
    versions = {version: Version(package, name, turns) for version, package in packages.items()}
    found: dict[str, list[list[float]]] = {version: [] for version in packages}
    for turn in range(turns):
        for version in list(packages) if turn % 2 == 0 else list(packages)[::-1]:
            found[version].append(versions[version].turn())
    for version in versions.values():
        version.end()
    columns = {
        version: [statistics.median(column) for column in zip(*found[version], strict=True)] for version in found
    }
    result: dict[str, Any] = {v: dict(zip(("per_processor_s", "per_s"), columns[v], strict=True)) for v in columns}
    if "before" in found:
        ratios = [a[0] / b[0] for a, b in zip(found["after"], found["before"], strict=True)]
        result |= {"ratio": statistics.median(ratios), "quartiles": statistics.quantiles(ratios)[::2]}
    print(name, json.dumps(result), flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/training_speed"))
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--turns", type=int, default=12)
    parser.add_argument("--before", type=Path, help="folder of another version, with torch_molfield in it")
    parser.add_argument("--measure", action="store_true", help="take turns of one task in this process")
    parser.add_argument("--threads", type=int, choices=[1], default=1)
    options = parser.parse_args()
    if options.measure:
        measure(options.tasks[0], options.turns)
        return
    here = Path(__file__).resolve().parents[1]
    packages = {"after": here} if options.before is None else {"before": options.before.resolve(), "after": here}
    result = {name: compare(packages, name, options.turns) for name in options.tasks}
    write_result(options.out / "training_speed.json", options, result)


if __name__ == "__main__":
    main()
