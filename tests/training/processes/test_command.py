"""``molfield train … --devices 2 --strategy ddp``: the command starts its other process by itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from torch_molfield.models import load_model

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_the_command_starts_both_processes(tmp_path):
    script, config, out = tmp_path / "molfield.py", tmp_path / "tiny.json", tmp_path / "run"
    script.write_text("from torch_molfield.cli.main import main\n\nmain()\n")
    config.write_text(json.dumps({"batch_size": 2, "model": {"width": 4, "layers": 1}}))
    command = f"train qdf water_dimer --target energy --max-steps 2 --config {config} --val-samples 0 --out {out}"
    hardware = "--accelerator cpu --devices 2 --strategy ddp --threads 1"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    arguments = [sys.executable, str(script), *command.split(), *hardware.split()]
    ended = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stderr[-3000:]
    state = torch.load(out / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["global_step"] == 2
    load_model(out)
