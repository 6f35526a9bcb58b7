"""Molecular dynamics with a trained force field, compiled: conserved energy, and stability."""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ase import Atoms, units
from once import once

from forces.internal import EDGES, InternalCoordinates, shared_area
from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.calculators.dynamics import make_dynamics, moment, start_velocities
from torch_molfield.data import RevisedMD17

#: fs
TIMESTEP = 0.5


def conserved_energy(options: argparse.Namespace) -> dict[str, Any]:
    """Constant-energy dynamics of ``molecules`` at 300 K for ``picoseconds``, 0.5 fs a step, float64.

    Drift is the slope of the total energy (least squares) a atom, the largest step the largest change of the total
    energy from one time step to the next over the median one, and the change of the angular momentum is relative to its
    magnitude at the start.
    """
    return {name: once(options.out, f"nve-{name}", partial(_conserved, name, options)) for name in options.molecules}


def _conserved(name: str, options: argparse.Namespace) -> dict[str, Any]:
    atoms = _start(name, options, torch.float64)
    start_velocities(atoms, 300.0, 0)
    # some rotation, so that there is an angular momentum to be conserved
    spin = np.cross([0.0, 0.002, 0.001], atoms.positions - atoms.get_center_of_mass())
    atoms.set_momenta(atoms.get_momenta() + atoms.get_masses()[:, None] * spin)
    dyn = make_dynamics(atoms, "nve", TIMESTEP, 300.0, 0.0, 0)
    angular = [atoms.get_angular_momentum()]
    size = float(np.linalg.norm(angular[0]))
    totals, began = [], time.perf_counter()
    for _ in range(round(1000 * options.picoseconds / TIMESTEP)):
        dyn.run(1)
        totals.append(float(atoms.get_potential_energy() + atoms.get_kinetic_energy()))
        angular.append(atoms.get_angular_momentum())
    energy = np.array(totals)
    ps = TIMESTEP / 1000 * np.arange(len(energy))
    steps = np.abs(np.diff(energy))
    return {
        "picoseconds": options.picoseconds,
        "drift_meV_per_atom_ps": 1000 * float(np.polyfit(ps, energy, 1)[0]) / len(atoms),
        "spread_meV": 1000 * float(energy.std()),
        "largest_over_median_step": float(steps.max() / np.median(steps)),
        "angular_momentum_change": float(np.linalg.norm(np.array(angular) - angular[0], axis=1).max() / size),
        "ms_per_step": 1000 * (time.perf_counter() - began) / len(energy),
    }


def stability(options: argparse.Namespace) -> dict[str, Any]:
    """Langevin dynamics at 500 K of ``molecules`` for ``picoseconds``: whether every bond of the first frame holds
    (below 1.5 times its length there), and bond lengths and torsions beside those of the reference frames (DFT at
    500 K). *halves*: the common area of the torsions of two halves of the reference, by which to judge the other. Where
    the molecule falls apart, *picoseconds* says when, and the figures are of the frames until then."""
    return {name: once(options.out, f"langevin-{name}", partial(_stable, name, options)) for name in options.molecules}


def _stable(name: str, options: argparse.Namespace) -> dict[str, Any]:
    atoms = _start(name, options, torch.float32)
    internal = InternalCoordinates.of(atoms.numbers, atoms.positions)
    longest = 1.5 * internal.lengths(atoms.positions)
    start_velocities(atoms, 500.0, 0)
    dyn = make_dynamics(atoms, "langevin", TIMESTEP, 500.0, 0.005, 0)
    frames, temperatures = [atoms.positions.copy()], [moment(dyn).temperature]
    stable = True
    for _ in range(round(1000 * options.picoseconds / TIMESTEP / 20)):
        try:
            dyn.run(20)
            temperatures.append(moment(dyn).temperature)
        except ValueError:  # atoms nearly at one place, or nowhere
            stable = False
            break
        frames.append(atoms.positions.copy())
        stable = bool((internal.lengths(atoms.positions) <= longest).all())
        if not stable:
            break
    found = np.stack(frames[len(frames) // 10 :])
    reference = np.stack([f.pos.numpy() for f in RevisedMD17(options.data, name, "train")]).astype(float)
    lengths, expected = internal.lengths(found), internal.lengths(reference)
    torsions, known = internal.torsions(found), internal.torsions(reference)
    values = {"bonds": {"md": lengths, "dft": expected}, "torsions": {"md": torsions, "dft": known}}
    _keep(options.out / "internal" / f"{name}.json", values)
    return {
        "picoseconds": float(dyn.get_time() / units.fs / 1000),
        "stable": stable,
        "temperature": float(np.mean(temperatures[len(temperatures) // 10 :])),
        "mean_length_difference": float(np.abs(lengths.mean(0) - expected.mean(0)).max()),
        "width_ratio": float((lengths.std(0) / expected.std(0)).mean()),
        "torsions_shared": shared_area(torsions, known, EDGES["torsions"]),
        "halves": shared_area(known[::2], known[1::2], EDGES["torsions"]),
    }


def _start(name: str, options: argparse.Namespace, dtype: torch.dtype) -> Atoms:
    frame = RevisedMD17(options.data, name, "test")[0]
    atoms = Atoms(frame.z.numpy(), frame.pos.double().numpy())
    atoms.calc = MolFieldCalculator.from_pretrained(options.weights, dtype=dtype, compile=True)
    return atoms


def _keep(path: Path, values: dict[str, dict[str, np.ndarray]]) -> None:
    """Histograms of all bond lengths and torsions, for the picture."""
    kept = {
        kind: {source: np.histogram(v, EDGES[kind], density=True)[0].tolist() for source, v in rows.items()}
        for kind, rows in values.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept))
