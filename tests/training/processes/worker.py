"""One of two processes that train every task with a limit of time; run by ``test_two_processes.py`` with torchrun.

Rank 1 is slow, and its clock is three times as fast: where each process followed its own, they would part.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from itertools import count
from pathlib import Path

import torch
from lightning.pytorch.callbacks import Callback

from tests.training.tasks.examples import CASES, frames, make
from torch_molfield.training import train
from torch_molfield.training.engine import clock

RANK = int(os.environ.get("RANK", "0"))
#: seconds from one reading of the clock to the next, by rank
TICK = (1.0, 3.0)
#: of all cases, and of those that go on from there
SECONDS, LONGER = 6.0, 9.0
#: cases that go on: batches of molecules, and each twice
RESUMED = ("forces", "faithful qdf")


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


def run(name: str, folder: Path, seconds: float, accumulate: int = 1, resume: bool = False, **hardware: object) -> dict:
    """Train a case; ``accumulate`` is batches of each process in a step."""
    ticks, steps = count(), Steps()
    clock.now = lambda: TICK[RANK] * next(ticks)
    task = make(name, max_steps=None, max_minutes=seconds / 60, checkpoint_every_seconds=4.0)
    options = {"accelerator": "cpu", "progress_bar": False, "callbacks": [steps], **hardware}
    options["accumulate_grad_batches"] = accumulate
    model = train(task, frames()[:12], directory=folder / name, resume=resume, **options)
    return {"step": task.global_step, "weights": digest(model), "rates": steps.rates, "rank": RANK}


def main(out: Path) -> None:
    """All cases in ``out/whole``; some go on in ``out/longer``."""
    two = {"devices": 2, "strategy": "ddp"}
    results = {name: run(name, out / "whole", SECONDS, **two) for name in CASES}
    torch.distributed.barrier()
    if RANK == 0:
        for name in RESUMED:
            shutil.copytree(out / "whole" / name, out / "longer" / name)
    torch.distributed.barrier()
    longer = {name: run(name, out / "longer", LONGER, resume=True, **two) for name in RESUMED}
    (out / f"rank{RANK}.json").write_text(json.dumps({"whole": results, "longer": longer}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
