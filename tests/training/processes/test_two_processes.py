"""Training on two processes: the clock of rank 0 decides on schedule, end and checkpoints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.tasks.examples import CASES
from torch_molfield.models import load_model

WORKER = Path(__file__).with_name("worker.py")
ROOT = Path(__file__).parents[3]
SECONDS, LONGER = 6.0, 9.0
#: batches of molecules, and each twice
RESUMED = ("forces", "faithful qdf")


def launch(
    folder: Path, seconds: float, processes: int, names=CASES, accumulate: int = 1, resume: bool = False
) -> list[dict]:
    """What each process found; ``accumulate`` is batches of each in a step."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    arguments = [str(folder), str(seconds), str(processes), str(accumulate), "resume" if resume else "new", *names]
    command = [sys.executable, *(launcher if processes > 1 else []), str(WORKER), *arguments]
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads((folder / f"rank{rank}.json").read_text()) for rank in range(processes)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    return folder, launch(folder, SECONDS, 2)


@pytest.mark.parametrize("name", CASES)
def test_all_processes_end_at_the_same_step_with_the_same_weights(trained, name):
    folder, (first, second) = trained
    assert first[name]["rank"] == 0 and second[name]["rank"] == 1
    assert first[name]["step"] == second[name]["step"] == 6
    assert first[name]["weights"] == second[name]["weights"]
    assert first[name]["rates"] == second[name]["rates"]
    state = torch.load(folder / name / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["global_step"] == 6 and state["training_seconds"] == SECONDS
    load_model(folder / name)


def test_a_checkpoint_of_two_processes_resumes_on_one_and_on_two(trained, tmp_path):
    """One process that takes the batches of both in each step comes to the same weights."""
    folder, _ = trained
    for processes in (1, 2):
        copy = tmp_path / str(processes)
        shutil.copytree(folder, copy)
        found = launch(copy, LONGER, processes, RESUMED, accumulate=2 // processes, resume=True)
        for name in RESUMED:
            assert [part[name]["step"] for part in found] == [9] * processes, name
            assert len({part[name]["weights"] for part in found}) == 1, name
    for name in RESUMED:
        one, two = (load_file(tmp_path / k / name / "model.safetensors") for k in "12")
        before = load_file(folder / name / "model.safetensors")
        moved = sum((two[key] - before[key]).double().square().sum() for key in two) ** 0.5
        apart = sum((two[key] - one[key]).double().square().sum() for key in two) ** 0.5
        assert moved > 0 and apart <= 1e-6 * moved, (name, float(moved), float(apart))
