"""Learned surfaces along dynamics with learned forces."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

import numpy as np
import torch
from ase import Atoms
from once import once
from torch_geometric.data import Data

from forces.dynamics import TIMESTEP
from torch_molfield.calculators import MolFieldCalculator
from torch_molfield.calculators.dynamics import make_dynamics, start_velocities
from torch_molfield.data import BundledTrajectories
from torch_molfield.data.datasets.bundled import BUNDLED_NAMES
from torch_molfield.evaluation.surfaces import evaluate_surfaces, mean_figures
from torch_molfield.fields import SignedDistanceField
from torch_molfield.models import MolField

#: frames of a run, the steps between two, those before the first
FRAMES, EVERY, BEFORE = 20, 100, 1000
TEMPERATURE_K = 500.0


def surfaces(options: argparse.Namespace) -> dict[str, Any]:
    """Solvent-excluded surfaces of ``field`` beside the exact ones, 20 frames along Langevin dynamics of each of the
    ten bundled molecules at 500 K with the shipped force field, 50 fs apart.

    Means of all figures of a ``SurfaceComparison``, and *area_error*, *volume_error*: mean errors, %.
    """
    field = MolField.from_pretrained(options.field).eval()
    return {name: once(options.out, f"surfaces-{name}", partial(_along, field, name)) for name in BUNDLED_NAMES}


def _along(field: MolField, name: str) -> dict[str, float]:
    compared = [found.comparison for found in evaluate_surfaces(field, SignedDistanceField("ses"), _frames(name))]
    errors = {
        f"{part}_error": 100 * float(np.mean([abs(row.as_dict()[f"{part}_ratio"] - 1) for row in compared]))
        for part in ("area", "volume")
    }
    return {**mean_figures(compared), **errors}


def _frames(name: str) -> list[Data]:
    start = BundledTrajectories(name)[0]
    atoms = Atoms(start.z.numpy(), start.pos.double().numpy())
    atoms.calc = MolFieldCalculator.from_pretrained("md-forces")
    start_velocities(atoms, TEMPERATURE_K, 0)
    dyn = make_dynamics(atoms, "langevin", TIMESTEP, TEMPERATURE_K, 0.005, 0)
    dyn.run(BEFORE)
    frames = []
    for _ in range(FRAMES):
        dyn.run(EVERY)
        frames.append(Data(z=start.z, pos=torch.from_numpy(atoms.positions).float()))
    return frames
