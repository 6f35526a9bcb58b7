"""Time of a step of molecular dynamics."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from ase import Atoms
from peers.energies import ENERGY_MODELS

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.data import RevisedMD17
from torch_molfield.nn.energy_model import EnergyModel

REPEATS, BATCH = 20, 64


def speed(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of energy and forces of one aspirin, and of each of 64 at once, on one core.

    Networks are untrained, which changes no cost; GFN2-xTB is tblite's ASE calculator, which has no batches. The
    median of 20 frames after a warm-up; all in one process. *surface* is what the learned and the closed-form
    solvent-excluded surface at 0.3 Å cost on top.
    """
    frames = list(RevisedMD17(options.data, "aspirin", "test"))[: REPEATS + 1]
    found: dict[str, Any] = {}
    for name in options.models:
        torch.manual_seed(0)
        model = ENERGY_MODELS[name]().eval()
        found[name] = {
            "one": _median(lambda k, m=model: _network(m, frames[k : k + 1])),
            "batch": _batch(model, frames),
        }
    found["GFN2-xTB"] = {"one": _median(_gfn2(frames))}
    calculator = MolFieldCalculator.from_pretrained(options.weights, field=options.field) if options.weights else None
    if calculator is not None:
        atoms = [Atoms(frame.z.numpy(), frame.pos.double().numpy()) for frame in frames]
        found["calculator"] = {"one": _median(lambda k: calculator.get_forces(atoms[k]))}
        for kind in ("learned", "ses"):
            found[f"surface, {kind}"] = {"one": _median(lambda k, s=kind: calculator.get_surface(atoms[k], s, 0.3))}
    return found


def _network(model: EnergyModel, frames: list) -> None:
    batch = torch.arange(len(frames)).repeat_interleave(torch.tensor([len(frame.z) for frame in frames]))
    model.forces(torch.cat([frame.z for frame in frames]), torch.cat([frame.pos for frame in frames]), batch)


def _batch(model: EnergyModel, frames: list) -> float:
    many = (frames * BATCH)[:BATCH]
    return _median(lambda _: _network(model, many), repeats=3) / BATCH


def _gfn2(frames: list) -> Callable[[int], Any]:
    from tblite.ase import TBLite

    calculator = TBLite(method="GFN2-xTB", verbosity=0)
    return lambda k: calculator.get_forces(Atoms(frames[k].z.numpy(), frames[k].pos.double().numpy()))


def _median(work: Callable[[int], Any], repeats: int = REPEATS) -> float:
    """Milliseconds."""
    work(0)
    spent = []
    for k in range(repeats):
        began = time.perf_counter()
        work(k + 1 if repeats == REPEATS else 0)
        spent.append(1000 * (time.perf_counter() - began))
    return statistics.median(spent)
