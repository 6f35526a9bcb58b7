"""What a training has left behind."""

from __future__ import annotations

import csv
from pathlib import Path

import torch


def steps(directory: Path) -> int:
    """How many steps a finished training has done."""
    return int(torch.load(directory / "checkpoints" / "last.ckpt", weights_only=True)["global_step"])


def losses(directory: Path) -> list[tuple[int, float]]:
    """``(step, loss)`` of its log, which begins at step 20."""
    path = directory / "log" / "metrics.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return [(int(row["step"]), float(row["loss"])) for row in csv.DictReader(file)]


def short_losses(directory: Path, count: int = 20) -> list[tuple[int, float]]:
    """The loss at about ``count`` steps, each a mean of the log since the one before."""
    rows = losses(directory)
    width = max(1, len(rows) // count)
    parts = [rows[k : k + width] for k in range(0, len(rows), width)]
    return [(part[-1][0], round(sum(loss for _, loss in part) / len(part), 5)) for part in parts]
