"""Time of a step of molecular dynamics."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from ase import Atoms
from peers.energies import ENERGY_MODELS, SMALL_ENERGY_MODELS
from torch_geometric.data import Data

from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.calculators.dynamics import make_dynamics, start_velocities
from torch_molfield.data import RevisedMD17
from torch_molfield.nn.heads.energy_model import EnergyModel

REPEATS, BATCH = 20, 64
#: does the work of step k
Work = Callable[[int], Any]


def speed(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of energy and forces of one aspirin, and of each of 64 at once, on one core.

    Networks are untrained, which changes no cost; peers in the size that their authors take and in half of that.
    GFN2-xTB is tblite's ASE calculator, which has no batches and starts from the density of the step before; it obeys
    OMP_NUM_THREADS alone. The median of 20 consecutive steps after a warm-up; all in one process. *calculator* is
    MolField in ASE, of ``weights``, without and with ``compile``; *surface* is what the learned and the closed-form
    solvent-excluded surface at 0.3 Å cost on top.
    """
    atoms = _consecutive(RevisedMD17(options.data, "aspirin", "test")[0])
    frames = [Data(z=torch.as_tensor(a.numbers), pos=torch.as_tensor(a.positions).float()) for a in atoms]
    found: dict[str, Any] = {}
    for name in options.models:
        sizes = {name: ENERGY_MODELS[name], f"{name}, small": SMALL_ENERGY_MODELS.get(name)}
        for label, make in sizes.items():
            if make is not None:
                torch.manual_seed(0)
                found[label] = _network_times(make().eval(), frames)
    found["GFN2-xTB"] = {"one": _median(_gfn2(atoms))}
    if options.weights:
        found |= _calculator_times(options, atoms)
    return found


def _consecutive(start: Data) -> list[Atoms]:
    """Geometries of dynamics at 300 K, half a femtosecond apart."""
    atoms = Atoms(start.z.numpy(), start.pos.double().numpy())
    atoms.calc = MolFieldCalculator.from_pretrained("rmd17-forces")
    start_velocities(atoms, 300.0, 0)
    dyn = make_dynamics(atoms, "nve", 0.5, 300.0, 0.0, 0)
    frames = []
    for _ in range(REPEATS + 1):
        dyn.run(1)
        frames.append(Atoms(atoms.numbers, atoms.positions))
    return frames


def _network_times(model: EnergyModel, frames: list) -> dict[str, float]:
    many = (frames * BATCH)[:BATCH]
    batch = _median(lambda _: _forces(model, many), repeats=3) / BATCH
    return {"one": _median(lambda k: _forces(model, frames[k : k + 1])), "batch": batch}


def _forces(model: EnergyModel, frames: list) -> None:
    batch = torch.arange(len(frames)).repeat_interleave(torch.tensor([len(frame.z) for frame in frames]))
    model.forces(torch.cat([frame.z for frame in frames]), torch.cat([frame.pos for frame in frames]), batch)


def _calculator_times(options: argparse.Namespace, atoms: list[Atoms]) -> dict[str, dict[str, float]]:
    found = {}
    many = (atoms * BATCH)[:BATCH]
    for label, compiled in (("calculator", False), ("calculator, compiled", True)):
        calculator = MolFieldCalculator.from_pretrained(options.weights, field=options.field, compile=compiled)
        one = _median(_steps(calculator, atoms))
        batch = _median(lambda _, c=calculator: c.calculate_batch(many), repeats=3) / BATCH
        found[label] = {"one": one, "batch": batch}
    for kind in ("learned", "ses"):
        found[f"surface, {kind}"] = {"one": _median(lambda k, s=kind: calculator.get_surface(atoms[k], s, 0.3))}
    return found


def _steps(calculator: MolFieldCalculator, atoms: list[Atoms]) -> Work:
    return lambda k: calculator.get_forces(atoms[k])


def _gfn2(atoms: list[Atoms]) -> Work:
    from tblite.ase import TBLite

    calculator = TBLite(method="GFN2-xTB", verbosity=0)
    return lambda k: calculator.get_forces(atoms[k])


def _median(work: Work, repeats: int = REPEATS) -> float:
    """Milliseconds."""
    work(0)
    spent = []
    for k in range(repeats):
        began = time.perf_counter()
        work(k + 1 if repeats == REPEATS else 0)
        spent.append(1000 * (time.perf_counter() - began))
    return statistics.median(spent)
