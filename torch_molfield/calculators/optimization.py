"""Geometry optimization with any ASE calculator."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.optimize import BFGS, LBFGS

#: atoms up to which the matrix of second derivatives is kept whole
BFGS_ATOMS = 200
#: eV/Å, usual limit of the largest force
USUAL_FMAX = 0.01


class Optimized(NamedTuple):
    """How an optimization ended: energy (eV), whether it converged, largest force (eV/Å), number of steps."""

    energy: float
    converged: bool
    largest_force: float
    steps: int


def optimize_geometry(atoms: Atoms, fmax: float = USUAL_FMAX, steps: int = 1000) -> Optimized:
    """Move the atoms to a minimum of their calculator's energy, by BFGS (L-BFGS above 200 atoms).

    Args:
        atoms: with a calculator; they are moved.
        fmax: eV/Å; converged when no atom has a larger force.
        steps: largest number of steps.

    Raises:
        ValueError: for limits that are not positive.
    """
    if not (fmax > 0 and steps > 0):
        raise ValueError(f"fmax and steps must be positive, got {fmax} and {steps}.")
    make = BFGS if len(atoms) <= BFGS_ATOMS else LBFGS
    search = make(atoms, logfile=None)
    converged = bool(search.run(fmax=fmax, steps=steps))
    largest = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
    return Optimized(float(atoms.get_potential_energy()), converged, largest, int(search.get_number_of_steps()))
