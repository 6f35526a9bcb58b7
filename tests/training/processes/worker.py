"""One of two processes that train every task with a limit of time; run by ``test_two_processes.py`` with torchrun.

Rank 1 is slow, and its clock is three times as fast: where each process followed its own, they would part.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from itertools import count
from pathlib import Path

import torch
from lightning.pytorch.callbacks import Callback

from torch_molfield.data import BundledTrajectories
from torch_molfield.models import MolField
from torch_molfield.training import find_task, train
from torch_molfield.training.engine import clock

RANK = int(os.environ.get("RANK", "0"))
SMALL = {"hidden": 8, "depth": 2, "num_frequencies": 16, "width": 8, "vectors": 2, "heads": 2, "trunk_layers": 1}
ENERGY = {"width": 8, "vectors": 2, "radial": 4, "sources": 4}
#: name of a case -> task and its settings
CASES = {
    "surface": ("surface", {"num_points": 16, "batch_size": 2, "workers": 0, "model": SMALL}),
    "density": ("density", {"num_points": 16, "batch_size": 2, "model": SMALL}),
    "property": ("property", {"targets": ["energy", "dipole"], "batch_size": 2, "model": SMALL}),
    "forces": ("forces", {"batch_size": 2, "charges": True, "model": ENERGY}),
    "qdf": ("qdf", {"targets": ["energy"], "batch_size": 2, "model": {"width": 4, "layers": 1}}),
    "qdf_faithful": (
        "qdf",
        {"mode": "faithful", "targets": ["energy"], "batch_size": 2, "model": {"width": 4, "layers": 1}},
    ),
    "generator": (
        "generator",
        {
            "properties": ["energy"],
            "batch_size": 2,
            "model": {"hidden_channels": 8, "num_layers": 1, "num_heads": 2, "label_channels": 8},
        },
    ),
    "motion": ("motion", {"horizon": 10.0, "width": 8, "vectors": 2, "layers": 1, "batch_size": 2, "moments": 2}),
}
#: seconds from one reading of the clock to the next, by rank
TICK = (1.0, 3.0)


class Steps(Callback):
    """Counts the steps, and is slow on rank 1."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def on_train_batch_end(self, trainer, pl_module, *args) -> None:
        self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])
        time.sleep(0.01 * RANK)


def digest(model: torch.nn.Module) -> str:
    """Of all weights."""
    found = hashlib.sha256()
    for value in model.state_dict().values():
        found.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def run(name: str, folder: Path, seconds: float, processes: int, resume: bool) -> dict[str, object]:
    task_name, settings = CASES[name]
    frames = list(BundledTrajectories("water_dimer").split("train"))[:12]
    cls, given = find_task(task_name), {**settings, "max_minutes": seconds / 60, "checkpoint_every_seconds": 4.0}
    torch.manual_seed(0)
    task = cls(given, field=MolField(**SMALL)) if task_name == "motion" else cls(given)
    ticks, steps = count(), Steps()
    clock.now = lambda: TICK[RANK] * next(ticks)
    strategy = "ddp" if processes > 1 else "auto"
    options = {"accelerator": "cpu", "devices": processes, "strategy": strategy, "progress_bar": False}
    model = train(task, frames, directory=folder / name, resume=resume, callbacks=[steps], **options)
    return {"step": task.global_step, "weights": digest(model), "rates": steps.rates, "rank": RANK}


if __name__ == "__main__":
    out, seconds, processes, resume = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "resume"
    results = {name: run(name, out, seconds, processes, resume) for name in CASES}
    (out / f"rank{RANK}.json").write_text(json.dumps(results))
