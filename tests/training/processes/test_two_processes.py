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

from torch_molfield.models import load_model

WORKER = Path(__file__).with_name("worker.py")
CASES = ("surface", "density", "property", "forces", "qdf", "qdf_faithful", "generator", "motion")
SECONDS, LONGER = 6.0, 9.0


def launch(folder: Path, seconds: float, processes: int, resume: bool = False) -> list[dict]:
    """What each process found."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    arguments = [str(folder), str(seconds), str(processes), "resume" if resume else "new"]
    command = [sys.executable, *(launcher if processes > 1 else []), str(WORKER), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
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


@pytest.mark.parametrize("processes", [1, 2])
def test_a_checkpoint_of_two_processes_resumes_on_one_and_on_two(trained, tmp_path, processes):
    folder, _ = trained
    shutil.copytree(folder, tmp_path / "copy")
    found = launch(tmp_path / "copy", LONGER, processes, resume=True)
    for name in CASES:
        assert [part[name]["step"] for part in found] == [9] * processes, name
        assert len({part[name]["weights"] for part in found}) == 1, name
        assert len(found[0][name]["rates"]) == 3, name
