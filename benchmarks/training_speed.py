"""Training steps per second of every task, with default models on bundled molecules, on one core.

Frames of four small bundled molecules, with random labels, since a step costs the same whatever it learns. Steps of
warm-up are not counted. Steps are per second of processor time, which other programs of the machine disturb less than
the time of the clock; the median over repeats, each in a process of its own, since processes of the same code differ.
With ``--before``, the folder of another version of the package, the two versions take turns, and ``ratio`` is the
median of the ratios within turns, *after* over *before*.

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
    train_force_field,
    train_motion,
    train_property,
    train_qdf,
    train_surface,
)
from torch_molfield.training.batches.windows import trajectories_of
from torch_molfield.training.engine.progress import quiet_lightning
from torch_molfield.training.tasks.density import train_density

MOLECULES = ("water_dimer", "ethanol", "glycine", "malonaldehyde")
#: frames of each
FRAMES = 100
#: a multiple of the steps from one line of the log, or one step on the potential, to the next
WARM_UP = 40


def measure(names: list[str]) -> dict[str, dict[str, float]]:
    """Steps per second of these tasks in this process."""
    torch.set_num_threads(1)
    quiet_lightning()
    frames = labelled()
    return {name: measure_task(name, frames) for name in names}


def measure_task(name: str, frames: list[Data]) -> dict[str, float]:
    train, settings, steps = TASKS[name]
    clock = StepClock()
    given: dict[str, Any] = {"callbacks": [clock], "progress_bar": False, "accelerator": "cpu"}
    end = {"max_steps": WARM_UP + steps, "checkpoint_every_seconds": 1e6}
    with tempfile.TemporaryDirectory() as folder:
        train({**end, **settings}, frames, folder, given)
    return clock.speed(steps)


class StepClock(Callback):
    """Processor time and time of the clock since the end of the warm-up."""

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
        self.ended = (time.process_time(), time.perf_counter())
        if trainer.global_step == WARM_UP:
            self.began = self.ended

    def speed(self, steps: int) -> dict[str, float]:
        processor, clock = (steps / (e - b) for e, b in zip(self.ended, self.began, strict=True))
        return {"per_processor_s": processor, "per_s": clock}


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


#: how to train, settings, and steps that are timed; batches are made in the process of the training
TASKS: dict[str, tuple[Callable[..., Any], dict[str, Any], int]] = {
    "surface": (simple(SurfaceTraining, train_surface), {"workers": 0}, 80),
    "density": (simple(DensityTraining, train_density), {}, 40),
    "property": (simple(PropertyTraining, train_property), {}, 80),
    "forces": (simple(ForceFieldTraining, train_force_field), {}, 320),
    "forces with charges": (simple(ForceFieldTraining, train_force_field), {"model": {"charges": True}}, 320),
    "qdf, quadrature": (simple(QDFTraining, train_qdf), {}, 40),
    "qdf, faithful": (simple(QDFTraining, train_qdf), {"mode": "faithful"}, 40),
    "motion": (motion, {"workers": 0}, 160),
}


def in_new_process(package: Path, names: list[str]) -> dict[str, dict[str, float]]:
    """:func:`measure` with the package in this folder."""
    environment = {**os.environ, "PYTHONPATH": str(package)}
    command = [sys.executable, __file__, "--measure", "--tasks", *names]
    out = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


def turns(packages: dict[str, Path], names: list[str], repeats: int) -> dict[str, Any]:
    """Medians over repeats by task and version, and of the ratios within a turn."""
    found: list[dict[str, Any]] = []
    for turn in range(repeats):
        order = list(packages) if turn % 2 == 0 else list(packages)[::-1]
        found.append({version: in_new_process(packages[version], names) for version in order})
        print(f"turn {turn + 1} of {repeats}", json.dumps(found[-1]), flush=True)
    return {name: medians([{version: run[version][name] for version in packages} for run in found]) for name in names}


def medians(runs: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    columns: dict[str, Any] = {
        version: {unit: statistics.median(run[version][unit] for run in runs) for unit in runs[0][version]}
        for version in runs[0]
    }
    if "before" in columns:
        ratios = [run["after"]["per_processor_s"] / run["before"]["per_processor_s"] for run in runs]
        columns |= {"ratio": statistics.median(ratios), "ratios": ratios}
    return columns


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/training_speed"))
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--before", type=Path, help="folder of another version, with torch_molfield in it")
    parser.add_argument("--measure", action="store_true", help="measure once in this process and print")
    parser.add_argument("--threads", type=int, choices=[1], default=1)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.tasks)))
        return
    here = Path(__file__).resolve().parents[1]
    packages = {"after": here} if options.before is None else {"before": options.before.resolve(), "after": here}
    result = turns(packages, options.tasks, options.repeats)
    write_result(options.out / "training_speed.json", options, result)


if __name__ == "__main__":
    main()
