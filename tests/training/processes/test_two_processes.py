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

from tests.training.processes import worker
from tests.training.processes.worker import LONGER, RESUMED, SECONDS
from tests.training.tasks.examples import CASES
from torch_molfield.models import load_model
from torch_molfield.training.engine import clock

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of ``worker.py``, and what each of its two processes found."""
    folder = tmp_path_factory.mktemp("two")
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    command = [*launcher, worker.__file__, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, [json.loads((folder / f"rank{rank}.json").read_text()) for rank in range(2)]


@pytest.mark.parametrize("name", CASES)
def test_all_processes_end_at_the_same_step_with_the_same_weights(trained, name):
    folder, found = trained
    first, second = (part["whole"][name] for part in found)
    assert first["rank"] == 0 and second["rank"] == 1
    assert first["step"] == second["step"] == 6
    assert first["weights"] == second["weights"]
    assert first["rates"] == second["rates"]
    state = torch.load(folder / "whole" / name / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["global_step"] == 6 and state["training_seconds"] == SECONDS
    load_model(folder / "whole" / name)


@pytest.mark.parametrize("name", RESUMED)
def test_a_checkpoint_of_two_processes_resumes_on_one_and_on_two(trained, name, tmp_path, monkeypatch):
    """One process that takes the batches of both in each step comes to the same weights."""
    folder, found = trained
    first, second = (part["longer"][name] for part in found)
    assert first["step"] == second["step"] == 9 and first["weights"] == second["weights"]
    shutil.copytree(folder / "whole" / name, tmp_path / name)
    monkeypatch.setattr(clock, "now", clock.now)  # put back afterwards
    assert worker.run(name, tmp_path, LONGER, accumulate=2, resume=True)["step"] == 9
    places = (folder / "whole", folder / "longer", tmp_path)
    before, two, one = (load_file(place / name / "model.safetensors") for place in places)
    moved = sum((two[key] - before[key]).double().square().sum() for key in two) ** 0.5
    apart = sum((two[key] - one[key]).double().square().sum() for key in two) ** 0.5
    assert moved > 0 and apart <= 1e-6 * moved, (float(moved), float(apart))
