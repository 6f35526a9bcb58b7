"""Time and memory of the field of a protein of 3 341 atoms on a grid."""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

from neural_fields.shapes import frames
from torch_molfield.training import NeuralFieldFit, fit_neural_field


def memory(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of the exact field and of a network on each grid, and the peak of the process's memory so far."""
    (target,) = frames(options.data / "traj" / "adk_dims.npz", 1, hydrogens=True)
    settings = NeuralFieldFit(max_steps=2, pool=20_000)
    model, _ = fit_neural_field([target], settings)
    result: dict[str, Any] = {"atoms": len(target.z), "channels": len(model.channels), "before_mib": _peak()}
    for count in (n for n in (64, 128) if n <= options.largest):
        row: dict[str, float] = {}
        for name, make in (
            ("network", lambda n=count: model.shape(0).to_grid(2 * model.half_width / (n - 1))),
            ("exact", lambda n=count: target.grid(n, model.half_width)),
        ):
            began = time.perf_counter()
            make()
            row |= {f"{name}_seconds": time.perf_counter() - began, f"{name}_peak_mib": _peak()}
        result[str(count)] = row
        print(count, row, flush=True)
    return result


def _peak() -> float:
    """MiB; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
